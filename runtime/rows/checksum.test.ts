/** What the checksum of a row notices, and what it must not mind. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, Row } from '../../actors/kernel/index.ts';
import { checksumOf, isDamaged } from './checksum.ts';

const table = {
  columns: [
    ['store_id', 'text'],
    ['label', 'text'],
    ['units', 'bigint'],
    ['sealed', 'boolean'],
    ['contents', 'jsonb'],
  ],
} as const;
const row: Row = { store_id: 's', label: 'ab', units: 5, sealed: true, contents: { a: 1, b: [{ c: null, d: 'x' }] } };

function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, turned(field)]),
  );
}

describe('the checksum of a row', () => {
  test('notices a change in any column', () => {
    const changes: Row[] = [
      { store_id: 't' },
      { label: 'aB' },
      { label: null },
      { units: 6 },
      { units: null },
      { sealed: false },
      { contents: null },
      { contents: { a: 1, b: [{ c: null, d: 'y' }] } },
      { contents: { a: '1', b: [{ c: null, d: 'x' }] } },
    ];
    const checksum = checksumOf(table, row);
    expect(changes.filter((change) => !isDamaged(table, { ...row, ...change }, checksum))).toEqual([]);
  });

  test('notices text that moves from one column to the next', () => {
    expect(checksumOf(table, { ...row, store_id: 'sa', label: 'b' })).not.toBe(checksumOf(table, row));
  });

  test('does not mind the order in which keys of JSON come', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (contents) => {
        const given = { ...row, contents: contents as Json };
        expect(checksumOf(table, { ...given, contents: turned(contents as Json) })).toBe(checksumOf(table, given));
      }),
    );
  });

  test('is an integer that Postgres can store', () => {
    fc.assert(
      fc.property(fc.string(), (label) => {
        const checksum = checksumOf(table, { ...row, label });
        expect(checksum).toBe(checksum | 0);
      }),
    );
  });

  test('is CRC-32 of a number as it is written in words, whatever its size', () => {
    const anyNumber = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -20, max: 20 }), fc.double({ noNaN: true }));
    const edges = [0, -0, 9, 10, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    fc.assert(
      fc.property(anyNumber, (units) => {
        const digits = Buffer.from(String(units));
        const stored = crc32(Buffer.from([2, digits.length, 0, ...digits])) | 0;
        expect(checksumOf({ columns: [['units', 'bigint']] }, { units })).toBe(stored);
      }),
      { examples: edges.map((edge) => [edge] as [number]), numRuns: 500 },
    );
  });

  test('that is not yet known proves nothing', () => {
    expect(isDamaged(table, row, null)).toBe(false);
  });
});
