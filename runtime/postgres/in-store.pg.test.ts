import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { inStore, literalOf, readInStore } from './in-store.ts';

let database: TestDatabase;
/** One session, so that whatever it kept would be seen by the next. */
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url('app'), max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

const countText = 'select count(*)::integer as count from onhand.feed_counters';
const stores = ['a', "b'; select set_config('app.current_store_id', 'a', false); --", 'c\\'];

async function fill(): Promise<void> {
  await database
    .poolFor('projector')
    .query('insert into onhand.feed_counters (store_id, newest) select s, 1 from unnest($1::text[]) as s on conflict do nothing', [stores]);
}

const storeSeen = async () =>
  (await pool.query<{ store: string | null }>("select nullif(current_setting('app.current_store_id', true), '') as store")).rows[0]!.store;

test('any text is read back as it is, alone and in an array (P1)', async () => {
  const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(texts, fc.array(texts), async (one, many) => {
      const { rows } = await pool.query(`select ${literalOf(one)} as one, ${literalOf(many)} as many`);
      expect(rows).toEqual([{ one, many }]);
    }),
    { examples: [["'", ["\\'", '$$', '\\', ';--', '']]] },
  );
});

test('a text with an end inside is refused, not cut (P1)', () => {
  expect(() => literalOf("a\0'")).toThrow(/ends where it says/);
  expect(() => literalOf(['a', '\0'])).toThrow(/ends where it says/);
});

test.each(stores)('a transaction and a read of store %s see its rows alone, and the session forgets the store (I6)', async (storeId) => {
  await fill();
  const ids = { text: 'select store_id from onhand.feed_counters' };
  expect(await inStore(pool, storeId, async (client) => (await client.query(ids)).rows)).toEqual([{ store_id: storeId }]);
  expect(await storeSeen()).toBeNull();
  expect(await readInStore(pool, storeId, ids.text)).toEqual([{ store_id: storeId }]);
  expect(await storeSeen()).toBeNull();
});

test('what fails is undone, and its session is not used again', async () => {
  await fill();
  const session = async () => (await pool.query<{ id: number }>('select pg_backend_pid() as id')).rows[0]!.id;
  const first = await session();
  const failing = inStore(pool, 'a', async (client) => {
    await client.query(
      "insert into onhand.mail_templates (store_id, template, subject, body_text, changed_at) values ('a', 't', '', '', 1)",
    );
    await client.query('select 1 / 0');
  });
  await expect(failing).rejects.toThrow(/division by zero/);
  const second = await session();
  expect(second).not.toBe(first);
  await expect(readInStore(pool, 'a', 'select 1 / 0 as none')).rejects.toThrow(/division by zero/);
  expect(await session()).not.toBe(second);
  expect(await readInStore(pool, 'a', countText)).toEqual([{ count: 1 }]);
  expect(await readInStore(pool, 'a', 'select template from onhand.mail_templates')).toEqual([]);
});

test('a read is one statement: a second one is a mistake of ours', async () => {
  await expect(readInStore(pool, 'a', 'select 1 as one; select 2 as two')).rejects.toThrow(/one statement/);
});
