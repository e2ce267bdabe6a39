/** What flash-sale and replay refuse before anything is started. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whatIsSaid } from '../testing/said.ts';
import { main } from './main.ts';

const said = whatIsSaid();

describe('flash-sale', () => {
  const crowd = ['--buyers', '10', '--stock', '5'];

  it.each([
    [['--nodes', '3'], '--nodes is not built yet.'],
    [['--sale'], '--sale is not built yet.'],
    [['--sale', 'drop'], '--sale is not built yet.'],
  ])('with %s says that it is not built and exits 2', async (flags, sentence) => {
    expect(await main(['flash-sale', ...crowd, ...flags])).toBe(2);
    expect(said.join('\n').trim()).toBe(sentence);
  });

  it.each([
    [['--buyers', '10'], '--stock are needed'],
    [['--buyers', '0', '--stock', '5'], '--buyers needs'],
    [['--buyers', '10', '--stock', '5', '--rate', 'fast'], '--rate needs'],
    [['--buyers', '10', '--stock', '5', '--log', 'paper'], 'not "paper"'],
    [['--buyers', '10', '--stock', '5', '--report', '/no/such/folder/report.html'], '--report cannot be written'],
    [['--buyers', '10', '--stock', '5', '--target', 'http://127.0.0.1:1'], '--key'],
    [['--buyers', '10', '--stock', '5', '--target', 'http://127.0.0.1:1', '--key', 'sk_x'], 'no server answers'],
  ])('with %s explains itself and exits 2', async (flags, words) => {
    expect(await main(['flash-sale', ...flags])).toBe(2);
    expect(said.join('\n')).toContain(words);
  });
});

describe('replay', () => {
  it('without files, with one that is missing, or with one of other columns, explains itself and exits 2', async () => {
    expect(await main(['replay'])).toBe(2);
    expect(said.join('\n')).toContain('at least one file');
    expect(await main(['replay', '/no/such/file.csv'])).toBe(2);
    expect(said.join('\n')).toContain('/no/such/file.csv cannot be read');
    const directory = mkdtempSync(join(tmpdir(), 'onhand-replay-'));
    try {
      writeFileSync(join(directory, 'other.csv'), 'a,b\n1,2\n');
      expect(await main(['replay', join(directory, 'other.csv')])).toBe(2);
      expect(said.join('\n')).toContain('InvoiceNo,StockCode');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
