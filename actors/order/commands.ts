/**
 * What can be asked of one order: it is the checkout saga while it is young and the order's whole life after that.
 * Commands arrive validated in shape by the gateway; everything that depends on state is decided here.
 *
 * The order's id is derived from (store, caller, route, Idempotency-Key), so that the key *is* the order: a retry
 * reaches the same actor. An order that was refused reopens as attempt n+1, for a `place` that names this attempt;
 * whatever the saga asked for in an older attempt is undone before the new one begins.
 *
 * The saga: `place` → cart → hold → quote → intent → confirm (→ 3-D Secure) → commit → number → **confirmed** →
 * capture. Its compensations run in reverse: void or refund, uncommit or release, coupon uses with the hold, cart.
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';
import type { LineKind } from '../hold/commands.ts';
import type { LocationQuantity, Nearness } from '../stock/commands.ts';
import type { PaymentOutcome, PricedUnits, Quote, QuoteOutcome, StepOutcome } from './outside.ts';

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string;
  readonly city: string;
  readonly region?: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface WantedLine {
  readonly sku: string;
  readonly quantity: number;
  /** A one-line hold of the same buyer and SKU whose units count as this line's own. */
  readonly absorbs?: string;
  /** What the buyer was shown, per unit; null: was shown no price. */
  readonly shownUnitPriceMinor: number | null;
  /** Agreed by the merchant, instead of the catalogue's. Nobody else may name it: the gateway sees to that. */
  readonly unitPriceMinor?: number;
}

/** What the merchant agreed with the buyer about the rest of the price. */
export interface Agreement {
  readonly taxExempt: boolean;
  /** Null: what the shipping method costs. */
  readonly shippingMinor: number | null;
}

export interface Place {
  readonly commandId: string;
  readonly fingerprint: string;
  readonly buyer: string | null;
  /** The cart it came from; its lines and codes are then taken from the cart actor and `lines` is empty. */
  readonly cartId: string | null;
  /** Two lines of one SKU are one demand. 1 to 1,000, or none with a cart. */
  readonly lines: readonly WantedLine[];
  readonly codes: readonly string[];
  readonly currency: string;
  readonly email: string;
  readonly shippingAddress: Address;
  /** Null: the cheapest there is. */
  readonly shippingMethod: string | null;
  /** A Stripe PaymentMethod, such as `pm_card_visa`. */
  readonly paymentMethod: string;
  /** Where 3-D Secure sends the buyer back to. */
  readonly returnUrl: string | null;
  /** Refused with `price_changed` when the total is another one; null: any total is accepted. */
  readonly expectedTotalMinor: number | null;
  /** Connect account of the store, or null; and what the platform keeps of the total, in millionths. */
  readonly account: string | null;
  readonly feeMillionths: number;
  /** A declined payment leaves the units held until `payBy`; without it they go back at once. */
  readonly keepsUnitsOnDecline?: boolean;
  readonly nearness: readonly Nearness[];
  /** Of the merchant's own orders. */
  readonly agreed?: Agreement;
  /** Which try under this key it is; absent: the first. One that was made is never made again, however late a copy comes. */
  readonly attempt?: number;
}

