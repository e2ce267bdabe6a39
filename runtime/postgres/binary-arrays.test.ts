import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ColumnType } from '../../actors/kernel/index.ts';
import { BinaryArrays } from './binary-arrays.ts';
import { readArray } from './read-array.fixture.ts';

/** One array, written and read back. */
function written<Value>(type: ColumnType, values: readonly (Value | null)[], add: (arrays: BinaryArrays, value: Value) => void) {
  const arrays = new BinaryArrays();
  arrays.open(type, values.length);
  for (const value of values) {
    if (value === null) arrays.null();
    else add(arrays, value);
  }
  arrays.close();
  const [only] = arrays.take();
  return readArray(only!);
}

function check<Value>(
  type: ColumnType,
  elementType: number,
  any: fc.Arbitrary<Value>,
  add: (arrays: BinaryArrays, value: Value) => void,
  read: (element: Buffer) => Value,
): void {
  fc.assert(
    fc.property(fc.array(fc.option(any)), (values) => {
      const array = written(type, values, add);
      expect(array.elements.map((element) => (element === null ? null : read(element)))).toEqual(values);
      expect([array.elementType, array.hasNulls]).toEqual([elementType, values.includes(null)]);
    }),
  );
}

test('texts of any script are read back, whatever stands beside them', () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'NULL', '{"a,b\\"}', 'ž🐈'));
  check(
    'text',
    25,
    anyText,
    (arrays, text) => arrays.text(text),
    (element) => element.toString('utf8'),
  );
});

test('JSON travels as text', () => {
  check(
    'jsonb',
    25,
    fc.json(),
    (arrays, text) => arrays.text(text),
    (element) => element.toString('utf8'),
  );
});

test('whole numbers are read back, as large as they may be', () => {
  const anyNumber = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 31, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER));
  check(
    'bigint',
    20,
    anyNumber.map((number) => number + 0),
    (arrays, number) => arrays.bigint(number),
    (element) => Number(element.readBigInt64BE()),
  );
  check(
    'integer',
    23,
    fc.integer(),
    (arrays, number) => arrays.integer(number),
    (element) => element.readInt32BE(),
  );
});

test('booleans are one byte', () => {
  check(
    'boolean',
    16,
    fc.boolean(),
    (arrays, value) => arrays.boolean(value),
    (element) => element.equals(Buffer.from([1])),
  );
});

test('many arrays stand in one piece of memory, however large it must become', () => {
  const texts = Array.from({ length: 3_000 }, (_, index) => `${index}`.repeat(index % 50));
  const arrays = new BinaryArrays();
  for (const type of ['text', 'text', 'bigint'] as const) {
    arrays.open(type, texts.length);
    for (const text of texts) {
      if (type === 'text') arrays.text(text);
      else arrays.bigint(text.length);
    }
    arrays.close();
  }
  const [one, two, lengths] = arrays.take().map((bytes) => readArray(bytes).elements);
  expect([one, two].map((column) => column!.map(String))).toEqual([texts, texts]);
  expect(lengths!.map((element) => Number(element!.readBigInt64BE()))).toEqual(texts.map((text) => text.length));
});
