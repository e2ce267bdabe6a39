/** Shipping data in a real Postgres, through the application's role. */
import type pg from 'pg';
import { expect, it } from 'vitest';
import { createPool } from '../../runtime/postgres/pool.ts';
import { testDatabase } from '../../testing/postgres.ts';
import { runShippingDataConformance } from './conformance.ts';
import { ShippingUnavailable } from './port.ts';
import { PostgresShippingData } from './postgres.ts';
import { method, place, warehouse, zone } from './test-kit.ts';

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
    data: new PostgresShippingData(pool),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

runShippingDataConformance('postgres', make);

it('S1 is held by the database too: without a store set, the application sees no row', async () => {
  await using under = await make();
  await under.data.putZone('store_a', zone('z', [place('US')]));
  await under.data.putMethod('store_a', method('m', 'z'));
  await under.data.putWarehouse('store_a', warehouse('main'));
  for (const table of ['shipping_zones', 'shipping_methods', 'shipping_warehouses']) {
    expect([table, (await under.pool.query(`select from onhand.${table}`)).rowCount]).toEqual([table, 0]);
  }
});

it('a database that is away is an operating fault', async () => {
  const pool = poolOf('postgres://nobody@127.0.0.1:1/none');
  await expect(new PostgresShippingData(pool).setup('store_a')).rejects.toThrow(ShippingUnavailable);
  await pool.end();
});
