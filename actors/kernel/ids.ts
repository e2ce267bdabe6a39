/**
 * Names of things. Pure: deriving ids from hashes or time is the runtime's business
 * (`runtime/ids/`), reading and checking them is everybody's.
 */
export interface ActorId {
  readonly kind: string;
  readonly store: string;
  readonly id: string;
}

export function actorId(kind: string, store: string, id: string): ActorId {
  return { kind, store, id };
}

/** `kind/store/id`: what is hashed to find the shard, and the key of every map of actors. `kind` and
 *  `store` never contain a slash, so the text is unambiguous although an SKU may contain one. */
export function actorKey(actor: ActorId): string {
  return `${actor.kind}/${actor.store}/${actor.id}`;
}

export function parseActorKey(key: string): ActorId {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return { kind: key.slice(0, first), store: key.slice(first + 1, second), id: key.slice(second + 1) };
}

export const skuLengthMax = 64;

/** An SKU is 1 to 64 printable characters, verbatim and case-sensitive: no trimming, no folding.
 *  Letters of any script count as printable; controls, surrogate halves and line separators do not. */
export function isSku(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= skuLengthMax && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value);
}

/** Location ids are chosen by the merchant: 1 to 64 of letters, digits, `-`, `_` and `.`. */
export function isLocationId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value);
}

export const defaultLocationId = 'main';
