/**
 * Tenants in Postgres, as role `onhand_app`. Everything of a known store is read and written under row-level
 * security; the two questions that come before the store is known are functions of the database that answer
 * exactly that (`migrations/postgres/0010_tenants.sql`).
 *
 * Keys that were unknown are remembered apart from those that are known, so that a flood of invented keys
 * pushes no real one out of memory.
 */
import type pg from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { inStore } from '../../runtime/postgres/in-store.ts';
import { BoundedCache } from '../../runtime/bounded-cache.ts';
import { isKeyForm, keyHashOf, keyIdOf } from './keys.ts';
import type { Maybe } from './maybe.ts';
import { firstLocation } from './memory.ts';
import {
  type KeyHolder,
  type KeyKind,
  type NewStore,
  type Store,
  type StoreKeys,
  type StoreLocation,
  tenantLimits,
  type Tenants,
  TenantsUnavailable,
} from './port.ts';
import { ReadThrough } from './read-through.ts';

interface StoreRow {
  readonly store_id: string;
  readonly name: string;
  readonly subdomain: string;
  readonly demo: boolean;
  readonly paused: boolean;
  readonly publishable_key: string;
}

/** Found under this name: host names cannot contain a slash. */
const demoName = '/demo';

export class PostgresTenants implements Tenants {
  readonly #pool: pg.Pool;
  readonly #holders: ReadThrough<KeyHolder | null>;
  readonly #unknownKeys: BoundedCache<string, true>;
  readonly #stores: ReadThrough<Store | null>;
  readonly #storeIds: ReadThrough<string | null>;
  readonly #locations: ReadThrough<readonly StoreLocation[]>;

