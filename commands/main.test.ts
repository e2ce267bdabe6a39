import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { numberOption, UsageError } from './command.ts';
import { commandNames, commandSummaries, loadCommand } from './commands.ts';
import { whatIsSaid } from '../testing/said.ts';
import { main } from './main.ts';
import { createProgress } from './progress.ts';
import { formatTable } from './table.ts';

const said = whatIsSaid();

test('without a command the list is shown and the exit code is 2; with --help it is 0', async () => {
  expect(await main([])).toBe(2);
  expect(await main(['--help'])).toBe(0);
  for (const name of commandNames) expect(said[1]).toContain(name);
});

test('an unknown command is named, with the list', async () => {
  expect(await main(['flashsale'])).toBe(2);
  expect(said[0]).toContain('no command "flashsale"');
  expect(said[0]).toContain('flash-sale');
});

test('an unknown flag is refused with the usage', async () => {
  expect(await main(['config', '--colour'])).toBe(2);
  expect(said[0]).toContain("Unknown option '--colour'");
  expect(said[0]).toContain('Usage: onhand config');
});

test('a word too many is refused', async () => {
  expect(await main(['config', 'everything'])).toBe(2);
  expect(said[0]).toContain('"everything" is one word too many.');
});

test.each(commandNames)('%s explains itself', async (name) => {
  expect(await main([name, '--help'])).toBe(0);
  const command = await loadCommand(name);
  expect(command.name).toBe(name);
  expect(command.summary).toBe(commandSummaries[name]);
  expect(said[0]).toContain(command.summary);
  expect(said[0]).toContain(`Usage: onhand ${name}`);
  for (const flag of Object.keys(command.options)) expect(said[0]).toContain(`--${flag}`);
});

test('wrong settings are told in sentences, without a stack', async () => {
  expect(await main(['migrate', '--data', ' '])).toBe(2);
  expect(said.join('')).toContain('--data: a folder needs a name.');
  expect(said.join('')).not.toContain('    at ');
});

test.each([[['verify']], [['repair', '--dry-run']], [['replay-to', '--at', '0']]])(
  '%s of a folder without data is refused, and leaves nothing there',
  async (words) => {
    using folder = temporaryFolder();
    expect(await main([...words, '--data', folder.path])).toBe(2);
    expect(said.join('')).toBe(`There is no Onhand data in ${folder.path}. Name the data folder with --data.`);
    expect(readdirSync(folder.path)).toEqual([]);
  },
);

test('verify --target needs an address', async () => {
  expect(await main(['verify', '--target', 'the-shop', '--key', 'sk_x'])).toBe(2);
  expect(said.join('')).toContain('--target is an address such as http://127.0.0.1:8080, not "the-shop".');
});

test.each([
  [[], '--at says which instant to show.'],
  [['--at', 'yesterday'], 'not "yesterday"'],
  [['--at', '2026-02-30T00:00:00Z'], 'not "2026-02-30T00:00:00Z"'],
  [['--at', '2026-03-01T00:00:00'], '--at is ISO 8601 with its zone'],
  [['--at', '2999-01-01T00:00:00Z'], 'is in the future'],
  [['--at', '999999999999999'], 'is in the future'],
  [['--at', '0', '--sku', ''], 'cannot be an SKU'],
  [['--at', '0', '--store', 'a/b'], 'cannot be a store'],
  [['--at', '0', '--target', 'http://127.0.0.1:1'], '--target and --key go together.'],
  [['--at', '0', '--target', 'http://127.0.0.1:1', '--key', 'sk_x'], 'name it with --sku'],
  [['--at', '0', '--target', 'http://127.0.0.1:1', '--key', 'sk_x', '--sku', 'A', '--store', 's'], 'leave --store out'],
  [['--at', '0', '--target', 'http://127.0.0.1:1', '--key', 'sk_x', '--sku', 'A', '--data', 'd'], 'name two different books'],
  [['--at', '0', '--target', 'the-shop', '--key', 'sk_x', '--sku', 'A'], '--target is an address'],
  [['--at', '0', '--target', 'http://127.0.0.1:1', '--key', 'sk_x', '--sku', 'A'], 'http://127.0.0.1:1 does not answer'],
])('replay-to %j is told what is wrong with it', async (words, sentence) => {
  expect(await main(['replay-to', ...words])).toBe(2);
  expect(said.join('')).toContain(sentence);
  expect(said.join('')).not.toContain('    at ');
});

test('--json receives one JSON value, also when the verdict is bad', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'config.json');
  expect(await main(['config', '--port', '1234', '--json', file])).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ ok: true });
  expect(await main(['config', '--port', 'x', '--json', file])).toBe(2);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ ok: false });
});

test('a --json file that cannot be written is told before anything is done', async () => {
  using folder = temporaryFolder();
  expect(await main(['config', '--json', join(folder.path, 'missing/config.json')])).toBe(2);
  expect(said.join('')).toContain('--json cannot be written');
  expect(said.join('')).not.toContain('ONHAND_DATA');
});

test('trying the --json file leaves none behind when the command is kept from running', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'result.json');
  expect(await main(['migrate', '--data', ' ', '--json', file])).toBe(2);
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['12', 12],
  [undefined, 7],
])('a number flag given as %s is %s', (text, expected) => {
  expect(numberOption('buyers', text, 7, { min: 1, max: 100 })).toBe(expected);
});

test.each(['0', '101', '1.5', 'many', '', ' ', 'NaN', 'Infinity'])('a number flag given as "%s" is refused', (text) => {
  expect(() => numberOption('buyers', text, 7, { min: 1, max: 100 })).toThrow(UsageError);
});

test('tables align words to the left and numbers to the right', () => {
  expect(
    formatTable(
      ['what', 'count'],
      [
        ['sold', 1_000],
        ['refused by rule', 12.345],
      ],
    ),
  ).toBe(['what             count', '---------------  -----', 'sold             1,000', 'refused by rule  12.35'].join('\n'));
});

test('on a terminal progress writes over one line and leaves none behind', () => {
  let now = 0;
  const written: string[] = [];
  const progress = createProgress({ isTTY: true, columns: 10, write: (text) => written.push(text) }, () => now);
  progress.update('one of many');
  progress.update('dropped: too soon');
  now = 1_000;
  progress.update('two');
  progress.done();
  expect(written).toEqual(['\r\u001B[Kone of ma', '\r\u001B[Ktwo', '\r\u001B[K']);
});

test('on a pipe progress is a line now and then', () => {
  let now = 0;
  const written: string[] = [];
  const progress = createProgress({ write: (text) => written.push(text) }, () => now);
  for (; now < 12_000; now += 100) progress.update(`at ${now}`);
  progress.done('finished');
  expect(written).toEqual(['at 0\n', 'at 5000\n', 'at 10000\n', 'finished\n']);
});
