import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ColumnType, Json, Row } from '../../actors/kernel/index.ts';
import { readArray } from '../postgres/read-array.fixture.ts';
import { checksumOf } from './checksum.ts';
import { encodeKeys, encodeRows } from './encode-rows.ts';

const columns = [
  ['store_id', 'text'],
  ['version', 'bigint'],
  ['attempt', 'integer'],
  ['open', 'boolean'],
  ['contents', 'jsonb'],
] as const;

const anyRow = fc.record({
  store_id: fc.option(fc.string({ unit: 'grapheme' })),
  version: fc.option(fc.maxSafeInteger()),
  attempt: fc.option(fc.integer()),
  open: fc.option(fc.boolean()),
  contents: fc.option(fc.jsonValue() as fc.Arbitrary<Json>),
});

function valueOf(type: ColumnType, element: Buffer | null): Json {
  if (element === null) return null;
  if (type === 'text') return element.toString('utf8');
  if (type === 'jsonb') return JSON.parse(element.toString('utf8')) as Json;
  if (type === 'boolean') return element[0] === 1;
  return type === 'bigint' ? Number(element.readBigInt64BE()) : element.readInt32BE();
}

const plain = (value: Json) => JSON.parse(JSON.stringify(value)) as Json;

test('every value of every row is in its column, and the checksum of each row comes last', () => {
  fc.assert(
    fc.property(fc.array(anyRow), (rows: readonly Row[]) => {
      const arrays = encodeRows(columns, rows).map((bytes) => readArray(bytes).elements);
      columns.forEach(([name, type], at) => {
        expect(arrays[at]!.map((element) => valueOf(type, element))).toEqual(rows.map((row) => plain(row[name]!)));
      });
      expect(arrays[columns.length]!.map((element) => valueOf('integer', element))).toEqual(
        rows.map((row) => checksumOf({ columns }, row)),
      );
      expect(arrays.length).toBe(columns.length + 1);
    }),
  );
});

test('rows that begin alike have the checksums that each has by itself', () => {
  const contents = [{ location: 'main', quantity: 1 }];
  const alike = (['s', 't'] as const).flatMap((store) =>
    [1, 1, 2, 1].map((version) => ({ store_id: store, version, attempt: 0, open: true })),
  );
  const rows: readonly Row[] = alike.map((row, index) => ({ ...row, contents: index % 3 === 0 ? [...contents] : contents }));
  for (const order of [columns, columns.toReversed()]) {
    const sums = readArray(encodeRows(order, rows).at(-1)!).elements.map((element) => valueOf('integer', element));
    expect(sums).toEqual(rows.map((row) => checksumOf({ columns: order }, row)));
  }
});

test('keys are the columns alone', () => {
  const keys = encodeKeys(columns.slice(0, 2), [{ store_id: 's', version: 7 }]).map((bytes) => readArray(bytes).elements);
  expect(keys.map((elements, at) => elements.map((element) => valueOf(columns[at]![1], element)))).toEqual([['s'], [7]]);
});
