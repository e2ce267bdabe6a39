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

/** What is asked of the data behind the memory. */
async function asking(work: (data: CachedPricingData, memory: MemoryPricingData) => Promise<void>): Promise<readonly string[]> {
  const asked: string[] = [];
  const memory = new MemoryPricingData();
  const forQuote: MemoryPricingData['forQuote'] = (storeId, question) => {
    asked.push(`${storeId} ${question.country} ${question.codes.join()}`);
    return MemoryPricingData.prototype.forQuote.call(memory, storeId, question);
  };
  await work(new CachedPricingData(Object.assign(memory, { forQuote }), still), memory);
  return asked;
}

it('asks once for a place and once for codes, apart for every store, and has the rates of a place once (C1)', async () => {
  const asked = await asking(async (data, memory) => {
    for (const store of ['a', 'b', 'a']) {
      await memory.putDiscount(store, discount('ten', percentage(1)));
      for (const code of ['X', 'Y']) await memory.putCoupon(store, { code, discountId: 'ten', startsAt: null, endsAt: null });
      for (const codes of [['X'], ['Y'], []]) await data.forQuote(store, { codes, country: 'US' });
    }
  });
  expect(asked).toEqual(['a US ', 'a null X', 'a null Y', 'b US ', 'b null X', 'b null Y']);
});

it('remembers no code that the store does not have (C2)', async () => {
  const asked = await asking(async (data) => {
    for (let times = 0; times < 2; times++) await data.forQuote('a', { codes: ['GUESS'], country: 'US' });
  });
  expect(asked).toEqual(['a US ', 'a null GUESS', 'a null GUESS']);
});
