/**
 * What can be asked of one coupon code: its uses are held and committed like stock, so that a use can neither be had
 * twice nor be lost with an abandoned checkout. What the code is worth is a discount of `services/pricing`; here are
 * only its uses.
 *
 * It speaks the protocol of parts that `stock` speaks, so that a `hold` takes units and uses alike, all or none: the
 * same commands, tombstones, question (`askHold`) and verdicts. A part of a coupon is one use.
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';
import type { Once, PartKey, PartVerdict } from '../stock/commands.ts';

export interface CouponTerms {
  /** Null: as often as you like. */
  readonly usesMax: number | null;
  readonly usesPerBuyerMax: number | null;
  readonly validFrom: Instant | null;
  readonly validUntil: Instant | null;
  readonly active: boolean;
}

export type CouponCommand =
  | ({ readonly type: 'define'; readonly terms: CouponTerms } & Once)
  | ({
      readonly type: 'takePart';
      readonly buyer: string | null;
      readonly quantity: number;
      readonly checkAt: Instant;
      readonly notAfter: Instant;
    } & PartKey)
  | ({ readonly type: 'releasePart'; readonly notAfter: Instant } & PartKey)
  | ({ readonly type: 'shrinkPart'; readonly quantity: number } & PartKey)
  | ({ readonly type: 'commitPart' } & PartKey)
  | ({ readonly type: 'partVerdict'; readonly verdict: PartVerdict } & PartKey)
  /** A canceled order gives its committed use back. Repeated: nothing more to do. It says whose and how many, since a
   *  use that was committed long ago is known by its count alone. */
  | ({ readonly type: 'giveBack'; readonly buyer: string | null; readonly quantity: number } & PartKey)
  | { readonly type: 'tick' }
  | { readonly type: 'read' };

/** In the order in which they are checked. */
export type CouponRefusal =
  | (ActorRefusal & { readonly code: 'idempotency_key_reused' })
  | (ActorRefusal & { readonly code: 'too_late' })
  /** Of parts: a commit of one that is unknown or was released, a release of one that was committed. */
  | (ActorRefusal & { readonly code: 'hold_unknown' })
  | (ActorRefusal & { readonly code: 'hold_ended'; readonly status: 'released' })
  | (ActorRefusal & { readonly code: 'already_committed' })
  | (ActorRefusal & { readonly code: 'coupon_unknown' })
  /** Not a whole number of uses, 1 or more. */
  | (ActorRefusal & { readonly code: 'quantity_invalid' })
  | (ActorRefusal & { readonly code: 'coupon_inactive'; readonly why: 'inactive' | 'not_yet' | 'over' })
  | (ActorRefusal & { readonly code: 'coupon_used_up'; readonly final: boolean })
  | (ActorRefusal & { readonly code: 'coupon_buyer_limit'; readonly cap: number })
  | (ActorRefusal & { readonly code: 'repeats_full'; readonly retryAfterMs: number });

/** What became of a part. */
export interface UseReply {
  readonly type: 'use';
  readonly status: 'taken' | 'released' | 'committed' | 'kept' | 'given_back' | 'unknown';
}

export type CouponReplyAny = CouponReply | UseReply | { readonly type: 'noted' };

export interface CouponReply {
  readonly type: 'coupon';
  readonly code: string;
  readonly terms: CouponTerms;
  readonly held: number;
  readonly used: number;
  /** Null: without limit. */
  readonly left: number | null;
}
