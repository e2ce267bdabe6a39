import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainCheckout } from './plain-checkout.ts';
import { linesCheckoutSchema } from './schemas.ts';

/** Now and then one that is at a bound, beyond it, or anything. */
const mostly = (good: readonly unknown[], others: readonly unknown[]) =>
  fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...good) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
    { weight: 1, arbitrary: fc.anything() },
  );
const text = (max: number) =>
  mostly(['a', 'a b', 'x'.repeat(max)], ['x'.repeat(max + 1), '', ' ', ' a', 'a ', 'a\u007f', 'a\nb', 'Ä', '\u00a0a']);
const addresses = fc.record(
  {
    name: text(200),
    line1: text(200),
    line2: text(200),
    city: text(100),
    region: text(100),
    postalCode: text(20),
    country: mostly(['DE', 'GB'], ['de', 'DEU', '']),
  },
  { requiredKeys: ['name', 'line1', 'city', 'postalCode', 'country'] },
);
const lines = fc.array(
  fc.record({ sku: mostly(['A', 'B', 'x'.repeat(64)], ['x'.repeat(65), '']), quantity: mostly([1, 1_000_000], [0, 1_000_001, 1.5, '1']) }),
  { minLength: 1, maxLength: 3 },
);
const emails = mostly(
  ['a@b.example', 'a.b+c-d_e@b.c.example'],
  [
    'a..b@c.example',
    '.a@b.example',
    'a@b',
    'a@b.c',
    'a_@b.example',
    "o'n@b.example",
    'a@b.e1',
    'a-@b-c.example',
    `${'x'.repeat(250)}@b.example`,
  ],
);
const fields = { lines, email: emails, shippingAddress: addresses, paymentMethod: text(255) };

test('what is told without the schema, the schema says too', () => {
  let told = 0;
  const required = Object.keys(fields) as (keyof typeof fields)[];
  const body = fc.oneof(
    fc.record({ ...fields, shippingMethod: text(64) }, { requiredKeys: required }),
    fc.record({ ...fields, more: fc.anything() }, { requiredKeys: required }),
    fc.anything(),
  );
  fc.assert(
    fc.property(body, (value) => {
      const plain = plainCheckout(value);
      if (plain === null) return;
      told += 1;
      expect(plain).toEqual(linesCheckoutSchema.parse(value)); // P1
    }),
    { numRuns: 3_000 },
  );
  expect(told).toBeGreaterThan(100); // some 450, as the draw goes
});

const address = { name: 'Ada', line1: '1 High Street', city: 'London', postalCode: 'N1 9GU', country: 'GB' };
const usual = { email: 'ada@shop.example', paymentMethod: 'pm_card_visa', shippingAddress: address, lines: [{ sku: 'A', quantity: 1 }] };

test.each([
  usual,
  { ...usual, shippingMethod: 'express' },
  { ...usual, shippingAddress: { ...address, line2: 'Flat 2', region: 'Greater London' } },
  { ...usual, lines: [...usual.lines, { sku: 'B', quantity: 2 }, { sku: 'A', quantity: 3 }] },
])('%j is told without the schema', (body) => {
  expect(plainCheckout(body)).toEqual(linesCheckoutSchema.parse(body));
});

test.each([
  { ...usual, cartId: 'cart_1' },
  { ...usual, expectedTotal: { amountMinor: 1, currency: 'GBP' } },
  { ...usual, lines: [] },
  { ...usual, lines: [{ sku: 'A', quantity: 1, absorbs: 'h' }] },
  { ...usual, lines: { 0: { sku: 'A', quantity: 1 }, length: 1 } },
  { ...usual, shippingMethod: null },
  { ...usual, shippingAddress: { ...address, name: ' Ada' } },
  { ...usual, shippingAddress: { ...address, city: 'Zürich' } },
  { ...usual, shippingAddress: [address] },
  { ...usual, email: 'ada@shop' },
  JSON.parse(`{"__proto__":{"shippingMethod":"x"},${JSON.stringify(usual).slice(1)}`) as unknown,
])('%j is for the schema', (body) => {
  expect(plainCheckout(body)).toBeNull();
});
