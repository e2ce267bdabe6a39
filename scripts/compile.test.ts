import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.ts';
import { compiledProgram, preloads, programs, startedAfter, startedBy } from './compile.mjs';

const sources = ['shop/main.ts'];
let folder: TemporaryFolder;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
}

async function said(program: string): Promise<string> {
  return (await promisify(execFile)(process.execPath, [program, 'one', 'two'])).stdout.trim();
}

const compiled = async (): Promise<string> => {
  const program = await compiledProgram('shop/main.ts', { projectDir: folder.path, sources });
  if (program === null) throw new Error('it could not be written');
  return program;
};

beforeEach(() => {
  folder = temporaryFolder();
  write('shop/word.ts', `export const word: string = 'first';`);
  write(
    'shop/main.ts',
    `import { word } from './word.ts';
    const { later } = await import('./later.ts');
    console.log([word, later(), import.meta.dirname, import.meta.url, process.argv[1] === import.meta.filename, process.argv.slice(2)].join(' '));`,
  );
  write('shop/later.ts', `export function later(): string { return 'later'; }`);
  return () => folder[Symbol.dispose]();
});

test('it says what its sources say, and sees itself where they are', async () => {
  const file = join(folder.path, 'shop', 'main.ts');
  expect(await said(await compiled())).toBe(`first later ${dirname(file)} file://${file} true one,two`);
});

test('it is compiled once, and again after any of its sources has changed', async () => {
  const first = await compiled();
  expect(await compiled()).toBe(first);
  write('shop/word.ts', `export const word: string = 'second';`);
  const second = await compiled();
  expect(second).not.toBe(first);
  expect(await said(second)).toMatch(/^second/);
  expect(await said(first)).toMatch(/^first/); // who runs the old one may go on
});

test('what a compiled program compiles sees itself where its sources are, too (C3)', async () => {
  using maker = temporaryFolder();
  const at = (path: string) => join(maker.path, path);
  mkdirSync(at('scripts'));
  mkdirSync(at('node_modules'));
  symlinkSync(join(import.meta.dirname, '..', 'node_modules', 'esbuild'), at('node_modules/esbuild'));
  copyFileSync(join(import.meta.dirname, 'compile.mjs'), at('scripts/compile.mjs'));
  const projectDir = JSON.stringify(folder.path);
  writeFileSync(
    at('scripts/maker.ts'),
    `import { compiledProgram } from './compile.mjs';
    console.log(await compiledProgram('shop/main.ts', { projectDir: ${projectDir}, sources: ['shop/main.ts'] }));`,
  );
  const compiledMaker = await compiledProgram('scripts/maker.ts', { projectDir: maker.path, sources: ['scripts/maker.ts'] });
  const program = await said(compiledMaker!);
  expect(await said(program)).toContain(` file://${join(folder.path, 'shop', 'main.ts')} true `);
});

test('old forms are forgotten in the end', async () => {
  for (let version = 0; version < 12; version++) {
    write('shop/word.ts', `export const word = '${version}';`);
    await compiled();
  }
  const entries = readdirSync(join(folder.path, 'node_modules', '.cache', 'onhand'));
  expect(entries.length).toBe(9); // eight forms and which one is current
});

test('an old form that somebody removes meanwhile is not taken for a new one, whose user would find nothing', async () => {
  const first = await compiled();
  for (let version = 0; version < 8; version++) {
    const soon = new Date(Date.now() + 60_000);
    if (existsSync(first)) utimesSync(dirname(first), soon, soon); // as taking files out of it does
    write('shop/word.ts', `export const word = '${version}';`);
    await compiled();
  }
  expect(existsSync(first)).toBe(false);
});

test('a source that cannot be compiled is named, and what was there before is not run in its place', async () => {
  await compiled();
  write('shop/later.ts', 'export function later( {');
  await expect(compiled()).rejects.toThrow(/shop\/later\.ts:1/);
  write('shop/later.ts', `export const later = () => 'mended';`);
  expect(await said(await compiled())).toContain('mended');
});

test('where nothing can be written it is started through the loader', async () => {
  write('node_modules/.cache/onhand', 'a file in the place of the folder');
  await expect(compiledProgram('shop/main.ts', { projectDir: folder.path, sources })).resolves.toBeNull();
});

test('a module of plain JavaScript sees itself where its source is, too', async () => {
  write('shop/word.ts', `export { word } from './plain.mjs';`);
  write('shop/plain.d.mts', 'export const word: string;');
  write('shop/plain.mjs', 'export const word = import.meta.url;');
  expect(await said(await compiled())).toMatch(`file://${join(folder.path, 'shop', 'plain.mjs')} later`);
});

test('packages are compiled with it: a start does not look for each of their files (C6)', async () => {
  write('node_modules/usual/package.json', '{"name":"usual","main":"index.cjs"}');
  write('node_modules/usual/index.cjs', `const { sep } = require('path'); exports.word = 'packed' + sep + require('./more.cjs');`);
  write('node_modules/usual/more.cjs', `module.exports = 'more';`);
  write('shop/word.ts', `export { word } from 'usual';`);
  const program = await compiled();
  rmSync(join(folder.path, 'node_modules', 'usual'), { recursive: true });
  expect(await said(program)).toMatch(/^packed\/more later /);
});

test('a package that is more than its modules stays where it is (C6)', async () => {
  write('node_modules/esbuild/package.json', '{"name":"esbuild","main":"index.cjs"}');
  write('node_modules/esbuild/index.cjs', `exports.word = __dirname;`);
  write('shop/word.ts', `export { word } from 'esbuild';`);
  expect(await said(await compiled())).toMatch(`${join(folder.path, 'node_modules', 'esbuild')} later `);
});

test('a compiled program starts others: the worlds of a simulation', { timeout: 120_000 }, async () => {
  const flags = [...(await startedBy('commands/main.ts')), 'simulate', '--seeds', '2', '--seed', '1'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags);
  expect(stdout + stderr).toContain('Every promise was kept.');
});

test.each(programs)('%s is compiled', async (program) => {
  const [file] = await startedBy(program);
  expect(readFileSync(file!, 'utf8')).toContain(program.replace(/\.ts$/, '.js'));
  expect(existsSync(join(import.meta.dirname, '..', program))).toBe(true);
});

test('what is loaded before a program is compiled with it, once, and runs before it', { timeout: 60_000 }, async () => {
  const flags = await startedAfter(['testing/preload/small-limits.ts']);
  expect(flags).toEqual(['--import', expect.stringMatching(/\/testing\/preload\/small-limits\.js$/), expect.stringMatching(/main\.mjs$/)]);
  expect(await startedAfter(['testing/preload/small-limits.ts'])).toEqual(flags);
  const environment = { PATH: process.env['PATH'], ONHAND_TEST_LIMITS: '{"noSuchLimit":1}' };
  const started = promisify(execFile)(process.execPath, [...flags, 'config'], { env: environment });
  await expect(started).rejects.toThrow('there is no limit noSuchLimit');
});

test('all that is loaded before programs is known, and nothing else is', async () => {
  const folders = ['testing/preload', 'load-tests/bench/preload'];
  const there = folders.flatMap((inside) => readdirSync(join(import.meta.dirname, '..', inside)).map((name) => `${inside}/${name}`));
  expect(there.toSorted()).toEqual(preloads.toSorted());
  await expect(startedAfter(['testing/until.ts'])).rejects.toThrow('testing/until.ts is not among the preloads');
});
