/** The catalogue in a real Postgres, through the application's role. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../testing/postgres.ts';
import { draft, runCatalogConformance } from './conformance.ts';
import { CatalogUnavailable } from './port.ts';
import { PostgresCatalog } from './postgres.ts';

async function make() {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url('app'), max: 1 });
  const catalog = new PostgresCatalog({ url: database.url('app') });
  return {
    pool,
    catalog,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await catalog.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

runCatalogConformance('postgres', make);

it('C1 is held by the database too: without a store set, the application sees no row', async () => {
  await using under = await make();
  await under.catalog.put('store_a', [draft('a', 0)]);
  expect((await under.pool.query('select sku from onhand.products')).rows).toEqual([]);
  await expect(under.pool.query("insert into onhand.products values ('store_b', 'a', 't', '', 1, 'EUR', '', '', 0, 1)")).rejects.toThrow(
    /row-level security/,
  );
});

it('a put is all or nothing', async () => {
  await using under = await make();
  await expect(
    under.catalog.put('store_a', [draft('a', 0), draft('b', 1, { price: { amountMinor: -1, currency: 'EUR' } })]),
  ).rejects.toThrow(CatalogUnavailable);
  expect(await under.catalog.list('store_a', null, 10)).toEqual([]);
});

it('a database that is away is an operating fault', async () => {
  const catalog = new PostgresCatalog({ url: 'postgres://nobody@127.0.0.1:1/none' });
  await expect(catalog.get('store_a', 'a')).rejects.toThrow(CatalogUnavailable);
  await catalog.close();
});
