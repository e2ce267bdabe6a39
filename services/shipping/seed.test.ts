/** What stores begin with: it can be written, is written once, and reaches the whole world. */
import { expect, it } from 'vitest';
import { MemoryShippingData } from './memory.ts';
import { demoShipping, plainShipping, seedShipping } from './seed.ts';
import { Shipping } from './service.ts';

const at = Date.parse('2026-11-18T09:00Z');

it.each([
  ['demo', demoShipping, 'GBP'],
  ['plain', plainShipping('USD'), 'USD'],
])('the %s store is written once, and what its merchant changed stays', async (_name, seed, currency) => {
  const data = new MemoryShippingData();
  expect(await seedShipping(data, 'store', seed)).toBe(true);
  const [first] = seed.zones;
  await data.deleteZone('store', first?.id ?? '');
  expect(await seedShipping(data, 'store', seed)).toBe(false);
  expect((await data.setup('store')).zones).toHaveLength(seed.zones.length - 1);
  expect(new Set(seed.methods.map((method) => method.currency))).toEqual(new Set([currency]));
});

it('a start that was cut short is finished by the next', async () => {
  const data = new MemoryShippingData();
  await data.putZone('store', demoShipping.zones[0]!);
  expect(await seedShipping(data, 'store', demoShipping)).toBe(true);
  expect((await data.setup('store')).methods).toHaveLength(demoShipping.methods.length);
});

it.each([
  ['GB', 'SW1A 1AA', 3_000, ['islands-standard 395', 'islands-next-day 795']],
  ['GB', 'SW1A 1AA', 5_000, ['islands-standard 0', 'islands-next-day 795']],
  ['DE', '20095', 3_000, ['continent-standard 595', 'continent-express 1495']],
  ['US', '98101', 3_000, ['america-air 1495']],
  ['JP', '100-0001', 3_000, ['elsewhere-air 1995']],
])('the demo store sends to %s %s', async (country, postalCode, subtotalMinor, expected) => {
  const data = new MemoryShippingData();
  await seedShipping(data, 'store', demoShipping);
  const options = await new Shipping(data).optionsFor({
    storeId: 'store',
    destination: { country, postalCode },
    currency: 'GBP',
    subtotalMinor,
    weightGrams: 0,
    locations: ['main', 'attic'],
    at,
  });
  expect(options.map(({ methodId, priceMinor }) => `${methodId} ${priceMinor}`)).toEqual(expected);
});
