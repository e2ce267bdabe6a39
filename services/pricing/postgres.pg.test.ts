/** Pricing data in a real Postgres, through the application's role. */
import type pg from 'pg';
import { expect, it } from 'vitest';
import { createPool } from '../../runtime/postgres/pool.ts';
import { testDatabase } from '../../testing/postgres.ts';
import { runPricingDataConformance } from './conformance.ts';
import { pricingLimits, PricingUnavailable, type SkuTraits } from './port.ts';
import { PostgresPricingData } from './postgres.ts';
import { coupon, discount, percentage, rate } from './test-kit.ts';

function poolOf(url: string): pg.Pool {
  return createPool({
    url,
    applicationName: 'onhand test',
    connectionsMax: 4,
    connectTimeoutMs: 5_000,
    answerTimeoutMs: 20_000,
    settings: {},
  });
}

async function make() {
  const database = await testDatabase();
  const pool = poolOf(database.url('app'));
  return {
    pool,
    database,
    data: new PostgresPricingData(pool),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

runPricingDataConformance('postgres', make);

it('P1 is held by the database too: without a store set, the application sees no row and writes none', async () => {
  await using under = await make();
  await under.data.putSettings('store_a', { currency: 'USD', priceMode: 'tax_included' });
  await under.data.putDiscount('store_a', discount('d', percentage(10)));
  await under.data.putCoupon('store_a', coupon('A', 'd'));
  await under.data.putTaxRate('store_a', rate('r', 9));
  for (const table of ['pricing_settings', 'discounts', 'coupons', 'tax_rates']) {
    expect([table, (await under.pool.query(`select from onhand.${table}`)).rowCount]).toEqual([table, 0]);
  }
  await expect(under.pool.query(`insert into onhand.pricing_settings values ('store_b', 'USD', 'tax_included')`)).rejects.toThrow(
    /row-level security/,
  );
});

it('two that add the last one at once: one is refused', async () => {
  await using under = await make();
  const { discountsPerStoreMax } = pricingLimits;
  await under.database.poolFor('superuser').query(
    `insert into onhand.discounts (store_id, id, name, value_kind, combines, automatic)
     select 'store_a', 'd' || n, 'n', 'free_shipping', true, false from generate_series(2, $1) n`,
    [discountsPerStoreMax],
  );
  const both = await Promise.all(
    ['x', 'y'].map((id) => under.data.putDiscount('store_a', discount(id, percentage(1), { automatic: false }))),
  );
  expect(both.map(({ kind }) => kind).sort()).toEqual(['full', 'written']);
});

it('a store full of codes says so beforehand, and not of one it has (I7)', async () => {
  await using under = await make();
  const { couponsPerStoreMax: countMax } = pricingLimits;
  await under.data.putDiscount('store_a', discount('d', percentage(1)));
  await under.database.poolFor('superuser').query(
    `insert into onhand.coupons (store_id, code, discount_id)
     select 'store_a', 'C' || n, 'd' from generate_series(1, $1) n`,
    [countMax],
  );
  expect(await under.data.couponRefusal('store_a', coupon('MORE', 'd'))).toEqual({ kind: 'full', countMax });
  expect(await under.data.putCoupon('store_a', coupon('MORE', 'd'))).toEqual({ kind: 'full', countMax });
  expect(await under.data.couponRefusal('store_a', coupon('C1', 'd'))).toBeNull();
});

it('a database that is away is an operating fault', async () => {
  const pool = poolOf('postgres://nobody@127.0.0.1:1/none');
  await expect(new PostgresPricingData(pool).settings('store_a')).rejects.toThrow(PricingUnavailable);
  await pool.end();
});

it('what baskets want to know at once is one message, and none hears of another store (I6)', async () => {
  await using under = await make();
  const traits = (sku: string): SkuTraits => ({ sku, categories: [], taxCategory: null, weightGrams: 1 });
  for (const sku of ['a', 'b', 'c']) await under.data.putTraits('store_a', traits(sku));
  await under.data.putTraits('store_b', { ...traits('a'), weightGrams: 2 });
  let messages = 0;
  const query = under.pool.query.bind(under.pool) as (text: string) => Promise<unknown>;
  under.pool.query = ((text: string) => {
    messages += 1;
    return query(text);
  }) as typeof under.pool.query;
  const asked = [['a'], ['b'], ['c'], ['a', 'c'], ['none']].map((skus) => under.data.traits('store_a', skus));
  const other = under.data.traits('store_b', ['a', 'b']);
  expect(await Promise.all(asked)).toEqual([[traits('a')], [traits('b')], [traits('c')], [traits('a'), traits('c')], []]);
  expect(await other).toEqual([{ ...traits('a'), weightGrams: 2 }]);
  expect(messages).toBe(3); // one sets off at once, the others go together; and the other store's
});
