/** What stores begin with: it can be written, is written once, and its codes and taxes do what they say. */
import { expect, it } from 'vitest';
import { MemoryPricingData } from './memory.ts';
import type { PricedOrder } from './port.ts';
import { priceOrder } from './price-order.ts';
import { demoPricing, plainPricing, type PricingSeed, secondPricing, seedPricing } from './seed.ts';
import { noon, priced } from './test-kit.ts';

it.each([
  ['demo', demoPricing],
  ['second', secondPricing],
  ['plain', plainPricing('GBP')],
])('the %s store is written once, and what its merchant changed stays', async (_name, seed) => {
  const data = new MemoryPricingData();
  expect(await seedPricing(data, 'store', seed)).toBe(true);
  const changed = { currency: 'EUR', priceMode: 'tax_included' } as const;
  await data.putSettings('store', changed);
  expect(await seedPricing(data, 'store', seed)).toBe(false);
  expect(await data.settings('store')).toEqual(changed);
  expect(await data.taxRates('store')).toHaveLength(seed.taxRates.length);
  expect(await data.coupons('store', null, 99)).toHaveLength(seed.coupons.length);
});

function total(
  seed: PricingSeed,
  unitPriceMinor: number,
  country: string,
  more: { region?: string; postalCode?: string; codes?: readonly string[] } = {},
) {
  const { region, postalCode = '', codes = [] } = more;
  const { currency, priceMode } = seed.settings;
  return priceOrder({
    lines: [{ sku: 'a', quantity: 2 }],
    currency,
    priceMode,
    prices: new Map([['a', priced(unitPriceMinor, { currency })]]),
    discounts: seed.discounts,
    coupons: seed.coupons,
    codes,
    shippingMinor: 0,
    destination: { country, postalCode, ...(region === undefined ? {} : { region }) },
    rates: seed.taxRates.filter((rate) => rate.country === country),
    at: noon,
  }) as PricedOrder;
}

it('two at 348.00 to Seattle come to 758.64', () => {
  const order = total(secondPricing, 34_800, 'US', { region: 'WA', postalCode: '98101' });
  expect([order.taxMinor, order.totalMinor]).toEqual([6_264, 75_864]);
  expect(order.taxes.map(({ name, taxMinor }) => [name, taxMinor])).toEqual([
    ['Seattle local tax', 1_740],
    ['Washington sales tax', 4_524],
  ]);
});

it('in the demo store a price is what it says, with the tax of the place in it', () => {
  expect(
    [total(demoPricing, 1_400, 'GB'), total(demoPricing, 1_400, 'JP')].map(({ taxMinor, totalMinor }) => [taxMinor, totalMinor]),
  ).toEqual([
    [467, 2_800],
    [0, 2_800],
  ]);
});

it('the demo codes work together', () => {
  const { applied, totalMinor } = total(demoPricing, 2_000, 'GB', { codes: ['welcome10', 'fiveoff'] });
  expect([applied.map(({ amountMinor }) => amountMinor), totalMinor]).toEqual([[400, 500], 3_100]);
});
