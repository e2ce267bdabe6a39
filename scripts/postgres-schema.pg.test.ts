/**
 * The database is what the program believes it is: tables follow the actors' definitions, and every table
 * with rows of stores is closed to whoever does not name a store (I6).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cartTables } from '../actors/cart/rows.ts';
import { couponTables } from '../actors/coupon/rows.ts';
import { holdTables } from '../actors/hold/rows.ts';
import { actorId, type Row, type TableDefinition } from '../actors/kernel/index.ts';
import { orderTables } from '../actors/order/rows.ts';
import { stockTables } from '../actors/stock/rows.ts';
import { storeTables as tablesOfStores } from '../actors/store/rows.ts';
import { PostgresRowStore } from '../runtime/rows/postgres.ts';
import { existingText, loadText } from '../runtime/rows/table-sql.ts';
import { type TestDatabase, testDatabase } from '../testing/postgres.ts';

const definitions = new Map<string, TableDefinition>(
  [...stockTables, ...holdTables, ...cartTables, ...couponTables, ...orderTables, ...tablesOfStores].map((table) => [table.name, table]),
);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function ask<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await database.poolFor('superuser').query<Row>(text, values)).rows;
}

/** Tables of schema `onhand` that hold rows of stores. */
async function storeTables(): Promise<string[]> {
  const rows = await ask<{ table_name: string }>(
    `select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
      where table_schema = 'onhand' and table_type = 'BASE TABLE' and column_name = 'store_id' order by 1`,
  );
  return rows.map(({ table_name }) => table_name);
}

