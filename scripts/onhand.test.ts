import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { until } from '../testing/until.ts';

/** A project of a few files, with an npm that only pretends: it counts its runs and links packages from here. */
let folder: TemporaryFolder;
const running: ChildProcess[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  for (const file of ['onhand.mjs', 'compile.mjs', 'node-flags.mjs'])
    write(`scripts/${file}`, readFileSync(join(import.meta.dirname, file), 'utf8'));
  write('package-lock.json', '{"packages": {"": {}, "node_modules/tsx": {"version": "1"}}}');
  write('package.json', '{"type": "module"}');
  write('commands/main.ts', `console.log('ran', ...process.argv.slice(2)); process.exitCode = 7 satisfies number;`);
  const packages = join(import.meta.dirname, '../node_modules');
  fakeNpm(`mkdir -p node_modules && ln -sfn "${packages}/esbuild" "${packages}/tsx" node_modules/ && echo run >> npm-runs`);
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  folder[Symbol.dispose]();
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
}

function fakeNpm(script: string): void {
  write('bin/npm', `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder.path, 'bin/npm'), 0o755);
}

function npmRuns(): number {
  const file = join(folder.path, 'npm-runs');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

function launch(...words: string[]) {
  const child = spawn(process.execPath, [join(folder.path, 'scripts/onhand.mjs'), ...words], {
    env: { PATH: `${join(folder.path, 'bin')}:/usr/bin:/bin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const said: string[] = [];
  child.stdout.on('data', (piece: Buffer) => said.push(piece.toString()));
  child.stderr.on('data', (piece: Buffer) => said.push(piece.toString()));
  return { child, words: () => said.join(''), ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]> };
}

test('the first run installs, then runs the command with its words and its exit code', async () => {
  const run = launch('config', '--port', '1');
  expect((await run.ended)[0]).toBe(7);
  expect(run.words()).toContain('installing the packages');
  expect(run.words()).toContain('ran config --port 1');
  expect(npmRuns()).toBe(1);
});

test('the second run installs nothing; a changed lock file is installed anew', async () => {
  await launch('config').ended;
  await launch('config').ended;
  expect(npmRuns()).toBe(1);
  write('package-lock.json', '{"packages": {"": {}, "node_modules/tsx": {"version": "2"}}}');
  const run = launch('config');
  await run.ended;
  expect(run.words()).toContain('The packages have changed');
  expect(npmRuns()).toBe(2);
});

test('what npm itself installed is recognised', async () => {
  await launch('config').ended;
  rmSync(join(folder.path, 'node_modules/.onhand-installed'));
  copyFileSync(join(folder.path, 'package-lock.json'), join(folder.path, 'node_modules/.package-lock.json'));
  await launch('config').ended;
  expect(npmRuns()).toBe(1);
});

test.each([
  ['echo npm error ENOTFOUND >&2; exit 1', 'the package registry cannot be reached'],
  ['echo npm error EROFS: read-only file system >&2; exit 1', 'cannot be written to'],
  ['echo npm error ENOSPC >&2; exit 1', 'the disk is full'],
  ['echo npm error something new >&2; exit 1', 'npm error something new'],
])('an install that fails is told in a sentence, with exit code 2: %s', async (script, sentence) => {
  fakeNpm(script);
  const run = launch('config');
  expect((await run.ended)[0]).toBe(2);
  expect(run.words()).toContain(sentence);
  expect(run.words()).not.toContain('ran config');
});

test('a program that cannot be compiled is told with the place, and exit code 2', async () => {
  write('commands/main.ts', 'const broken = ;');
  const run = launch('config');
  expect((await run.ended)[0]).toBe(2);
  expect(run.words()).toMatch(/The program cannot be compiled: .*commands\/main\.ts:1:15/s);
});

test('a signal is passed on, and the program decides how it ends', async () => {
  write(
    'commands/main.ts',
    `process.once('SIGTERM', () => { console.log('draining'); process.exit(3); }); console.log('ready'); setInterval(() => {}, 1000);`,
  );
  const run = launch('start');
  await until('ready', run.words, (words) => words.includes('ready'));
  run.child.kill('SIGTERM');
  expect((await run.ended)[0]).toBe(3);
  expect(run.words()).toContain('draining');
});

test('a program ended by a signal ends the launcher by the same signal', async () => {
  write('commands/main.ts', `console.log('ready'); setInterval(() => {}, 1000);`);
  const run = launch('start');
  await until('ready', run.words, (words) => words.includes('ready'));
  run.child.kill('SIGTERM');
  expect(await run.ended).toEqual([null, 'SIGTERM']);
});
