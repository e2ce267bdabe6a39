import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeOneSchema } from './holds.ts';
import { plainTakeOne } from './plain-take-one.ts';

const mostly = (...values: readonly unknown[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.anything() });

const fields = {
  sku: mostly('A', 'x'.repeat(64), 'x'.repeat(65), '', 'a\u0000', '茶'),
  quantity: mostly(1, 1_000_000, 1_000_001, 0, -0, 1.5, '1', null),
  ttlSeconds: mostly(5, 3_600, 4, 3_601, 60.5, undefined),
  more: fc.anything(),
};

test('what is told without the schema, the schema says too', () => {
  let told = 0;
  const body = fc.oneof(fc.record(fields, { requiredKeys: [] }), fc.record({ sku: fields.sku, quantity: fields.quantity }), fc.anything());
  fc.assert(
    fc.property(body, (value) => {
      const plain = plainTakeOne(value);
      if (plain === null) return;
      told += 1;
      expect(plain).toEqual(takeOneSchema.parse(value)); // P1
    }),
    { numRuns: 2_000 },
  );
  expect(told).toBeGreaterThan(10); // some 60, as the draw goes
});

test.each(['{"sku":"A","quantity":1}', '{"quantity":3,"sku":"a b","ttlSeconds":60}'])('%s is told without the schema', (text) => {
  expect(plainTakeOne(JSON.parse(text))).toEqual(takeOneSchema.parse(JSON.parse(text)));
});

test.each([
  '{"sku":"A","quantity":1,"sale":"s"}',
  '{"sku":"A","quantity":1,"ttlSeconds":null}',
  '{"sku":"A","quantity":1,"__proto__":{"ttlSeconds":60}}',
  '{"lines":[{"sku":"A","quantity":1}]}',
  '["A",1]',
  '{"sku":"A"}',
])('%s is for the schema', (text) => {
  expect(plainTakeOne(JSON.parse(text))).toBeNull();
});