describe('tables of actors', () => {
  test.each([...definitions.values()])('$name has the columns, types and key of its definition', async ({ name, columns, key }) => {
    const stored = await ask<{ column_name: string; data_type: string }>(
      `select column_name, data_type from information_schema.columns where table_schema = 'onhand' and table_name = $1`,
      [name],
    );
    expect(Object.fromEntries(stored.map(({ column_name, data_type }) => [column_name, data_type]))).toEqual({
      ...columns,
      row_checksum: 'integer',
    });
    const keyed = await ask<{ column_name: string }>(
      `select a.attname as column_name from pg_index i, unnest(i.indkey) with ordinality as k (number, place) join pg_attribute a on a.attnum = k.number
        where i.indisprimary and i.indrelid = format('onhand.%I', $1::text)::regclass and a.attrelid = i.indrelid order by k.place`,
      [name],
    );
    expect(keyed.map(({ column_name }) => column_name)).toEqual(key);
  });

  test('a table that the projector may write is one that an actor defines, or the runtime itself keeps', async () => {
    const writable = await ask<{ table_name: string }>(
      `select table_name from information_schema.role_table_grants where grantee = 'onhand_projector' and table_schema = 'onhand' and privilege_type = 'INSERT'`,
    );
    const known = new Set([...definitions.keys(), 'actors', 'checkpoints', 'applied', 'feed_pending']);
    const versioned = await ask<{ table_name: string }>(
      `select table_name from information_schema.columns where table_schema = 'onhand' and column_name = 'version'`,
    );
    const actorTables = writable.filter(({ table_name }) => versioned.some((table) => table.table_name === table_name));
    expect(actorTables.map(({ table_name }) => table_name).filter((name) => !known.has(name))).toEqual([]);
  });

  /** Nobody who sells waits for vacuum: only what stays small is worked on without a pause. */
  test('a table that grows with every order is vacuumed at the pace of the server', async () => {
    const hurried = await ask<{ relname: string }>(
      `select relname from pg_class where reloptions::text like '%autovacuum_vacuum_cost_delay=0%' order by 1`,
    );
    expect(hurried.map(({ relname }) => relname)).toEqual(['coupon_codes', 'feed_pending', 'stock_levels', 'stock_skus', 'store_counters']);
  });

  test('the row store writes, reads back and scans a row of every table', async () => {
    const kinds = [
      { kind: 'stock', tables: stockTables },
      { kind: 'hold', tables: holdTables },
      { kind: 'order', tables: orderTables },
    ];
    const store = new PostgresRowStore({ url: database.url('projector'), kinds });
    await store.claim(90, 1);
    const actors = kinds.map(({ kind }) => ({
      actor: actorId(kind, 'store-9', 'id-9'),
      shard: 90,
      version: 1,
      deadline: null,
      owes: false,
      format: 1,
    }));
    const changes = kinds.flatMap(({ tables }) => tables.map((table) => ({ table: table.name, row: sampleRow(table) })));
    const checkpoint = await store.claim(90, 1);
    expect(await store.write(90, checkpoint, { ...checkpoint, frame: 0 }, { actors, changes })).toEqual({ kind: 'written' });
    for (const { kind, tables } of kinds) {
      const loaded = (await store.load(kind, [actorId(kind, 'store-9', 'id-9')], 0)).get(`${kind}/store-9/id-9`)!;
      for (const table of tables.filter((candidate) => candidate.loaded)) expect(loaded.rows[table.name]).toEqual([sampleRow(table)]);
    }
    for (const { table } of changes) {
      let scanned = 0;
      for await (const row of store.scan(table, 90)) scanned += row['store_id'] === 'store-9' ? 1 : 0;
      expect([table, scanned]).toEqual([table, changes.filter((change) => change.table === table).length]);
    }
    await store.close();
  });

  test('loading stock reads the holds it must know through their index, not the whole history', async () => {
    const tables = stockTables.filter((table) => table.loaded);
    const client = await database.poolFor('superuser').connect();
    await client.query('begin; set local enable_seqscan = off; set local enable_bitmapscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain ${loadText('stock', tables).replaceAll('$1', `'{a}'`).replaceAll('$2', `'{b}'`).replaceAll('$3', '1')}`,
    );
    await client.query('rollback');
    client.release();
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/stock_holds_kept on stock_holds[^]*Index Cond: .*CASE WHEN/);
  });

  test('which actors exist is looked up by their keys, also by a plan that was made when there were none', async () => {
    const client = await database.poolFor('superuser').connect();
    try {
      await client.query(`begin; set local plan_cache_mode = force_generic_plan; prepare existing as ${existingText}`);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute existing ('{a,a}', '{order,cart}', '{b,c}')`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('actors_pkey');
      expect(plan).not.toContain('Hash');
      await client.query(
        `insert into onhand.actors (store_id, kind, actor_id, shard, version, owes, format) values ('a', 'order', 'b', 0, 1, false, 1)`,
      );
      const { rows: existing } = await client.query(`execute existing ('{a,a}', '{order,cart}', '{b,c}')`);
      expect(existing).toEqual([{ store_id: 'a', kind: 'order', actor_id: 'b' }]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe('roles', () => {
  test('no role of the program is a superuser or goes past row-level security', async () => {
    const roles = await ask<object>(
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like 'onhand%' order by 1`,
    );
    const plain = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
    expect(roles).toEqual(['onhand_app', 'onhand_owner', 'onhand_projector'].map((rolname) => ({ rolname, ...plain })));
  });

  test('everything belongs to the owner, and nothing to those who serve', async () => {
    const others = await ask<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('onhand', 'onhand_log', 'onhand_migrations') and pg_get_userbyid(c.relowner) <> 'onhand_owner'`,
    );
    expect(others).toEqual([]);
    const functions = await ask<{ name: string }>(
      `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('onhand', 'onhand_log') and pg_get_userbyid(p.proowner) <> 'onhand_owner'`,
    );
    expect(functions).toEqual([]);
  });

  test('nobody is granted anything by way of being anybody', async () => {
    const open = await ask<object>(
      `select table_schema, table_name, privilege_type from information_schema.role_table_grants where grantee = 'PUBLIC' and table_schema like 'onhand%'`,
    );
    expect(open).toEqual([]);
  });

  test('functions that run as their owner are few, and fix where they look for names', async () => {
    const definers = await ask<{ name: string; config: string[] | null }>(
      `select p.proname as name, p.proconfig as config from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname like 'onhand%' order by 1`,
    );
    expect(definers.filter(({ config }) => !config?.some((setting) => setting.startsWith('search_path=')))).toEqual([]);
    const ofTheLog = await ask<{ name: string }>(
      `select p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname = 'onhand_log' order by 1`,
    );
    expect(ofTheLog.map(({ name }) => name)).toEqual(['drop_oldest_partition', 'make_partition', 'used_bytes']);
  });
});

describe('row-level security (I6)', () => {
  test('every table with rows of stores has it, forced, with one policy per role that may touch it', async () => {
    const tables = await ask<{ name: string; relrowsecurity: boolean; relforcerowsecurity: boolean; policies: number }>(
      `select c.relname as name, c.relrowsecurity, c.relforcerowsecurity,
          (select count(*)::int from pg_policies p where p.schemaname = 'onhand' and p.tablename = c.relname and 'onhand_app' = any(p.roles)) as policies
        from pg_class c where c.relnamespace = 'onhand'::regnamespace and c.relname = any($1)`,
      [await storeTables()],
    );
    expect(tables.length).toBeGreaterThanOrEqual(definitions.size + 1);
    expect(tables.filter(({ relrowsecurity, relforcerowsecurity }) => !relrowsecurity || !relforcerowsecurity)).toEqual([]);
    expect(tables.filter(({ policies }) => policies !== 1)).toEqual([]);
  });

  test('no policy lets the application read or write without naming a store', async () => {
    const policies = await ask<{ tablename: string; qual: string | null; with_check: string | null }>(
      `select tablename, qual, with_check from pg_policies where schemaname = 'onhand' and ('onhand_app' = any(roles) or 'public' = any(roles))`,
    );
    const named = (condition: string | null) => condition !== null && /current_store_id/.test(condition);
    expect(policies.filter(({ qual, with_check }) => !named(qual) || (with_check !== null && !named(with_check)))).toEqual([]);
  });

  describe('seen by the application', () => {
    beforeAll(async () => {
      const projector = database.poolFor('projector');
      for (const store of ['store-1', 'store-2']) {
        await projector.query(`insert into onhand.stock_skus (store_id, sku, version) values ($1, 'tea', 1)`, [store]);
        await projector.query(
          `insert into onhand.actors (store_id, kind, actor_id, shard, version, owes, format) values ($1, 'stock', 'tea', 0, 1, false, 1)`,
          [store],
        );
      }
    });

    test('without a store there is no row in any table', async () => {
      const app = database.poolFor('app');
      for (const table of await readableTables()) {
        const { rows } = await app.query<{ rows: number }>(`select count(*)::int as rows from onhand.${table}`);
        expect([table, rows[0]!.rows]).toEqual([table, 0]);
      }
    });

    test('with a store there are its own rows alone, and the setting ends with the transaction', async () => {
      const app = await database.poolFor('app').connect();
      await app.query('begin');
      await app.query(`select set_config('app.current_store_id', 'store-2', true)`);
      const seen = await app.query<{ store_id: string }>(
        'select store_id from onhand.stock_skus union all select store_id from onhand.actors',
      );
      expect(seen.rows).toEqual([{ store_id: 'store-2' }, { store_id: 'store-2' }]);
      expect((await app.query(`select from onhand.stock_skus where store_id = 'store-1'`)).rowCount).toBe(0);
      await app.query('commit');
      // the same pooled session, next request
      expect((await app.query('select from onhand.stock_skus')).rowCount).toBe(0);
      expect((await app.query('select onhand.current_store_id() as store')).rows).toEqual([{ store: null }]);
      app.release();
    });

    test('a store that does not exist sees nothing', async () => {
      const app = await database.poolFor('app').connect();
      await app.query(`begin; set local app.current_store_id = 'store-3'`);
      expect((await app.query('select from onhand.stock_skus')).rowCount).toBe(0);
      await app.query('rollback');
      app.release();
    });

    test('rows of actors cannot be written, the log cannot be reached, and roles cannot be changed', async () => {
      const app = database.poolFor('app');
      const forbidden = [
        `insert into onhand.stock_skus (store_id, sku, version) values ('store-1', 'x', 1)`,
        `update onhand.stock_levels set on_hand = 9`,
        `delete from onhand.actors`,
        'select from onhand.checkpoints',
        'select from onhand_log.frames',
        'select from onhand_log.cluster',
        'select onhand_log.make_partition(0, 0)',
        'select from onhand_migrations.applied',
        'set role onhand_projector',
        'set role onhand_owner',
        'alter table onhand.stock_skus disable row level security',
        'create table onhand.mine (id integer)',
      ];
      for (const statement of forbidden) await expect(app.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
    });
  });

  test('the projector cannot change what is in the log, nor make or drop tables', async () => {
    const projector = database.poolFor('projector');
    for (const statement of [
      'update onhand_log.frames set bytes = bytes',
      'drop table onhand_log.frames',
      'truncate onhand.actors',
      'create table onhand_log.mine (id integer)',
      `update onhand_log.cluster set incarnation = 'x'`,
    ]) {
      await expect(projector.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
    }
  });

  async function readableTables(): Promise<string[]> {
    const grants = await ask<{ table_name: string }>(
      `select distinct table_name from information_schema.role_table_grants where grantee = 'onhand_app' and table_schema = 'onhand' and privilege_type = 'SELECT'`,
    );
    const stores = new Set(await storeTables());
    return grants.map(({ table_name }) => table_name).filter((name) => stores.has(name));
  }
});

/** A value of its type in every column, so that a column taken for another one shows. */
function sampleRow(table: TableDefinition): Row {
  const values = Object.entries(table.columns).map(([column, type], index) => {
    if (column === 'store_id') return [column, 'store-9'] as const;
    if (column === table.actorColumn) return [column, 'id-9'] as const;
    return [
      column,
      type === 'boolean' ? index % 2 === 0 : type === 'text' ? `${column}-text` : type === 'jsonb' ? { [column]: [index] } : 1_000 + index,
    ] as const;
  });
  return { ...Object.fromEntries(values), ...table.where };
}
