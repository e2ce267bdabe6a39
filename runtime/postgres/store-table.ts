/**
 * Tables of a store's configuration: few rows per store, one key column, replaced as a whole. Statements run in the
 * store's own transaction (`in-store.ts`), so row-level security stands behind them.
 *
 * T1. A store never has more rows than `countMax`: whoever adds one counts under a lock of that store and table, so two
 *     that add the last one at once wait for each other.
 * T2. Lists go by key in code unit order, whatever the database's collation.
 */
import type pg from 'pg';

export interface StoreTable {
  /** In schema `onhand`; a constant of the program, as are the columns. */
  readonly name: string;
  /** Key first. */
  readonly columns: readonly [key: string, ...others: string[]];
  readonly countMax: number;
}

export async function listRows<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  { name, columns }: StoreTable,
  storeId: string,
): Promise<readonly Row[]> {
  const statement = `select ${columns.join(', ')} from onhand.${name} where store_id = $1 order by ${columns[0]} collate "C"`;
  return (await client.query<Row>(statement, [storeId])).rows;
}

/** Adds or replaces. `values` are by the table's columns. */
export async function putRow(
  client: pg.PoolClient,
  { name, columns, countMax }: StoreTable,
  storeId: string,
  values: readonly unknown[],
): Promise<'written' | 'full'> {
  const [key, ...others] = columns;
  await lockRows(client, name, storeId); // T1
  const { rowCount } = await client.query(
    `insert into onhand.${name} (store_id, ${columns.join(', ')})
     select $1, ${columns.map((_, index) => `$${index + 2}`).join(', ')}
      where exists (select from onhand.${name} where store_id = $1 and ${key} = $2)
         or (select count(*) from onhand.${name} where store_id = $1) < $${columns.length + 2}
     on conflict (store_id, ${key}) do update set ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [storeId, ...values, countMax],
  );
  return rowCount === 1 ? 'written' : 'full';
}

/** For whoever has something else to count before `putRow`. Held until the transaction ends. */
export async function lockRows(client: pg.PoolClient, name: string, storeId: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`onhand.${name}/${storeId}`]);
}

/** False: there was none. */
export async function deleteRow(client: pg.PoolClient, { name, columns }: StoreTable, storeId: string, key: string): Promise<boolean> {
  const { rowCount } = await client.query(`delete from onhand.${name} where store_id = $1 and ${columns[0]} = $2`, [storeId, key]);
  return rowCount === 1;
}
