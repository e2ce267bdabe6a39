/**
 * The house rules that a tool does not already hold. Each says what to do instead. Exceptions are named below and
 * may only become fewer: a name that no longer needs its exception fails the test until it is taken off.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandNames } from '../commands/commands.ts';
import { countAnyTypes, type FunctionSize, functionSizes } from './source-facts.ts';

const projectDir = join(import.meta.dirname, '..');

const functionLinesMax = 70;
const fileLinesMax = 500;
/** Flat tables and the like, by name, each with its reason. */
const longFunctionsAllowed: readonly string[] = [];
const longFilesAllowed: readonly string[] = [];
/** Where a type cannot be written without `any`: the erased actor definition. Falls, never rises. */
const anyCountMax = 5;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

const notOurs = new Set(['.git', 'node_modules', '.onhand', 'coverage', '.tmp', '.env']);

/** By walking, not by git: the rules also hold in a tree that was unpacked. */
function projectFiles(folder = ''): readonly string[] {
  return readdirSync(join(projectDir, folder), { withFileTypes: true })
    .filter(({ name }) => !notOurs.has(name))
    .flatMap((entry) => (entry.isDirectory() ? projectFiles(join(folder, entry.name)) : [join(folder, entry.name)]));
}

function read(path: string): SourceFile[] {
  try {
    const text = readFileSync(join(projectDir, path), 'utf8');
    return [{ path, text, lines: text.split('\n') }];
  } catch {
    return []; // deleted while we look
  }
}

const files = projectFiles();
const sources = files.filter((path) => /\.(ts|mjs|cjs|js)$/.test(path)).flatMap(read);
const product = sources.filter(({ path }) => !isTest(path));

function isTest(path: string): boolean {
  return /(\.(test|fixture)|conformance)\.ts$/.test(path);
}

/** `path:line: the line`, for every line that matches and is not a comment. */
function findings(among: readonly SourceFile[], pattern: RegExp): string[] {
  return among.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    ),
  );
}

test('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(50);
});

test(`functions have at most ${functionLinesMax} lines: give the parts names of their own`, { timeout: 120_000 }, () => {
  const long = sources
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, text }) => functionSizes(path, text))
    .filter(({ lines }) => lines > functionLinesMax);
  const name = ({ path, name: own }: FunctionSize) => `${path}: ${own}`;
  expect(long.filter((one) => !longFunctionsAllowed.includes(name(one))).map((one) => `${name(one)} (${one.lines} lines)`)).toEqual([]);
  expect(longFunctionsAllowed.filter((allowed) => !long.some((one) => name(one) === allowed))).toEqual([]);
});

test(`files have at most ${fileLinesMax} lines: split by what they are about`, () => {
  const long = product.filter(({ lines }) => lines.length > fileLinesMax).map(({ path }) => path);
  expect(long.filter((path) => !longFilesAllowed.includes(path))).toEqual([]);
  expect(longFilesAllowed.filter((path) => !long.includes(path))).toEqual([]);
});

/** In actors everything comes in as an argument, so that replay gives the same state. */
const bannedInActors: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)/, 'take `at: Instant` as an argument'],
  [/\bperformance\.now\b/, 'take `at: Instant` as an argument'],
  [/\bMath\.random\b|\brandomUUID\b/, 'derive ids from the command'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'derive a `deadline` from the state'],
  [/\bprocess\./, 'pass settings in as arguments'],
  [/\bawait\b|\basync\b|\bPromise\b/, 'owe an effect with `pending`'],
  [/\bconsole\./, 'return a value; the runtime logs'],
];

test.each(bannedInActors)('actors do not use %s: %s', (pattern) => {
  expect(
    findings(
      product.filter(({ path }) => path.startsWith('actors/') && !path.endsWith('test-kit.ts')),
      pattern,
    ),
  ).toEqual([]);
});

test('the environment is read in runtime/config.ts only: take settings from Config', () => {
  const allowed = ['runtime/config.ts', 'scripts/test.ts', 'scripts/onhand.mjs'];
  expect(
    findings(
      product.filter(({ path }) => !allowed.includes(path)),
      /\bprocess\.env\b/,
    ),
  ).toEqual([]);
});

test('Intl writes amounts and is not asked how many digits a currency has: minorDigitsOf knows', () => {
  expect(findings(product, /\.(minimum|maximum)FractionDigits\b/)).toEqual([]);
});

