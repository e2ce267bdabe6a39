/**
 * What can be asked of one SKU's stock. Commands arrive validated in shape (types, sizes) by the
 * gateway; everything that depends on state is decided here.
 *
 * `commandId` is derived by the gateway from (store, caller, route, Idempotency-Key, SKU) and names the
 * one effect (I5); `fingerprint` is a hash of the parsed body: same id, other fingerprint → refused
 * `idempotency_key_reused`.
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';

export interface Once {
  readonly commandId: string;
  readonly fingerprint: string;
}

/** Where to take units from: lower `rank` is nearer (location rank, or distance to `shipTo`). Locations
 *  not named here come last, in order of their id. */
export interface Nearness {
  readonly location: string;
  readonly rank: number;
}

/** Who is asking. `buyer: null` = the merchant's secret key, which may touch every hold of its store. */
export interface Caller {
  readonly buyer: string | null;
}

export interface LocationQuantity {
  readonly location: string;
  readonly quantity: number;
}

/** Identity of a part of a multi-line hold; older (generation, attempt) pairs are ignored.
 *  The whole triple is the identity: a change of a hold takes what grew as a part of its own, so parts of
 *  several generations of one hold live side by side in one SKU, until the hold gives back the surplus. */
export interface PartKey {
  readonly holdId: string;
  readonly generation: number;
  readonly attempt: number;
}

export interface StockSettings {
  /** `deny`: no hold takes available below 0. `continue`: holds may (backorder). */
  readonly policy: 'deny' | 'continue';
  /** Units kept back from sale, per location. */
  readonly safetyStock: Readonly<Record<string, number>>;
  /** `stock.low` is emitted when available falls to or below this; null = never. */
  readonly lowStockThreshold: number | null;
  /** Most units one buyer may have held or committed within `perBuyerWindowMs`; null = no cap. */
  readonly perBuyerCap: number | null;
  readonly perBuyerWindowMs: number;
}

export type SettingsChange = { readonly [K in keyof StockSettings]?: StockSettings[K] };

export type StockCommand =
  // --- the merchant's side: counts -------------------------------------------------------------
  | ({
      readonly type: 'receive';
      readonly location: string;
      readonly quantity: number /** take it off `incoming` */;
      readonly fromIncoming?: boolean;
    } & Once)
  | ({
      readonly type: 'adjust';
      readonly location: string /** signed, not 0 */;
      readonly delta: number;
      readonly reason: string /** compare-and-set (If-Match) */;
      readonly countVersion?: number;
    } & Once)
  | ({ readonly type: 'set'; readonly location: string; readonly onHand: number; readonly countVersion?: number } & Once)
  | ({ readonly type: 'transfer'; readonly from: string; readonly to: string; readonly quantity: number } & Once)
  | ({
      readonly type: 'return';
      readonly location: string;
      readonly quantity: number;
      readonly condition: 'restock' | 'damaged';
      readonly holdId?: string;
    } & Once)
  /** The whole number of units expected at a location (absolute, 0 clears). */
  | ({ readonly type: 'expect'; readonly location: string; readonly quantity: number } & Once)
  | ({ readonly type: 'configure'; readonly settings: SettingsChange; readonly countVersion?: number } & Once)
  | ({ readonly type: 'pause' } & Once)
  | ({ readonly type: 'resume' } & Once)
  // --- holds of one line: the fast path --------------------------------------------------------
  | {
      readonly type: 'hold';
      /** Derived from the command id, so the hold's id is its repeat key. */
      readonly holdId: string;
      readonly fingerprint: string;
      readonly buyer: string | null;
      readonly quantity: number;
      readonly ttlMs: number;
      readonly nearness: readonly Nearness[];
      /** The buyer's own one-line hold of this SKU, replaced in the same event. */
      readonly replaces?: string;
      /** Take from units allotted to this sale instead of from available. */
      readonly sale?: string;
      /** Refused later than this, and after a `release` that forestalls it: of whoever may be heard late, and twice. */
      readonly notAfter?: Instant;
    }
  | ({ readonly type: 'extend'; readonly holdId: string; readonly ttlMs: number } & Caller & Once)
  /** Idempotent by the hold's own state, as are release and commit. */
  /** `notAfter`, that of the taking: an unknown hold is remembered until then (plus skew), so that a late take is refused. */
  | ({ readonly type: 'release'; readonly holdId: string; readonly notAfter?: Instant } & Caller)
  | ({ readonly type: 'commit'; readonly holdId: string } & Caller)
  /** Ships committed units (all remaining unless `quantity`): on_hand and committed fall. `shippedTotal` is absolute:
   *  so many units of the hold have left here in total, however often and late it is said; `quantity` is not read then. */
  | ({ readonly type: 'fulfil'; readonly holdId: string; readonly quantity?: number; readonly shippedTotal?: number } & Once)
  /** Gives committed units back to available (all remaining unless `quantity`). */
  | ({ readonly type: 'uncommit'; readonly holdId: string; readonly quantity?: number } & Once)
  // --- sales -----------------------------------------------------------------------------------
  | ({ readonly type: 'allot'; readonly sale: string; readonly quantity: number; readonly nearness: readonly Nearness[] } & Once)
  /** Gives the unsold allotted units of a sale back to available (all unless `quantity`). */
  | ({ readonly type: 'takeBack'; readonly sale: string; readonly quantity?: number } & Once)
  // --- parts of multi-line holds, sent by the `hold` actor as effects ----------------------------
  | ({
      readonly type: 'takePart';
      readonly buyer: string | null;
      readonly quantity: number;
      readonly nearness: readonly Nearness[];
      /** Hold expiry + grace: when to ask the hold actor, since a part has no expiry of its own. */
      readonly checkAt: Instant;
      /** The buyer's one-line hold of this SKU whose units this part counts as its own; release revives it. */
      readonly absorbs?: string;
      /** Refused later than this; also how long a tombstone must be kept (plus clock skew). */
      readonly notAfter: Instant;
    } & PartKey)
  /** Unknown part → tombstone until `notAfter` + skew, so that a late take is refused. */
  | ({ readonly type: 'releasePart'; readonly notAfter: Instant } & PartKey)
  /** A changed hold needs fewer units: the part keeps its first `quantity` units (at least 1) in the order of its
   *  allocations and gives the rest back. A part that has no more, is unknown or has ended stays as it is.
   *  Cannot be refused, not even when paused; answered `taken`. */
  | ({ readonly type: 'shrinkPart'; readonly quantity: number } & PartKey)
  /** Cannot be refused, not even when paused: by now the hold is `committing`. */
  | ({ readonly type: 'commitPart' } & PartKey)
  /** The hold actor's answer to "what became of this hold?" (effect `askHold` of a part past `checkAt`). */
  | ({ readonly type: 'partVerdict'; readonly verdict: PartVerdict } & PartKey)
  // --- everybody ---------------------------------------------------------------------------------
  | { readonly type: 'tick' }
  | { readonly type: 'read' }
  | ({ readonly type: 'readHold'; readonly holdId: string } & Caller);

