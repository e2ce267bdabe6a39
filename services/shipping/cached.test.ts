/** Remembered shipping data: it conforms, and never hides a write of this process. */
import { expect, it } from 'vitest';
import { CachedShippingData, shippingCacheLimits } from './cached.ts';
import { runShippingDataConformance } from './conformance.ts';
import { MemoryShippingData } from './memory.ts';
import { place, zone } from './test-kit.ts';

runShippingDataConformance('cached', async () => ({
  data: new CachedShippingData(new MemoryShippingData(), { monotonicMs: () => 0 }),
  async [Symbol.asyncDispose]() {},
}));

it('sees its own writes at once, and those of others when the time is over', async () => {
  let nowMs = 0;
  const shared = new MemoryShippingData();
  const data = new CachedShippingData(shared, { monotonicMs: () => nowMs });
  const seen = async () => (await data.setup('store')).zones.length;
  expect(await seen()).toBe(0);
  await data.putZone('store', zone('mine', [place('US')]));
  expect(await seen()).toBe(1);
  await shared.putZone('store', zone('theirs', [place('CA')]));
  expect(await seen()).toBe(1);
  nowMs += shippingCacheLimits.freshMs;
  expect(await seen()).toBe(2);
});
