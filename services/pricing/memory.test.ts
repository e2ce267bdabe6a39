import { expect, it } from 'vitest';
import { runPricingDataConformance } from './conformance.ts';
import { MemoryPricingData } from './memory.ts';
import { pricingLimits } from './port.ts';
import { coupon, discount, percentage } from './test-kit.ts';

runPricingDataConformance('memory', async () => ({ data: new MemoryPricingData(), async [Symbol.asyncDispose]() {} }));

it('a full store says so, and still replaces what it has (I7)', async () => {
  const data = new MemoryPricingData();
  const { discountsPerStoreMax: countMax } = pricingLimits;
  const byCode = { automatic: false };
  for (let count = 0; count < countMax; count += 1) await data.putDiscount('store', discount(`d${count}`, percentage(1), byCode));
  expect(await data.putDiscount('store', discount('more', percentage(1), byCode))).toEqual({ kind: 'full', countMax });
  expect(await data.putDiscount('store', discount('d0', percentage(2), byCode))).toEqual({ kind: 'written' });
});

it('a store full of codes says so beforehand, and not of one it has (I7)', async () => {
  const data = new MemoryPricingData();
  const { couponsPerStoreMax: countMax } = pricingLimits;
  await data.putDiscount('store', discount('d', percentage(1)));
  for (let count = 0; count < countMax; count += 1) await data.putCoupon('store', coupon(`C${count}`, 'd'));
  expect(await data.couponRefusal('store', coupon('MORE', 'd'))).toEqual({ kind: 'full', countMax });
  expect(await data.couponRefusal('store', coupon('C0', 'd'))).toBeNull();
});
