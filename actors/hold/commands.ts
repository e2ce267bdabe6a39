/**
 * A hold over several lines: all or none, one expiry, one commit or release. It owns no units: it asks
 * each SKU's `stock` for a part. See ARCHITECTURE, "Holds".
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';
import type { LocationQuantity, Nearness, PartKey, PartVerdict } from '../stock/commands.ts';

/** Who decides a line: the `stock` of an SKU, or a `coupon` whose code stands in `sku` and whose uses are the quantity.
 *  Absent = stock. */
export type LineKind = 'coupon';

export interface HoldLine {
  readonly kind?: LineKind;
  readonly sku: string;
  readonly quantity: number;
  /** A one-line hold of the same buyer and SKU whose units count as this line's own. */
  readonly absorbs?: string;
}

export type HoldCommand =
  | {
      readonly type: 'take';
      /** Also the ticket of the waiting answer. */
      readonly commandId: string;
      readonly fingerprint: string;
      readonly buyer: string | null;
      /** As the client sent them; lines of one SKU are one demand. 1 to 1,000. */
      readonly lines: readonly HoldLine[];
      readonly ttlMs: number;
      readonly nearness: readonly Nearness[];
      /** Refused once is refused for ever: for callers that name each taking anew and may be heard late. */
      readonly once?: true;
    }
  /** Generation g+1 of the same hold: takes the differences, switches in one event, releases the surplus. */
  | {
      readonly type: 'retake';
      readonly commandId: string;
      readonly fingerprint: string;
      readonly buyer: string | null;
      readonly lines: readonly HoldLine[];
      readonly ttlMs: number;
      readonly nearness: readonly Nearness[];
    }
  | {
      readonly type: 'extend';
      readonly commandId: string;
      readonly fingerprint: string;
      readonly buyer: string | null;
      readonly ttlMs: number;
    }
  | { readonly type: 'release'; readonly buyer: string | null }
  | { readonly type: 'commit'; readonly buyer: string | null }
  /** Asked by a part past its `checkAt` (effect of `stock`). */
  | ({ readonly type: 'askHold'; readonly kind?: LineKind; readonly sku: string } & PartKey)
  /** Outcome of an effect this hold owed: built by `answered`. */
  | ({
      readonly type: 'partAnswered';
      readonly kind?: LineKind;
      readonly sku: string;
      readonly step: PartStep /** of a shrink: to how many units */;
      readonly quantity?: number;
      readonly outcome: PartOutcome;
    } & PartKey)
  | { readonly type: 'tick' }
  | { readonly type: 'read'; readonly buyer: string | null };

/** What a hold may owe a part. `shrink` after a change that needs fewer units of the SKU. */
export type PartStep = 'take' | 'release' | 'shrink' | 'commit';

export type PartOutcome =
  | { readonly ok: true; readonly allocations: readonly LocationQuantity[] }
  | { readonly ok: false; readonly refusal: ActorRefusal };

export type MultiHoldStatus =
  | 'asking'
  | 'refused'
  | 'held'
  | 'committing'
  | 'committed'
  | 'releasing'
  | 'released'
  | 'expiring'
  | 'expired';

/** In the order in which they are checked. */
export type HoldRefusal =
  | (ActorRefusal & { readonly code: 'idempotency_key_reused' })
  | (ActorRefusal & { readonly code: 'hold_unknown' })
  | (ActorRefusal & { readonly code: 'hold_foreign' })
  | (ActorRefusal & { readonly code: 'already_committed' })
  | (ActorRefusal & { readonly code: 'hold_ended'; readonly status: MultiHoldStatus })
  | (ActorRefusal & { readonly code: 'hold_busy' })
  | (ActorRefusal & { readonly code: 'hold_life_exceeded'; readonly expiresAtMax: Instant })
  /** A line was refused by its SKU, or by its coupon: `kind` and `sku` say which, `cause` is that refusal. Answered only once every
   *  part taken meanwhile is released, or the buyer's own units would block the retry. */
  | (ActorRefusal & { readonly code: 'line_refused'; readonly kind?: LineKind; readonly sku: string; readonly cause: ActorRefusal })
  /** The hold's memory of outcomes is full of recent ones: new work must wait (503). */
  | (ActorRefusal & { readonly code: 'repeats_full'; readonly retryAfterMs: number });

export interface MultiHoldReply {
  readonly type: 'multiHold';
  readonly holdId: string;
  readonly status: MultiHoldStatus;
  readonly lines: readonly HoldLine[];
  readonly allocations: readonly { readonly sku: string; readonly locations: readonly LocationQuantity[] }[];
  readonly expiresAt: Instant;
  readonly buyer: string | null;
  readonly generation: number;
}

export type HoldReplyAny = MultiHoldReply | { readonly type: 'verdict'; readonly verdict: PartVerdict } | { readonly type: 'noted' };
