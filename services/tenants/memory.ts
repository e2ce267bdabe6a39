/** The in-memory twin of the Postgres adapter: for tests and the simulation. */
import { defaultLocationId } from '../../actors/kernel/index.ts';
import { keyHashOf, keyIdOf } from './keys.ts';
import { type KeyHolder, type NewStore, type Store, type StoreKeys, type StoreLocation, type Tenants, tenantLimits } from './port.ts';

export class MemoryTenants implements Tenants {
  readonly #stores = new Map<string, Store>();
  readonly #holders = new Map<string, KeyHolder>();
  readonly #locations = new Map<string, readonly StoreLocation[]>();

  holderOf(key: string): KeyHolder | null {
    return this.#holders.get(keyHashOf(key)) ?? null;
  }

  store(storeId: string): Store | null {
    return this.#stores.get(storeId) ?? null;
  }

  bySubdomain(subdomain: string): Store | null {
    return this.#find((store) => store.subdomain === subdomain);
  }

  demoStore(): Store | null {
    return this.#find((store) => store.demo);
  }

  async setPaused(storeId: string, paused: boolean): Promise<void> {
    const store = this.#stores.get(storeId);
    if (store !== undefined) this.#stores.set(storeId, { ...store, paused });
  }

  locations(storeId: string): readonly StoreLocation[] {
    return this.#locations.get(storeId) ?? [];
  }

  async putLocation(storeId: string, location: StoreLocation): Promise<'written' | 'full'> {
    const others = this.locations(storeId).filter((other) => other.id !== location.id);
    if (others.length >= tenantLimits.locationsPerStoreMax) return 'full';
    this.#locations.set(storeId, [...others, location].sort(byRank));
    return 'written';
  }

  async ensureStore(store: NewStore, keys: StoreKeys): Promise<void> {
    if (!this.#stores.has(store.storeId)) this.#stores.set(store.storeId, { ...store, paused: false, publishableKey: keys.publishableKey });
    const { storeId } = store;
    this.#holders.set(keyHashOf(keys.publishableKey), { keyId: keyIdOf(keys.publishableKey), kind: 'publishable', storeId });
    this.#holders.set(keyHashOf(keys.secretKey), { keyId: keyIdOf(keys.secretKey), kind: 'secret', storeId });
    if (!this.#locations.has(storeId)) await this.putLocation(storeId, firstLocation);
  }

  async close(): Promise<void> {}

  #find(matches: (store: Store) => boolean): Store | null {
    for (const store of this.#stores.values()) if (matches(store)) return store;
    return null;
  }
}

/** Every store starts with one location, so that stock has somewhere to be. */
export const firstLocation: StoreLocation = { id: defaultLocationId, name: 'Main', rank: 0, latitude: null, longitude: null };

export function byRank(a: StoreLocation, b: StoreLocation): number {
  return a.rank - b.rank || (a.id < b.id ? -1 : 1);
}