test('console is for commands and scripts: elsewhere take a logger as an argument', () => {
  const servers = product.filter(
    ({ path }) =>
      /^(actors|runtime|services|gateway|engines|analytics)\//.test(path) &&
      !path.startsWith('gateway/client/') &&
      !path.startsWith('gateway/pages/'),
  );
  expect(findings(servers, /\bconsole\.(log|info|warn|error)\(/)).toEqual([]);
});

test(`the type any is used at most ${anyCountMax} times: write the type, or unknown`, () => {
  const typed = sources.filter(({ text }) => /\bany\b/.test(text));
  const uses = typed.map(({ path, text }) => ({ path, count: countAnyTypes(path, text) })).filter(({ count }) => count > 0);
  const total = uses.reduce((sum, { count }) => sum + count, 0);
  expect(total, JSON.stringify(uses)).toBeLessThanOrEqual(anyCountMax);
});

test('the rules see what they are about', () => {
  const sample = { path: 'actors/sample.ts', text: '', lines: ['const at = Date.now();', '// Date.now() in a comment is no use of it'] };
  expect(findings([sample], /\bDate\.now\b/)).toEqual(['actors/sample.ts:1: const at = Date.now();']);
  expect(countAnyTypes('sample.ts', 'let a: any; let b: Array<any>; let any = 1;')).toBe(2);
  expect(functionSizes('sample.ts', 'function short() {}\nconst long = () => {\n\n};').map(({ name, lines }) => [name, lines])).toEqual([
    ['short', 1],
    ['long', 3],
  ]);
});

test('no marker of unfinished work stays behind: finish it, or leave it out and say so in the documents', () => {
  const marker = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X\\b', 'HA' + 'CK\\b'].map((word) => `\\b${word}`).join('|'));
  const texts = files
    .filter((path) => /\.(ts|mjs|cjs|js|sql|md|sh|html|css|yml|json)$/.test(path) && path !== 'package-lock.json')
    .flatMap(read);
  expect(
    texts.flatMap(({ path, lines }) => lines.flatMap((line, index) => (marker.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []))),
  ).toEqual([]);
});

test('no test is switched off or runs alone', () => {
  const own = ['scripts/tidy.test.ts'];
  expect(
    findings(
      sources.filter(({ path }) => isTest(path) && !own.includes(path)),
      /\b(test|it|describe)\.(skip|only|todo)\b/,
    ),
  ).toEqual([]);
});

test('titles say what is, without "should"', () => {
  expect(
    findings(
      sources.filter(({ path }) => isTest(path)),
      /\b(test|it|describe)(\.\w+(\(.*?\))?)*\(\s*['"`][^'"`]*\bshould\b/,
    ),
  ).toEqual([]);
});

test('imports of our own files name the file with its extension', () => {
  expect(
    findings(
      sources.filter(({ path }) => path.endsWith('.ts')),
      /\bfrom '\.{1,2}\/(?![^']*\.(ts|js|mjs|json)')[^']*'/,
    ),
  ).toEqual([]);
});

test('every source file begins by saying what it is for', () => {
  const bare = product.filter(({ path, text }) => path.endsWith('.ts') && !/^(#!.*\n)?\/(\*\*|\/)/.test(text)).map(({ path }) => path);
  expect(bare).toEqual([]);
});

test('every migration says what it does and whether it breaks the version before', () => {
  const migrations = files.filter((path) => path.startsWith('migrations/') && path.endsWith('.sql'));
  expect(migrations.length).toBeGreaterThan(0);
  for (const path of migrations) expect(path).toMatch(/\/\d{4}_[a-z0-9_]+\.sql$/);
  const bare = migrations.flatMap(read).filter(({ text }) => !/^-- \S/.test(text) || !/^-- breaking: (yes|no)$/m.test(text));
  expect(bare.map(({ path }) => path)).toEqual([]);
});

test('no number of a migration is used twice', () => {
  const numbers = files
    .filter((path) => path.startsWith('migrations/postgres/'))
    .map((path) => path.slice('migrations/postgres/'.length).slice(0, 4));
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
});

test('the documents name every command', () => {
  for (const document of ['README.md', 'CHANGELOG.md']) {
    const text = read(document)[0]?.text ?? '';
    expect(
      commandNames.filter((name) => !text.includes(name)),
      `missing in ${document}`,
    ).toEqual([]);
  }
});

test('package.json has a script for every command', () => {
  const { scripts } = JSON.parse(read('package.json')[0]?.text ?? '{}') as { scripts: Record<string, string> };
  for (const name of commandNames) expect(scripts[name]).toBe(`node scripts/onhand.mjs ${name}`);
});

test('nothing names a place on the machine of whoever wrote it', () => {
  const texts = files
    .filter((path) => path !== 'package-lock.json' && path !== 'scripts/tidy.test.ts' && !/\.(png|ico|woff2)$/.test(path))
    .flatMap(read);
  const places = /(^|[\s'"`(=])(\/home\/\w|\/Users\/\w|\/root\/|\/work\/)/;
  expect(
    texts.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => (places.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
    ),
  ).toEqual([]);
});

test('package-lock.json names no registry: whoever installs uses their own', () => {
  const text = read('package-lock.json')[0]?.text ?? '';
  expect(text.length).toBeGreaterThan(1_000);
  expect([...text.matchAll(/"resolved": "https?:[^"]+/g)].map(([found]) => found)).toEqual([]);
});
