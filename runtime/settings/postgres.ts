/** Settings in their table, as role `onhand_app` under row-level security. */
import type pg from 'pg';
import { inStore } from '../postgres/in-store.ts';
import { type SettingsTable, SettingsUnavailable, type StoreSettings } from './port.ts';

export class PostgresSettings<Values extends object> implements StoreSettings<Values> {
  readonly #pool: pg.Pool;
  readonly #unset: Values;
  /** In the order of their columns in the statements. */
  readonly #names: readonly (keyof Values & string)[];
  readonly #read: string;
  readonly #write: string;

  /** The pool stays its owner's. */
  constructor(pool: pg.Pool, { name, columns, unset }: SettingsTable<Values>) {
    this.#pool = pool;
    this.#unset = unset;
    this.#names = Object.keys(columns) as (keyof Values & string)[];
    const kept = this.#names.map((value, index) => ({ value, column: columns[value], place: `$${index + 2}` }));
    const listed = (of: (one: (typeof kept)[number]) => string): string => kept.map(of).join(', ');
    this.#read = `select ${listed(({ column, value }) => `${column} as "${value}"`)} from onhand.${name} where store_id = $1`;
    this.#write = `insert into onhand.${name} (store_id, ${listed(({ column }) => column)}) values ($1, ${listed(({ place }) => place)})
      on conflict (store_id) do update set ${listed(({ column, place }) => `${column} = ${place}`)}`;
  }

  get(storeId: string): Promise<Values> {
    return this.#inStore(storeId, async (client) => (await client.query<Values>(this.#read, [storeId])).rows[0] ?? this.#unset);
  }

  put(storeId: string, values: Values): Promise<void> {
    const written = this.#names.map((name) => values[name]);
    return this.#inStore(storeId, async (client) => void (await client.query(this.#write, [storeId, ...written])));
  }

  async #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await inStore(this.#pool, storeId, work);
    } catch (cause) {
      throw new SettingsUnavailable('settings of the store cannot be read or written now', { cause });
    }
  }
}
