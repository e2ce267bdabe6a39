/**
 * Who is asking: the store from the key alone (I6), then the buyer from the token. Answers at once when
 * key, store and token are in memory, which is nearly always.
 *
 * A1. What a client writes in a body, path or query never chooses the store.
 */
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

/** Calls `done` once, in this turn when everything is known. Failures of tenants reach `failed`. */
export function identify(deps: IdentifyDeps, access: Exclude<Access, 'open'>, headers: RequestHeaders, done: (result: Identified) => void, failed: (cause: unknown) => void): void {
  const key = bearerOf(headers.authorization);
  if (key === null) return done(refused('key_missing'));
  const holder = deps.tenants.holderOf(key);
  if (holder instanceof Promise) {
    holder.then((found) => withHolder(deps, access, found, headers, done, failed)).catch(failed);
  } else withHolder(deps, access, holder, headers, done, failed);
}

function withHolder(deps: IdentifyDeps, access: Exclude<Access, 'open'>, holder: KeyHolder | null, headers: RequestHeaders, done: (result: Identified) => void, failed: (cause: unknown) => void): void {
  if (holder === null) return done(refused('key_invalid'));
  const store = deps.tenants.store(holder.storeId);
  if (store instanceof Promise) store.then((found) => withStore(deps, access, holder, found, headers, done, failed)).catch(failed);
  else withStore(deps, access, holder, store, headers, done, failed);
}

function withStore(deps: IdentifyDeps, access: Exclude<Access, 'open'>, holder: KeyHolder, store: Store | null, headers: RequestHeaders, done: (result: Identified) => void, failed: (cause: unknown) => void): void {
  if (store === null) return done(refused('key_invalid'));
  const missing = missingFor(access, holder, store, headers.buyer !== '');
  if (missing !== null) return done(refused(missing));
  // A merchant's route or a plain read is nobody's in particular: the token, if any, is not looked at.
  if (headers.buyer === '' || access === 'secret' || access === 'store') return done({ ok: true, identity: { store, buyer: null, scope: holder.keyId } });
  const buyer = deps.buyers.buyerOf(headers.buyer, store.storeId);
  if (buyer instanceof Promise) buyer.then((found) => done(withBuyer(store, found))).catch(failed);
  else done(withBuyer(store, buyer));
}

function withBuyer(store: Store, buyer: string | null): Identified {
  return buyer === null ? refused('buyer_invalid') : { ok: true, identity: { store, buyer, scope: buyer } };
}

function missingFor(access: Exclude<Access, 'open'>, holder: KeyHolder, store: Store, hasBuyer: boolean): ProblemCode | null {
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
  return authorization.slice(0, 6).toLowerCase() === 'bearer' ? authorization.slice(7).trim() : null;
}