export type PartVerdict = { readonly kind: 'keep'; readonly checkAt: Instant } | { readonly kind: 'release' } | { readonly kind: 'commit' };

/**
 * In the order in which they are checked wherever more than one could apply.
 */
export type StockRefusal =
  | (ActorRefusal & { readonly code: 'idempotency_key_reused' })
  | (ActorRefusal & { readonly code: 'too_late' })
  | (ActorRefusal & { readonly code: 'sku_unknown' })
  | (ActorRefusal & { readonly code: 'hold_unknown' })
  /** Also what a foreign buyer's hold looks like from outside: `hold_unknown` is answered by the gateway. */
  | (ActorRefusal & { readonly code: 'hold_foreign' })
  | (ActorRefusal & { readonly code: 'version_conflict'; readonly countVersion: number })
  | (ActorRefusal & { readonly code: 'location_unknown' })
  | (ActorRefusal & { readonly code: 'quantity_invalid' })
  | (ActorRefusal & { readonly code: 'sku_paused' })
  | (ActorRefusal & { readonly code: 'hold_ended'; readonly status: HoldStatus })
  | (ActorRefusal & { readonly code: 'already_committed' })
  | (ActorRefusal & { readonly code: 'hold_life_exceeded'; readonly expiresAtMax: Instant })
  | (ActorRefusal & { readonly code: 'buyer_cap_exceeded'; readonly cap: number; readonly has: number })
  | (ActorRefusal & { readonly code: 'level_too_large' })
  | (ActorRefusal & { readonly code: 'sale_unknown' })
  /** `final`: nothing can come back: no live or absorbed hold, no allotment. `available`: SKU total. */
  | (ActorRefusal & {
      readonly code: 'insufficient_stock';
      readonly sku: string;
      readonly available: number;
      readonly held: number;
      readonly final: boolean;
    })
  | (ActorRefusal & { readonly code: 'insufficient_committed'; readonly committed: number })
  /** The actor's memory of outcomes is full: new work must wait (503). */
  | (ActorRefusal & { readonly code: 'repeats_full'; readonly retryAfterMs: number });

export type HoldStatus = 'held' | 'committed' | 'released' | 'expired' | 'fulfilled' | 'replaced' | 'absorbed' | 'uncommitted';
