import { expect, it } from 'vitest';
import { runShippingDataConformance } from './conformance.ts';
import { MemoryShippingData } from './memory.ts';
import { shippingLimits } from './port.ts';
import { place, zone } from './test-kit.ts';

runShippingDataConformance('memory', async () => ({ data: new MemoryShippingData(), async [Symbol.asyncDispose]() {} }));

it('a full store says so, and still replaces what it has (I7)', async () => {
  const data = new MemoryShippingData();
  const { zonesPerStoreMax: countMax } = shippingLimits;
  for (let count = 0; count < countMax; count += 1) await data.putZone('store', zone(`z${count}`, [place('US')]));
  expect(await data.putZone('store', zone('more', [place('US')]))).toEqual({ kind: 'full', countMax });
  expect(await data.putZone('store', zone('z0', [place('CA')]))).toEqual({ kind: 'written' });
});