  /** `pool` is of role `onhand_app` and stays its owner's. */
  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool;
    const { keysCachedMax, storesCachedMax, unknownCachedMax, unknownCacheMs, freshMs, lookupsInFlightMax } = tenantLimits;
    const shared = { clock, lookupsMax: lookupsInFlightMax };
    const freshIfKnown = (value: unknown): number => (value === null ? unknownCacheMs : freshMs);
    this.#unknownKeys = new BoundedCache({ entriesMax: unknownCachedMax, keepMs: unknownCacheMs, nowMs: () => clock.monotonicMs() });
    this.#holders = new ReadThrough({
      ...shared,
      entriesMax: keysCachedMax,
      freshMs: freshIfKnown,
      lookUp: (key) => this.#lookUpHolder(key),
    });
    this.#stores = new ReadThrough({
      ...shared,
      entriesMax: storesCachedMax,
      freshMs: freshIfKnown,
      lookUp: (storeId) => this.#lookUpStore(storeId),
    });
    this.#storeIds = new ReadThrough({
      ...shared,
      entriesMax: storesCachedMax,
      freshMs: freshIfKnown,
      lookUp: (name) => this.#lookUpName(name),
    });
    this.#locations = new ReadThrough({
      ...shared,
      entriesMax: storesCachedMax,
      freshMs: () => freshMs,
      lookUp: (storeId) => this.#lookUpLocations(storeId),
    });
  }

  holderOf(key: string): Maybe<KeyHolder | null> {
    if (!isKeyForm(key) || this.#unknownKeys.get(key) === true) return null;
    const holder = this.#holders.get(key);
    return holder instanceof Promise ? holder.then((found) => this.#noted(key, found)) : this.#noted(key, holder);
  }

  #noted(key: string, holder: KeyHolder | null): KeyHolder | null {
    if (holder !== null) return holder;
    this.#unknownKeys.set(key, true);
    this.#holders.forget(key);
    return null;
  }

  store(storeId: string): Maybe<Store | null> {
    return this.#stores.get(storeId);
  }

  bySubdomain(subdomain: string): Maybe<Store | null> {
    return isSubdomain(subdomain) ? this.#named(subdomain) : null;
  }

  demoStore(): Maybe<Store | null> {
    return this.#named(demoName);
  }

  #named(name: string): Maybe<Store | null> {
    const storeId = this.#storeIds.get(name);
    const storeOf = (found: string | null): Maybe<Store | null> => (found === null ? null : this.store(found));
    return storeId instanceof Promise ? storeId.then(storeOf) : storeOf(storeId);
  }

  async setPaused(storeId: string, paused: boolean): Promise<void> {
    await this.#inStore(storeId, (client) => client.query('update onhand.stores set paused = $2 where store_id = $1', [storeId, paused]));
    this.#stores.forget(storeId);
    await this.store(storeId);
  }

  locations(storeId: string): Maybe<readonly StoreLocation[]> {
    return this.#locations.get(storeId);
  }

  async putLocation(storeId: string, { id, name, rank, latitude, longitude }: StoreLocation): Promise<'written' | 'full'> {
    const written = await this.#inStore(storeId, async (client) => {
      // Two that add the last free place at once wait for each other here.
      await client.query('select from onhand.stores where store_id = $1 for update', [storeId]);
      const { rowCount } = await client.query(
        `insert into onhand.locations (store_id, id, name, rank, latitude, longitude)
         select $1, $2, $3, $4, $5, $6
          where exists (select from onhand.locations where store_id = $1 and id = $2)
             or (select count(*) from onhand.locations where store_id = $1) < $7
         on conflict (store_id, id) do update set name = excluded.name, rank = excluded.rank, latitude = excluded.latitude, longitude = excluded.longitude`,
        [storeId, id, name, rank, latitude, longitude, tenantLimits.locationsPerStoreMax],
      );
      return rowCount === 1;
    });
    this.#locations.forget(storeId);
    return written ? 'written' : 'full';
  }

  async ensureStore(store: NewStore, keys: StoreKeys): Promise<void> {
    const { storeId } = store;
    await this.#inStore(storeId, async (client) => {
      await client.query(
        `insert into onhand.stores (store_id, name, subdomain, demo, publishable_key) values ($1, $2, $3, $4, $5) on conflict (store_id) do nothing`,
        [storeId, store.name, store.subdomain, store.demo, keys.publishableKey],
      );
      for (const [kind, key] of [
        ['publishable', keys.publishableKey],
        ['secret', keys.secretKey],
      ] as const) {
        await client.query(
          `insert into onhand.api_keys (store_id, key_id, kind, key_hash) values ($1, $2, $3, $4) on conflict (store_id, key_id) do nothing`,
          [storeId, keyIdOf(key), kind, keyHashOf(key)],
        );
      }
      const { id, name, rank } = firstLocation;
      await client.query(
        `insert into onhand.locations (store_id, id, name, rank) values ($1, $2, $3, $4) on conflict (store_id, id) do nothing`,
        [storeId, id, name, rank],
      );
    });
    this.#stores.forget(storeId);
    this.#locations.forget(storeId);
    for (const name of [store.subdomain, demoName]) this.#storeIds.forget(name);
    for (const key of [keys.publishableKey, keys.secretKey]) {
      this.#holders.forget(key);
      this.#unknownKeys.delete(key);
    }
  }

  async close(): Promise<void> {}

  // --- look-ups ----------------------------------------------------------------------------------------

  async #lookUpHolder(key: string): Promise<KeyHolder | null> {
    const rows = await this.#query<{ key_id: string; kind: KeyKind; store_id: string }>(
      'select key_id, kind, store_id from onhand.holder_of_key($1)',
      [keyHashOf(key)],
    );
    const row = rows[0];
    return row === undefined ? null : { keyId: row.key_id, kind: row.kind, storeId: row.store_id };
  }

  async #lookUpName(name: string): Promise<string | null> {
    const question = name === demoName ? 'select onhand.demo_store() as store_id' : 'select onhand.store_of_subdomain($1) as store_id';
    const rows = await this.#query<{ store_id: string | null }>(question, name === demoName ? [] : [name]);
    return rows[0]?.store_id ?? null;
  }

  #lookUpStore(storeId: string): Promise<Store | null> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<StoreRow>(
        'select store_id, name, subdomain, demo, paused, publishable_key from onhand.stores where store_id = $1',
        [storeId],
      );
      const row = rows[0];
      return row === undefined
        ? null
        : {
            storeId: row.store_id,
            name: row.name,
            subdomain: row.subdomain,
            demo: row.demo,
            paused: row.paused,
            publishableKey: row.publishable_key,
          };
    });
  }

  #lookUpLocations(storeId: string): Promise<readonly StoreLocation[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<StoreLocation>(
        'select id, name, rank, latitude, longitude from onhand.locations where store_id = $1 order by rank, id collate "C"',
        [storeId],
      );
      return rows;
    });
  }

  async #query<Row extends pg.QueryResultRow>(statement: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.#pool.query<Row>(statement, [...values]).catch(unavailable)).rows;
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return inStore(this.#pool, storeId, work).catch(unavailable);
  }
}

function unavailable(cause: unknown): never {
  throw new TenantsUnavailable('stores cannot be read or written now', { cause });
}

/** What could be one, so that nonsense in a Host header asks nobody. */
function isSubdomain(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}
