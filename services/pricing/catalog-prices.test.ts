/** Prices from the catalogue: one look for a whole basket, never an old one. */
import { expect, it } from 'vitest';
import { draft } from '../catalog/conformance.ts';
import { MemoryCatalog } from '../catalog/memory.ts';
import { CatalogPrices } from './catalog-prices.ts';
import { PricingUnavailable } from './port.ts';

it('gives the prices of what is for sale, as they are now', async () => {
  const catalog = new MemoryCatalog();
  const prices = new CatalogPrices(catalog);
  await catalog.put('store', [draft('a', 0, { price: { amountMinor: 5, currency: 'JPY' } }), draft('b', 1)]);
  expect(await prices.pricesOf('store', ['a', 'none'])).toEqual(
    new Map([['a', { title: 'Title of a', unitPriceMinor: 5, currency: 'JPY' }]]),
  );
  await catalog.put('store', [draft('a', 0, { price: { amountMinor: 6, currency: 'JPY' } })]);
  expect((await prices.pricesOf('store', ['a'])).get('a')?.unitPriceMinor).toBe(6);
});

it('a catalogue that is away is an operating fault', async () => {
  const prices = new CatalogPrices({ getMany: () => Promise.reject(new Error('away')) });
  await expect(prices.pricesOf('store', ['a'])).rejects.toThrow(PricingUnavailable);
});
