/** The list of faults names tests that exist, and leaves no fault out. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const projectDir = join(import.meta.dirname, '../..');
const lines = readFileSync(join(projectDir, 'testing/FAULTS.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line));

test('every fault from 1 to 63 stands in the list once', () => {
  expect(lines.map((line) => Number(line.split('|')[1]))).toEqual(Array.from({ length: 63 }, (_, index) => index + 1));
});

test('every test that the list names exists, and what names none says what is missing', () => {
  for (const line of lines) {
    const cells = line.split('|').map((cell) => cell.trim());
    const files = [...(cells[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, file]) => file!);
    expect(files.filter((file) => !existsSync(join(projectDir, file)))).toEqual([]);
    if (files.length === 0) expect(cells[6], line).toMatch(/^not built yet/);
  }
});

test('five faults are the smoke of every run', () => {
  expect(lines.filter((line) => line.includes('**smoke**'))).toHaveLength(5);
});
