/** Prices from the catalogue: each SKU once, a few at a time. */
import { expect, it } from 'vitest';
import { CatalogPrices, looksAtOnceMax } from './catalog-prices.ts';
import { PricingUnavailable } from './port.ts';

it('looks at each SKU once, a few at a time, and leaves out what is not for sale', async () => {
  const looked: string[] = [];
  let atOnce = 0;
  let atOnceSeen = 0;
  const prices = new CatalogPrices({
    async get(storeId, sku) {
      looked.push(`${storeId} ${sku}`);
      atOnce += 1;
      atOnceSeen = Math.max(atOnceSeen, atOnce);
      await Promise.resolve();
      atOnce -= 1;
      return sku === 's7' ? null : { title: `Title of ${sku}`, price: { amountMinor: 5, currency: 'JPY' } };
    },
  });
  const skus = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const found = await prices.pricesOf('store', [...skus, ...skus]);
  expect(looked).toHaveLength(40);
  expect(atOnceSeen).toBe(looksAtOnceMax);
  expect(found.size).toBe(39);
  expect(found.get('s3')).toEqual({ title: 'Title of s3', unitPriceMinor: 5, currency: 'JPY' });
});

it('a catalogue that is away is an operating fault, and is not asked for the rest', async () => {
  let looked = 0;
  const prices = new CatalogPrices({
    get() {
      looked += 1;
      return Promise.reject(new Error('away'));
    },
  });
  const skus = Array.from({ length: 40 }, (_, index) => `s${index}`);
  await expect(prices.pricesOf('store', skus)).rejects.toThrow(PricingUnavailable);
  expect(looked).toBeLessThanOrEqual(looksAtOnceMax);
});
