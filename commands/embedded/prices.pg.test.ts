/** Pricing and shipping as the server puts them together: what a start makes sure of, and a quote from it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Envelope, Router } from '../../runtime/router/port.ts';
import { createPool } from '../../runtime/postgres/pool.ts';
import { systemClock } from '../../runtime/clock.ts';
import { PostgresCatalog } from '../../services/catalog/postgres.ts';
import { demoGoods } from '../../services/catalog/demo/goods.ts';
import { draftOf } from '../../services/catalog/demo/load.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { openPrices, type Prices, seedDemoPrices, seedPlainPrices, seedStorePrices } from './prices.ts';

/** A Wednesday morning. */
const at = Date.parse('2026-11-18T09:00Z');
const london = { name: 'Ada', line1: '1 Dock St', city: 'London', country: 'GB', postalCode: 'E1 8JN' };

let database: TestDatabase;
let prices: Prices;
const closers: (() => Promise<void>)[] = [];
const defined: string[] = [];

/** Codes are not known until they are defined. */
const router: Router = {
  send({ actor, command }: Envelope, answer) {
    const position = { incarnation: 'i', shard: 0, epoch: 1, frame: 0, index: 0 };
    if (command.type === 'define') defined.push(actor.id);
    if (defined.includes(actor.id)) answer({ kind: 'reply', reply: {}, repeated: false, position, at });
    else answer({ kind: 'refused', refusal: { code: 'coupon_unknown' }, position, at });
  },
};

beforeAll(async () => {
  database = await testDatabase();
  const url = database.url('app');
  const pool = createPool({
    url,
    applicationName: 'onhand test',
    connectionsMax: 4,
    connectTimeoutMs: 5_000,
    answerTimeoutMs: 20_000,
    settings: {},
  });
  const catalog = new PostgresCatalog({ url });
  closers.push(
    () => catalog.close(),
    () => pool.end(),
    async () => {
      await database[Symbol.asyncDispose]();
    },
  );
  prices = openPrices({ pool, catalog, clock: systemClock });
  for (const store of ['demo', 'plain']) await catalog.put(store, demoGoods.map(draftOf));
});
afterAll(async () => {
  for (const close of closers) await close();
});

it('a start makes sure of the stores, and the next one changes nothing', async () => {
  const starts = async () => {
    await seedDemoPrices(prices, router, 'demo');
    await seedStorePrices(prices, 'second');
    await seedPlainPrices(prices, 'plain', 'GBP');
  };
  await starts();
  await prices.pricingData.deleteCoupon('demo', 'FIVEOFF');
  await starts();
  expect((await prices.pricingData.coupons('demo', null, 9)).map(({ code }) => code)).toEqual(['FREESHIP', 'WELCOME10']);
  expect(defined).toEqual(['FIVEOFF', 'FREESHIP', 'WELCOME10']);
  expect(await prices.pricingData.settings('second')).toEqual({ currency: 'USD', priceMode: 'tax_excluded' });
});

it('a mug of the demo store to London: tax in the price, shipping on top', async () => {
  const question = {
    lines: [{ sku: 'mug-fog', quantity: 2 }],
    currency: 'GBP',
    destination: london,
    shippingMethod: null,
    locations: ['main'],
    at,
  };
  expect(await prices.quotes.quote('demo', { ...question, codes: ['welcome10'] })).toMatchObject({
    lines: [{ sku: 'mug-fog', title: 'Fog Mug', unitPriceMinor: 1_400, discountMinor: 280, totalMinor: 2_520 }],
    discountMinor: 280,
    shippingMinor: 395,
    taxMinor: 420 + 66,
    totalMinor: 2_915,
    shipping: { methodId: 'islands-standard' },
  });
  expect(await prices.quotes.quote('plain', { ...question, codes: [] })).toMatchObject({
    shippingMinor: 0,
    taxMinor: 0,
    totalMinor: 2_800,
  });
});
