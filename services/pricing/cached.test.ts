/** Remembered quotes: they conform, are asked for once, and never hide a write of this process. */
import { expect, it } from 'vitest';
import { CachedPricingData, pricingCacheLimits } from './cached.ts';
import { runPricingDataConformance } from './conformance.ts';
import { MemoryPricingData } from './memory.ts';
import { discount, percentage } from './test-kit.ts';

const still = { monotonicMs: () => 0 };

runPricingDataConformance('cached', async () => ({
  data: new CachedPricingData(new MemoryPricingData(), still),
  async [Symbol.asyncDispose]() {},
}));

it('sees its own writes at once, and those of others when the time is over', async () => {
  let nowMs = 0;
  const shared = new MemoryPricingData();
  const data = new CachedPricingData(shared, { monotonicMs: () => nowMs });
  const seen = async () => (await data.forQuote('store', { codes: [], country: 'US' })).discounts.length;
  expect(await seen()).toBe(0);
  await data.putDiscount('store', discount('mine', percentage(1)));
  expect(await seen()).toBe(1);
  await shared.putDiscount('store', discount('theirs', percentage(1)));
  expect(await seen()).toBe(1);
  nowMs += pricingCacheLimits.freshMs;
  expect(await seen()).toBe(2);
});

it('remembers settings, and sees a change of its own at once', async () => {
  const shared = new MemoryPricingData();
  const data = new CachedPricingData(shared, still);
  expect(await data.settings('store')).toBeNull();
  await shared.putSettings('store', { currency: 'EUR', priceMode: 'tax_included' });
  expect(await data.settings('store')).toBeNull();
  await data.putSettings('store', { currency: 'JPY', priceMode: 'tax_included' });
  expect((await data.settings('store'))?.currency).toBe('JPY');
});

it('asks once for the same question, and apart for every other', async () => {
  const asked: string[] = [];
  const memory = new MemoryPricingData();
  const forQuote: MemoryPricingData['forQuote'] = (storeId, question) => {
    asked.push(`${storeId} ${question.country} ${question.codes.join()}`);
    return MemoryPricingData.prototype.forQuote.call(memory, storeId, question);
  };
  const data = new CachedPricingData(Object.assign(memory, { forQuote }), still);
  for (const store of ['a', 'b', 'a']) {
    await data.forQuote(store, { codes: ['X'], country: 'US' });
    await data.forQuote(store, { codes: ['X'], country: null });
    await data.forQuote(store, { codes: [], country: 'US' });
  }
  expect(asked).toEqual(['a US X', 'a null X', 'a US ', 'b US X', 'b null X', 'b US ']);
});
