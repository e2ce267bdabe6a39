/** The scenarios as k6 will load them: without Node, without packages, one file at a time. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { projectDirectory } from '../server.ts';
import { scenarioFile, scenarioNames, scenarios } from './catalogue.ts';
import { findK6 } from './find.ts';

const folder = join(import.meta.dirname, 'scenarios');
const k6 = findK6();

/** What a file imports when it runs; types are gone by then. */
function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type\b)[^'"]*?['"]([^'"]+)['"];$/gm)].map(([, name]) => name!);
}

function reachedFrom(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of importsOf(file)) if (name.startsWith('.')) reachedFrom(join(dirname(file), name), seen);
  return seen;
}

/** Upper-case names that are asked for with `numberSetting`. */
function settingsIn(text: string): string[] {
  return [...text.matchAll(/numberSetting\('([A-Z0-9_]+)'/g)].map(([, name]) => name!).sort();
}

test('every file is a scenario of the catalogue, and every scenario has its file', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  expect(files.sort()).toEqual(scenarioNames.map((name) => `${name}.ts`).sort());
});

describe.each(scenarioNames)('%s', (name) => {
  const file = scenarioFile(name);
  const text = readFileSync(file, 'utf8');

  it('imports k6 and files with their full names, and nothing else', () => {
    expect(reachedFrom(file).size).toBeGreaterThan(3);
    for (const reached of reachedFrom(file)) {
      for (const imported of importsOf(reached)) {
        const isThere = imported.startsWith('.') ? existsSync(join(dirname(reached), imported)) : /^k6(\/|$)/.test(imported);
        expect(isThere, `${relative(projectDirectory, reached)} imports ${imported}`).toBe(true);
      }
    }
  });

  it('names all its settings in its head, and a brief run sets none that it does not have', () => {
    const head = text.slice(0, text.indexOf('*/'));
    const said = (/Settings: ([^.]+)\./.exec(head)?.[1] ?? '').match(/[A-Z][A-Z0-9_]+/g) ?? [];
    expect([...said].sort()).toEqual(settingsIn(text));
    expect(settingsIn(text)).toEqual(expect.arrayContaining(Object.keys(scenarios[name].quick)));
  });

  it.runIf(k6 !== null)('is loaded by k6, also with the settings of a brief run', () => {
    for (const settings of [{}, scenarios[name].quick]) {
      const flags = Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
      const { status, stdout, stderr } = spawnSync(k6!.path, ['inspect', '--execution-requirements', ...flags, file], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const { thresholds } = JSON.parse(stdout) as { readonly thresholds: object };
      expect(Object.keys(thresholds)).toContain('answers_unexpected');
    }
  });
});
