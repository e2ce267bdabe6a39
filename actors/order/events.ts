/**
 * What can happen to an order. Format 2, which has `oneLine`; without it things go as in format 1. Each event is also one
 * line of the order's story and, for some, news for the outside: hence the dotted names and the cause.
 *
 * V1. Events hold what was decided or heard, not what follows from it: who is owed what is derived in `apply`.
 * V2. Every event says what caused it: a command, the answer to an effect, a webhook, the timer.
 */
import type { Instant } from '../kernel/index.ts';
import type { LocationQuantity } from '../stock/commands.ts';
import type { LineUnits, OrderRefusal, Place, PriceChange, Tracking } from './commands.ts';
import type { Quote } from './outside.ts';
import type { OrderLine } from './state.ts';

/** How units are asked for. Absent in what was written before there were two ways: the `hold` actor is asked. */
interface Asking {
  readonly oneLine?: true;
}

interface Remembered {
  readonly commandId: string;
  readonly fingerprint: string;
}

export type OrderHappening =
  // --- the saga, forwards -------------------------------------------------------------------------------
  /** `paidBy`: the command that pays otherwise after a decline, and its body; it is who waits for this attempt. */
  | ({ readonly type: 'order.placed'; readonly place: Place; readonly paidBy?: string; readonly fingerprint?: string } & Asking)
  | ({ readonly type: 'order.cart_opened'; readonly lines: readonly OrderLine[]; readonly codes: readonly string[] } & Asking)
  /** The cart never became ours. */
  | { readonly type: 'order.cart_refused' }
  | {
      readonly type: 'order.held';
      readonly expiresAt: Instant;
      readonly allocations: readonly { readonly sku: string; readonly locations: readonly LocationQuantity[] }[];
    }
  | { readonly type: 'order.hold_refused' }
  /** A hold that the cart named is gone, or stayed with whoever took it: asked for once more, with the names of none. */
  | ({ readonly type: 'order.hold_asked_again' } & Asking)
  | { readonly type: 'order.priced'; readonly quote: Quote; readonly changed: readonly PriceChange[] }
  | { readonly type: 'payment.created'; readonly intentId: string }
  /** 3-D Secure. */
  | { readonly type: 'payment.action_required'; readonly redirectUrl: string; readonly clientSecret: string }
  | { readonly type: 'payment.processing' }
  /** Declined. Where units are kept, another method may be tried while the hold lives; else it is refused next. */
  | { readonly type: 'payment.failed'; readonly decline: string; readonly message: string }
  | {
      readonly type: 'payment.retried';
      readonly ticket: string;
      readonly fingerprint?: string;
      readonly paymentMethod: string;
      readonly returnUrl: string | null;
      /** The hold is extended first. */
      readonly extend: boolean;
    }
  | { readonly type: 'order.hold_extended'; readonly expiresAt: Instant }
  /** What became of the payment is asked: `last` before it is given up. */
  | { readonly type: 'payment.looked_up'; readonly last: boolean }
  | { readonly type: 'payment.still_open' }
  | { readonly type: 'payment.authorised'; readonly amountMinor: number }
  /** `idle`: codes whose uses are given back at once, because another discount took their place. */
  | { readonly type: 'order.committed'; readonly idle?: readonly string[] }
  | { readonly type: 'order.confirmed'; readonly number: number }
  | { readonly type: 'payment.captured'; readonly amountMinor: number }
  | { readonly type: 'payment.capture_failed'; readonly message: string; readonly retryAt: Instant | null }
  /** The pause after a refusal is over: asked again. */
  | { readonly type: 'payment.tried_again' }
  | { readonly type: 'order.number_noted' }
  | { readonly type: 'order.cart_closed' }
  // --- backwards ---------------------------------------------------------------------------------------------
  /** The saga gives up; everything is given back. */
  | { readonly type: 'order.refused'; readonly refusal: OrderRefusal }
  | ({
      readonly type: 'order.canceled';
      readonly by: 'buyer' | 'merchant' | 'capture_failed';
      readonly reason: string;
    } & Partial<Remembered>)
  /** The hold ended on its own. */
  | { readonly type: 'order.hold_lost' }
  | { readonly type: 'order.hold_released' }
  /** Somebody committed the hold itself: its units are given back one SKU at a time. */
  | { readonly type: 'order.hold_found_committed' }
  | { readonly type: 'order.units_given_back'; readonly kind: 'stock' | 'coupon'; readonly sku: string }
  | { readonly type: 'payment.void_asked' }
  | { readonly type: 'payment.void_failed'; readonly retryAt: Instant }
  | { readonly type: 'payment.voided' }
  /** Money where none can be: the payment provider is asked what is true. */
  | { readonly type: 'payment.appeared'; readonly eventId: string }
  | { readonly type: 'payment.found_authorised'; readonly amountMinor: number }
  /** Paid after all: units are taken again. */
  | { readonly type: 'order.rescued' }
  /** All is given back: the end of a failed or canceled order. */
  | { readonly type: 'order.closed' }
  // --- money back --------------------------------------------------------------------------------------------
  | ({
      readonly type: 'refund.asked';
      readonly amountMinor: number;
      readonly reason: string;
      /** Gives back a whole order: asked for much longer than what the merchant wished. */
      readonly whole: boolean;
    } & Partial<Remembered>)
  | { readonly type: 'refund.done'; readonly refundId: string; readonly amountMinor: number }
  /** `retryAt` null: given up; the merchant is told. `told`: that it is refused is news, although it is asked for again. */
  | {
      readonly type: 'refund.failed';
      readonly refundId: string;
      readonly message: string;
      readonly retryAt: Instant | null;
      readonly told?: true;
    }
  /** It was done, and the money has come back to the merchant. `retryAt` null: what to do is the merchant's decision. */
  | {
      readonly type: 'refund.returned';
      readonly refundId: string;
      readonly message: string;
      readonly retryAt: Instant | null;
      /** How often by now, since somebody asked for it. */
      readonly returns?: number;
      /** Made by an attempt before this one, which the order had forgotten. */
      readonly of?: EarlierRefund;
    }
  /** Remembered: the merchant asked for it. */
  | ({ readonly type: 'refund.tried_again'; readonly refundId: string } & Partial<Remembered>)
  // --- goods ---------------------------------------------------------------------------------------------------
  | ({ readonly type: 'shipment.created'; readonly lines: readonly ShippedLine[]; readonly tracking: Tracking | null } & Remembered)
  /** The SKU's stock knows that `total` units of this order have left. */
  | { readonly type: 'shipment.booked'; readonly sku: string; readonly total: number }
  | ({ readonly type: 'shipment.delivered'; readonly shipmentId: string } & Remembered)
  | ({ readonly type: 'return.requested'; readonly lines: readonly LineUnits[]; readonly reason: string } & Remembered)
  | ({
      readonly type: 'return.received';
      readonly returnId: string;
      readonly lines: readonly LineUnits[];
      readonly location: string;
      readonly condition: 'restock' | 'damaged';
      readonly refundMinor: number;
    } & Remembered)
  | { readonly type: 'return.booked'; readonly receipt: number; readonly sku: string };

export interface ShippedLine extends LineUnits {
  readonly locations: readonly LocationQuantity[];
}

export interface EarlierRefund {
  readonly intentId: string;
  readonly account: string | null;
  readonly amountMinor: number;
}

/** V2 */
export type OrderEvent = OrderHappening & { readonly cause: string };
export type HappeningOf<Type extends OrderHappening['type']> = Extract<OrderHappening, { readonly type: Type }>;
