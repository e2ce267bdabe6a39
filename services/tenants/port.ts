/**
 * Tenants: which stores exist, whose key a key is, where a store keeps its goods.
 *
 * T1. A store is found by its key or its host name, never by an id a client sends (I6).
 * T2. Keys are kept only as SHA-256; the publishable key is also kept in clear, because pages show it.
 * T3. Answers that are in memory come at once (no promise): the hot path asks for every request.
 * T4. Caches are bounded (I7) and forget what a write of this process changed; what another process
 *     changed is seen by the second request after `freshMs`.
 */
import type { Maybe } from './maybe.ts';

export interface Store {
  readonly storeId: string;
  readonly name: string;
  readonly subdomain: string;
  /** Buyers of the demo store may commit their own holds. */
  readonly demo: boolean;
  /** No new holds; releases and commits pass. */
  readonly paused: boolean;
  readonly publishableKey: string;
}

export type KeyKind = 'publishable' | 'secret';

export interface KeyHolder {
  readonly keyId: string;
  readonly kind: KeyKind;
  readonly storeId: string;
}

export interface StoreLocation {
  readonly id: string;
  readonly name: string;
  /** Lower is nearer, unless the buyer says where they are. */
  readonly rank: number;
  /** Degrees; both or none. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface NewStore {
  readonly storeId: string;
  readonly name: string;
  readonly subdomain: string;
  readonly demo: boolean;
}

export interface StoreKeys {
  readonly publishableKey: string;
  readonly secretKey: string;
}

export interface Tenants {
  /** Null: no such key. Throws `TenantsUnavailable`, also as a rejection. */
  holderOf(key: string): Maybe<KeyHolder | null>;
  store(storeId: string): Maybe<Store | null>;
  bySubdomain(subdomain: string): Maybe<Store | null>;
  /** The store that pages show when the host name says nothing. */
  demoStore(): Maybe<Store | null>;
  setPaused(storeId: string, paused: boolean): Promise<void>;
  /** In order of rank, then id. */
  locations(storeId: string): Maybe<readonly StoreLocation[]>;
  /** `full`: the store has as many locations as it may. */
  putLocation(storeId: string, location: StoreLocation): Promise<'written' | 'full'>;
  /** Creates what is missing: store, keys, the default location. A store that exists keeps its name and flags. */
  ensureStore(store: NewStore, keys: StoreKeys): Promise<void>;
  close(): Promise<void>;
}

/** An operating fault: worth trying again. */
export class TenantsUnavailable extends Error {
  override readonly name = 'TenantsUnavailable';
}

export const tenantLimits = {
  keysCachedMax: 100_000,
  storesCachedMax: 100_000,
  locationsPerStoreMax: 1_000,
  /** After this another look is taken, behind the answer. */
  freshMs: 10_000,
  /** A key or name that was unknown is asked for again after this. */
  unknownCacheMs: 5_000,
  unknownCachedMax: 10_000,
  lookupsInFlightMax: 64,
} as const;