export type OrderCommand =
  /** Answered (`waiting`) when there is a verdict: confirmed, action needed, or refused. */
  | ({ readonly type: 'place' } & Place)
  /** The buyer, or the merchant with `buyer: null`. Before shipping: everything is given back. */
  | ({ readonly type: 'cancel'; readonly buyer: string | null; readonly reason: string } & Once)
  /**
   * The buyer tries another card: on an order whose payment needs action or, where units are kept, was declined; or
   * on one that failed by a decline, which then takes its units again (attempt n+1, at the total the buyer knows).
   * Each pays at most once, for ever: again, it hears how the order stands.
   */
  | ({
      readonly type: 'pay';
      readonly buyer: string | null;
      readonly paymentMethod: string;
      readonly returnUrl: string | null;
    } & Once)
  // --- after confirmation; merchant ---------------------------------------------------------------
  | ({
      readonly type: 'fulfil';
      readonly lines: readonly LineUnits[] | null /** null: all that is left */;
      readonly tracking: Tracking | null;
    } & Once)
  | ({ readonly type: 'deliver'; readonly shipmentId: string } & Once)
  | ({
      readonly type: 'requestReturn';
      readonly buyer: string | null;
      readonly lines: readonly LineUnits[];
      readonly reason: string;
    } & Once)
  /** Units back in the house; `lines` null: all that was asked for. Refunds them unless `refund: false`. */
  | ({
      readonly type: 'receiveReturn';
      readonly returnId: string;
      readonly lines: readonly LineUnits[] | null;
      readonly location: string;
      readonly condition: 'restock' | 'damaged';
      readonly refund: boolean;
      /** Instead of what was paid for the units: what the merchant says they are worth; at most what is left. */
      readonly refundMinor?: number;
    } & Once)
  /** Money back without goods; null: all that is left. */
  | ({ readonly type: 'refund'; readonly amountMinor: number | null; readonly reason: string } & Once)
  /** One that failed, also of an order that has ended; or one that waits for its next try. */
  | ({ readonly type: 'retryRefund'; readonly refundId: string } & Once)
  // --- what the outside says ----------------------------------------------------------------------
  /** From a verified webhook, or from `settle`: a message like any other, may be late, repeated, out of order. */
  | {
      readonly type: 'paymentNews';
      readonly eventId: string;
      readonly outcome: PaymentOutcome;
      /** Where it comes from: null is the platform's own account. Absent: whoever hands it on knows that it is the order's. */
      readonly account?: string | null;
    }
  /** Outcome of an effect: built by `answered`. */
  | { readonly type: 'stepAnswered'; readonly effectId: string; readonly outcome: StepOutcome }
  | { readonly type: 'tick' }
  | { readonly type: 'read'; readonly buyer: string | null };

export interface Once {
  readonly commandId: string;
  readonly fingerprint: string;
}

export interface LineUnits {
  readonly sku: string;
  readonly quantity: number;
}

export interface Tracking {
  readonly carrier: string;
  readonly number: string;
  readonly url: string | null;
}

/** What the buyer and the merchant are shown. */
export type OrderStatus =
  | 'pending'
  | 'requires_action'
  /** No order came of it: refused at some step of the saga. May be placed again, as the next attempt. */
  | 'failed'
  | 'confirmed'
  | 'partially_shipped'
  | 'shipped'
  | 'delivered'
  | 'canceled'
  | 'returned';

export type PaymentStatus =
  | 'none'
  | 'pending'
  | 'requires_action'
  | 'declined'
  | 'authorised'
  | 'capturing'
  | 'captured'
  | 'capture_failed'
  | 'voiding'
  | 'voided'
  | 'refunding'
  | 'partially_refunded'
  | 'refunded'
  /** Money that should have gone back is still here, or here again. */
  | 'refund_failed';

