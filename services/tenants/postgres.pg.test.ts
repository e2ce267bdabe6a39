import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { runTenantsConformance } from './conformance.ts';
import { newStoreKeys } from './keys.ts';
import { TenantsUnavailable } from './port.ts';
import { PostgresTenants } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const tenants = (clock = new ManualClock()): PostgresTenants => new PostgresTenants(database.poolFor('app'), clock);

runTenantsConformance('Postgres', tenants);

describe('row-level security', () => {
  test('without a store the application sees no store, key or location, and with one only its own', async () => {
    const own = { storeId: 'store_rls_1', name: 'One', subdomain: 'rls-1', demo: false };
    await tenants().ensureStore(own, newStoreKeys());
    await tenants().ensureStore({ ...own, storeId: 'store_rls_2', subdomain: 'rls-2' }, newStoreKeys());
    const client = await database.poolFor('app').connect();
    try {
      for (const table of ['stores', 'api_keys', 'locations']) {
        expect((await client.query(`select from onhand.${table}`)).rowCount, table).toBe(0); // I6
        await client.query('begin');
        await client.query("select set_config('app.current_store_id', 'store_rls_1', true)");
        const { rows } = await client.query<{ store_id: string }>(`select distinct store_id from onhand.${table}`);
        await client.query('commit');
        expect(rows, table).toEqual([{ store_id: 'store_rls_1' }]);
      }
      await client.query('begin');
      await client.query("select set_config('app.current_store_id', 'store_rls_1', true)");
      await expect(
        client.query("insert into onhand.locations (store_id, id, name, rank) values ('store_rls_2', 'x', 'x', 0)"),
      ).rejects.toThrow(/row-level security/);
      await client.query('rollback');
      await client.query('begin');
      await client.query("select set_config('app.current_store_id', 'store_rls_1', true)");
      expect((await client.query("update onhand.stores set paused = true where store_id = 'store_rls_2'")).rowCount).toBe(0);
      await expect(client.query("update onhand.stores set store_id = 'store_rls_3' where store_id = 'store_rls_1'")).rejects.toThrow(
        /row-level security/,
      );
      await client.query('rollback');
    } finally {
      client.release();
    }
  });

  test("the questions across stores take an exact value and are the application's alone", async () => {
    await expect(database.poolFor('projector').query("select * from onhand.holder_of_key('x')")).rejects.toThrow(/permission denied/);
    await expect(database.poolFor('projector').query("select onhand.store_of_subdomain('x')")).rejects.toThrow(/permission denied/);
    expect((await database.poolFor('app').query("select * from onhand.holder_of_key('%')")).rowCount).toBe(0);
    const { rows } = await database
      .poolFor('superuser')
      .query<{ relname: string }>(
        "select relname from pg_class where relname in ('stores', 'api_keys', 'locations') and relrowsecurity and relforcerowsecurity order by 1",
      );
    expect(rows.map(({ relname }) => relname)).toEqual(['api_keys', 'locations', 'stores']);
  });

  test('no key stands in the database, except the publishable one in its store', async () => {
    const keys = newStoreKeys();
    await tenants().ensureStore({ storeId: 'store_keys', name: 'Keys', subdomain: 'keys', demo: false }, keys);
    const { rows } = await database
      .poolFor('superuser')
      .query<{ text: string }>('select k::text as text from onhand.api_keys k union all select s::text from onhand.stores s');
    const all = rows.map(({ text }) => text).join('\n');
    expect(all).not.toContain(keys.secretKey);
    expect(all).toContain(keys.publishableKey);
  });
});

describe('memory', () => {
  test("what is known is answered at once; another process's change is seen by the second request after freshMs", async () => {
    const clock = new ManualClock();
    const [here, there] = [tenants(clock), tenants()];
    const store = { storeId: 'store_memory', name: 'Memory', subdomain: 'memory', demo: false };
    await here.ensureStore(store, newStoreKeys());
    await here.store(store.storeId);
    await there.setPaused(store.storeId, true);
    expect(here.store(store.storeId)).toMatchObject({ paused: false });
    await clock.advance(20_000);
    void here.store(store.storeId); // looks again behind the answer
    await expect.poll(() => here.store(store.storeId), { timeout: 5_000 }).toMatchObject({ paused: true });
  });

  test('a database that is away stops nobody who was here before, and is told apart from an unknown key', async () => {
    const clock = new ManualClock();
    const ended = await testDatabase();
    const away = new PostgresTenants(ended.poolFor('app'), clock);
    const keys = newStoreKeys();
    const store = { storeId: 'store_away', name: 'Away', subdomain: 'away', demo: false };
    await away.ensureStore(store, keys);
    await away.holderOf(keys.secretKey);
    await ended[Symbol.asyncDispose]();
    await clock.advance(3_600_000);
    expect(away.holderOf(keys.secretKey)).toMatchObject({ storeId: store.storeId });
    await expect(away.holderOf(newStoreKeys().secretKey)).rejects.toThrow(TenantsUnavailable);
    expect(away.holderOf(keys.secretKey)).toMatchObject({ storeId: store.storeId });
  });
});
