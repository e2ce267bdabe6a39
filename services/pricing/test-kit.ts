/** Makers of pricing's things for tests: each has ordinary values, and the test says what is special. */
import fc from 'fast-check';
import type { Coupon, Discount, DiscountValue, PricedSku, TaxRate } from './port.ts';
import { rateScale } from '../../actors/kernel/rounding.ts';

/** An instant in the middle of all windows. */
export const noon = Date.UTC(2026, 2, 1, 12);

export const percent = (points: number) => Math.round((points * rateScale) / 100);

export function percentage(points: number): DiscountValue {
  return { kind: 'percentage', rateMillionths: percent(points) };
}

export function amountOff(amountMinor: number, currency = 'USD'): DiscountValue {
  return { kind: 'amount', amountMinor, currency };
}

export const freeShipping: DiscountValue = { kind: 'free_shipping' };

export function discount(id: string, value: DiscountValue, more: Partial<Discount> = {}): Discount {
  return {
    id,
    name: `Name of ${id}`,
    value,
    target: { kind: 'order' },
    subtotalMinMinor: null,
    combines: true,
    automatic: true,
    startsAt: null,
    endsAt: null,
    ...more,
  };
}

export function coupon(code: string, discountId: string, more: Partial<Coupon> = {}): Coupon {
  return { code, discountId, startsAt: null, endsAt: null, ...more };
}

export function rate(id: string, points: number, more: Partial<TaxRate> = {}): TaxRate {
  return {
    id,
    name: `Tax ${id}`,
    country: 'US',
    region: null,
    postalPrefix: null,
    category: null,
    layer: 'state',
    rateMillionths: percent(points),
    taxesShipping: false,
    startsAt: null,
    endsAt: null,
    ...more,
  };
}

export function priced(unitPriceMinor: number, more: Partial<PricedSku> = {}): PricedSku {
  return { title: 'A thing', unitPriceMinor, currency: 'USD', categories: [], taxCategory: null, weightGrams: 0, ...more };
}

// --- anything at all, for properties ------------------------------------------------------------------------

const skus = ['a', 'b', 'c', 'd', 'e'] as const;
const categories = ['books', 'food'] as const;

const anyValue: fc.Arbitrary<DiscountValue> = fc.oneof(
  fc.record({ kind: fc.constant('percentage' as const), rateMillionths: fc.integer({ min: 1, max: rateScale }) }),
  fc.record({
    kind: fc.constant('amount' as const),
    amountMinor: fc.integer({ min: 1, max: 50_000 }),
    currency: fc.constantFrom('USD', 'USD', 'EUR'),
  }),
  fc.constant(freeShipping),
);

const anyTarget: fc.Arbitrary<Discount['target']> = fc.oneof(
  fc.constant({ kind: 'order' as const }),
  fc.record({
    kind: fc.constant('lines' as const),
    skus: fc.uniqueArray(fc.constantFrom(...skus), { maxLength: 3 }),
    categories: fc.uniqueArray(fc.constantFrom(...categories), { maxLength: 2 }),
  }),
);

const anyDiscounts: fc.Arbitrary<Discount[]> = fc
  .array(
    fc.record({
      value: anyValue,
      target: anyTarget,
      subtotalMinMinor: fc.option(fc.integer({ min: 0, max: 100_000 })),
      combines: fc.boolean(),
      automatic: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((list) => list.map((more, index) => discount(`d${index}`, more.value, more)));

const anyRates: fc.Arbitrary<TaxRate[]> = fc
  .array(
    fc.record({
      rateMillionths: fc.integer({ min: 0, max: 400_000 }),
      region: fc.option(fc.constant('WA')),
      postalPrefix: fc.option(fc.constantFrom('98', '981', '97')),
      category: fc.option(fc.constantFrom(...categories)),
      layer: fc.constantFrom('state', 'county'),
      taxesShipping: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((list) => list.map((more, index) => rate(`r${index}`, 0, more)));

const anyPrices: fc.Arbitrary<Map<string, PricedSku>> = fc
  .tuple(
    ...skus.map(() =>
      fc.record({
        unitPriceMinor: fc.integer({ min: 0, max: 100_000 }),
        categories: fc.uniqueArray(fc.constantFrom(...categories), { maxLength: 2 }),
        taxCategory: fc.option(fc.constantFrom(...categories)),
      }),
    ),
  )
  .map((list) => new Map(list.map((more, index) => [skus[index] ?? '', priced(more.unitPriceMinor, more)])));

/** Orders of every kind, all of which can be priced. */
export const anyOrder = fc.record({
  lines: fc.array(fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 50 }) }), { minLength: 1, maxLength: 8 }),
  currency: fc.constant('USD'),
  priceMode: fc.constantFrom('tax_included' as const, 'tax_excluded' as const),
  prices: anyPrices,
  discounts: anyDiscounts,
  coupons: fc.constant([coupon('ONE', 'd0'), coupon('TWO', 'd1')]),
  codes: fc.uniqueArray(fc.constantFrom('one', 'TWO', 'NONE')),
  shippingMinor: fc.integer({ min: 0, max: 5_000 }),
  destination: fc.constantFrom(
    { country: 'US', region: 'WA', postalCode: '98101' },
    { country: 'US', region: 'OR', postalCode: '97201' },
    { country: 'DE', postalCode: '20095' },
  ),
  rates: anyRates,
  at: fc.constant(noon),
});