/** In the order in which they are checked. Those of a failed saga are answered to the waiting `place`. */
export type OrderRefusal =
  | (ActorRefusal & { readonly code: 'idempotency_key_reused' })
  /** The same key while the first is still under way. */
  | (ActorRefusal & { readonly code: 'in_progress'; readonly retryAfterMs: number })
  | (ActorRefusal & { readonly code: 'order_unknown' })
  | (ActorRefusal & { readonly code: 'order_foreign' })
  /** That try was made, and refused: what was said then, and how many tries there were. The next one has to be named. */
  | (ActorRefusal & { readonly code: 'attempt_over'; readonly attempt: number; readonly refusal: OrderRefusal })
  | (ActorRefusal & { readonly code: 'cart_unknown' })
  | (ActorRefusal & { readonly code: 'cart_empty' })
  /** The cart is being, or was, checked out by another order. */
  | (ActorRefusal & { readonly code: 'cart_checked_out'; readonly orderId: string })
  | (ActorRefusal & {
      readonly code: 'insufficient_stock';
      readonly sku: string;
      readonly available: number;
      readonly held: number;
      readonly final: boolean;
    })
  /** By its SKU; with `kind: 'coupon'` by a code, which is then what `sku` says. */
  | (ActorRefusal & { readonly code: 'line_refused'; readonly kind?: LineKind; readonly sku: string; readonly cause: ActorRefusal })
  | (ActorRefusal & { readonly code: 'code_invalid'; readonly discountCode: string; readonly why: string })
  | (ActorRefusal & { readonly code: 'price_unavailable'; readonly sku: string })
  | (ActorRefusal & { readonly code: 'shipping_unavailable' })
  | (ActorRefusal & { readonly code: 'price_changed'; readonly quote: Quote; readonly changed: readonly PriceChange[] })
  | (ActorRefusal & { readonly code: 'payment_failed'; readonly decline: string; readonly message: string })
  /** So many payments were tried for this order: no more, whatever the card. */
  | (ActorRefusal & { readonly code: 'payment_attempts_exceeded'; readonly attemptsMax: number })
  | (ActorRefusal & { readonly code: 'checkout_expired' })
  | (ActorRefusal & { readonly code: 'order_ended'; readonly status: OrderStatus })
  | (ActorRefusal & { readonly code: 'already_shipped' })
  | (ActorRefusal & { readonly code: 'not_shipped' })
  | (ActorRefusal & { readonly code: 'units_exceeded'; readonly sku: string; readonly left: number })
  | (ActorRefusal & { readonly code: 'shipment_unknown' })
  | (ActorRefusal & { readonly code: 'return_unknown' })
  | (ActorRefusal & { readonly code: 'refund_unknown' })
  | (ActorRefusal & { readonly code: 'refund_exceeds_captured'; readonly leftMinor: number })
  | (ActorRefusal & { readonly code: 'repeats_full'; readonly retryAfterMs: number });

export interface PriceChange {
  readonly sku: string;
  readonly shownUnitPriceMinor: number;
  readonly unitPriceMinor: number;
}

export interface ShipmentReply {
  readonly shipmentId: string;
  readonly lines: readonly (LineUnits & { readonly locations: readonly LocationQuantity[] })[];
  readonly tracking: Tracking | null;
  readonly shippedAt: Instant;
  readonly deliveredAt: Instant | null;
}

export interface ReturnReply {
  readonly returnId: string;
  readonly status: 'requested' | 'received';
  readonly lines: readonly LineUnits[];
  readonly received: readonly LineUnits[];
  readonly reason: string;
  readonly refundMinor: number;
}

export interface RefundReply {
  readonly refundId: string;
  readonly status: 'pending' | 'done' | 'failed';
  readonly amountMinor: number;
  readonly reason: string;
}

export interface OrderReply {
  readonly type: 'order';
  readonly orderId: string;
  /** Gap-free per store; null before confirmation. */
  readonly number: number | null;
  /** The newest one; the next has to be named. */
  readonly attempt: number;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly version: number;
  readonly buyer: string | null;
  readonly email: string;
  readonly shippingAddress: Address;
  readonly lines: readonly (LineUnits & {
    readonly unitPriceMinor: number | null;
    readonly shipped: number;
    readonly returned: number;
    /** The lines it was made of, where the merchant named their prices. */
    readonly prices?: readonly PricedUnits[];
  })[];
  /** Null until priced. */
  readonly quote: Quote | null;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly shipments: readonly ShipmentReply[];
  readonly returns: readonly ReturnReply[];
  readonly refunds: readonly RefundReply[];
  /** 3-D Secure: where to send the buyer. */
  readonly nextAction: { readonly redirectUrl: string; readonly clientSecret: string } | null;
  /** Why it failed, when it did. */
  readonly refusal: OrderRefusal | null;
  readonly placedAt: Instant;
  /** Until when the buyer may still pay; null when that is over. */
  readonly payBy: Instant | null;
  /** Prices that differ from what the buyer was shown. */
  readonly changed?: readonly PriceChange[];
}

export type OrderReplyAny = OrderReply | { readonly type: 'noted' };

export type { QuoteOutcome };
