/** Settings in a table of schema `onhand` with one row a store: `store_id` and a column for each value. */
import type pg from 'pg';
import { inStore } from '../postgres/in-store.ts';
import { SettingsUnavailable, type StoreSettings } from './port.ts';

export interface SettingsTable<Values extends object> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Values & string, string>>;
  /** Of a store without a row (S2). */
  readonly unset: Values;
}

export class PostgresSettings<Values extends object> implements StoreSettings<Values> {
  readonly #pool: pg.Pool;
  readonly #table: SettingsTable<Values>;

  /** `pool` is of role `onhand_app`, and stays its owner's. */
  constructor(pool: pg.Pool, table: SettingsTable<Values>) {
    this.#pool = pool;
    this.#table = table;
  }

  get(storeId: string): Promise<Values> {
    const { name, columns, unset } = this.#table;
    const named = Object.entries(columns).map(([value, column]) => `${String(column)} as "${value}"`);
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<Values>(`select ${named.join(', ')} from onhand.${name} where store_id = $1`, [storeId]);
      return rows[0] ?? unset;
    });
  }

  put(storeId: string, values: Values): Promise<void> {
    const { name, columns } = this.#table;
    const given = Object.entries(columns) as [keyof Values & string, string][];
    const written = given.map(([, column]) => column);
    const [places, changes] = [written.map((_, index) => `$${index + 2}`), written.map((column, index) => `${column} = $${index + 2}`)];
    return this.#inStore(storeId, async (client) => {
      await client.query(
        `insert into onhand.${name} (store_id, ${written.join(', ')}) values ($1, ${places.join(', ')})
         on conflict (store_id) do update set ${changes.join(', ')}`,
        [storeId, ...given.map(([value]) => values[value])],
      );
    });
  }

  async #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await inStore(this.#pool, storeId, work);
    } catch (cause) {
      throw new SettingsUnavailable('settings of the store cannot be read or written now', { cause });
    }
  }
}
