/**
 * Who is asking: the store from the key alone (I6), then the buyer from the token. Answers at once when
 * key, store and token are in memory, which is nearly always.
 *
 * A1. What a client writes in a body, path or query never chooses the store.
 */
import type { Maybe } from '../../services/tenants/maybe.ts';
import { type KeyHolder, type Store, type Tenants } from '../../services/tenants/port.ts';
import type { Access, Identity } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import type { RequestHeaders } from '../transport/port.ts';
import type { Buyers } from './buyers.ts';

export type Identified = { readonly ok: true; readonly identity: Identity } | { readonly ok: false; readonly problem: ProblemCode };

export interface IdentifyDeps {
  readonly tenants: Tenants;
  readonly buyers: Buyers;
}

type KeyAccess = Exclude<Access, 'open' | 'signed'>;

/** Fails (throws or rejects) only with `TenantsUnavailable`. */
export function identify(deps: IdentifyDeps, access: KeyAccess, headers: RequestHeaders): Maybe<Identified> {
  const key = bearerOf(headers.authorization);
  if (key === null) return refused('key_missing');
  const holder = deps.tenants.holderOf(key);
  if (holder instanceof Promise) return holder.then((found) => withHolder(deps, access, found, headers));
  return withHolder(deps, access, holder, headers);
}

function withHolder(deps: IdentifyDeps, access: KeyAccess, holder: KeyHolder | null, headers: RequestHeaders): Maybe<Identified> {
  if (holder === null) return refused('key_invalid');
  const store = deps.tenants.store(holder.storeId);
  if (store instanceof Promise) return store.then((found) => withStore(deps, access, holder, found, headers));
  return withStore(deps, access, holder, store, headers);
}

function withStore(
  deps: IdentifyDeps,
  access: KeyAccess,
  holder: KeyHolder,
  store: Store | null,
  headers: RequestHeaders,
): Maybe<Identified> {
  if (store === null) return refused('key_invalid');
  const merchant = holder.kind === 'secret';
  const missing = missingFor(access, holder, store, headers.buyer !== '');
  if (missing !== null) return refused(missing);
  // A merchant's route or a plain read is nobody's in particular: the token, if any, is not looked at.
  if (headers.buyer === '' || access === 'secret' || access === 'store')
    return { ok: true, identity: { store, buyer: null, scope: holder.keyId, merchant } };
  const buyer = deps.buyers.buyerOf(headers.buyer, store.storeId);
  if (buyer instanceof Promise) return buyer.then((found) => withBuyer(store, found, merchant));
  return withBuyer(store, buyer, merchant);
}

function withBuyer(store: Store, buyer: string | null, merchant: boolean): Identified {
  return buyer === null ? refused('buyer_invalid') : { ok: true, identity: { store, buyer, scope: buyer, merchant } };
}

function missingFor(access: KeyAccess, holder: KeyHolder, store: Store, hasBuyer: boolean): ProblemCode | null {
  if (holder.kind === 'secret') return null;
  if (access === 'secret') return 'secret_key_required';
  if (access === 'commit' && !store.demo) return 'secret_key_required';
  if ((access === 'buyer' || access === 'commit') && !hasBuyer) return 'buyer_missing';
  return null;
}

function refused(problem: ProblemCode): Identified {
  return { ok: false, problem };
}

/** RFC 6750; the scheme's case does not matter. */
export function bearerOf(authorization: string): string | null {
  if (authorization.length <= 7 || authorization[6] !== ' ') return null;
  const isBearer = authorization.startsWith('Bearer') || authorization.slice(0, 6).toLowerCase() === 'bearer';
  return isBearer ? authorization.slice(7).trim() : null;
}
