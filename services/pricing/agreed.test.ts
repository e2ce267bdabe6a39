/** Prices that the merchant named: exact, whatever the catalogue says, and several for one SKU. */
import { expect, it } from 'vitest';
import { noTax, orderOf, basketOf } from './price-order.ts';

const known = { title: 'Mug', unitPriceMinor: 1_400, currency: 'GBP', categories: [], taxCategory: null, weightGrams: 350 };
const common = { currency: 'GBP', priceMode: 'tax_included', prices: new Map([['mug', known]]) } as const;
const free = { bySku: new Map<string, number>(), shippingDiscountMinor: 0, applied: [], notApplied: [] };

it('adds up the prices of one SKU to the penny, in one line', () => {
  const lines = [
    { sku: 'mug', quantity: 3, prices: [{ quantity: 3, unitPriceMinor: 255 }] },
    { sku: 'mug', quantity: 2, prices: [{ quantity: 2, unitPriceMinor: 301 }] },
  ];
  const basket = basketOf({ ...common, lines });
  if ('refusal' in basket) throw new Error('it has prices');
  const order = orderOf(basket, free, 0, noTax(basket));
  const prices = lines.flatMap((line) => line.prices);
  expect(order.lines).toMatchObject([{ sku: 'mug', quantity: 5, title: 'Mug', unitPriceMinor: 255, prices, totalMinor: 1_367 }]);
  expect(order.totalMinor).toBe(3 * 255 + 2 * 301);
});

it('needs no product in the catalogue', () => {
  const lines = [{ sku: 'POST', quantity: 1, prices: [{ quantity: 1, unitPriceMinor: 1_800 }] }];
  expect(basketOf({ ...common, lines })).toMatchObject({ subtotalMinor: 1_800, lines: [{ price: { title: 'POST' } }] });
  expect(basketOf({ ...common, lines: [{ sku: 'POST', quantity: 1 }] })).toMatchObject({ refusal: { why: 'no_price' } });
});
