/**
 * What an order asks of services that are no actors, and what they answer: the protocol of the effects that go to
 * `pricing` and `payments`. (Effects to `cart`, `hold`, `store`, `coupon` and `stock` are those actors' own commands.)
 *
 * X1. Every command names the order and the attempt; the same command again is the same effect: it joins the call
 *     in flight, or hears the first answer again.
 * X2. `attempt` of a payment step rises only after a definite answer. An answer that is not definite (a timeout, a
 *     cut connection, a 500) is settled by the service by retrieving; until then it answers nothing and is asked again.
 * X3. The intent is created and recorded before it is confirmed by its id: a crash between leaves an intent without
 *     money, never money without an intent.
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';
import type { Address, Agreement, LineUnits } from './commands.ts';

/** Units at a price that the merchant named: one entry for each line that was asked for. */
export interface PricedUnits {
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

export interface QuoteLine {
  readonly sku: string;
  readonly quantity: number;
  readonly title: string;
  /** Snapshot: what the order costs does not change with the catalogue. */
  readonly unitPriceMinor: number;
  /** Where the merchant named the prices of its units: these, and `unitPriceMinor` is the first of them. */
  readonly prices?: readonly PricedUnits[];
  readonly discountMinor: number;
  readonly taxMinor: number;
  /** What the buyer pays for the line, tax and discount in it. */
  readonly totalMinor: number;
}

/** Sums are exact: subtotal - discount + shipping + (tax unless included) = total = lines + shipping with its tax. */
export interface Quote {
  readonly currency: string;
  readonly lines: readonly QuoteLine[];
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly shippingMinor: number;
  /** Of shipping alone; part of `taxMinor`. */
  readonly shippingTaxMinor: number;
  readonly taxMinor: number;
  readonly taxIncluded: boolean;
  readonly totalMinor: number;
  readonly shippingMethod: string;
  /** ISO date-times of the promise. */
  readonly deliverFrom: string | null;
  readonly deliverBy: string | null;
  readonly applied: readonly { readonly code: string | null; readonly name: string; readonly amountMinor: number }[];
  readonly notApplied: readonly { readonly code: string | null; readonly name: string; readonly why: string }[];
}

/** To kind `pricing`, id = the order's. Pure for one `at`: asking again gives the same quote unless prices changed. */
export interface AskQuote {
  readonly type: 'quote';
  readonly orderId: string;
  readonly currency: string;
  readonly lines: readonly (LineUnits & { readonly prices?: readonly PricedUnits[] })[];
  readonly codes: readonly string[];
  readonly destination: Address;
  readonly shippingMethod: string | null;
  /** Which warehouse gives what, from the hold. */
  readonly allocations: readonly {
    readonly sku: string;
    readonly locations: readonly { readonly location: string; readonly quantity: number }[];
  }[];
  readonly at: Instant;
  readonly agreed?: Agreement;
}

export type QuoteOutcome =
  | { readonly ok: true; readonly quote: Quote }
  | {
      readonly ok: false;
      readonly refusal:
        | (ActorRefusal & { readonly code: 'price_unavailable'; readonly sku: string })
        | (ActorRefusal & { readonly code: 'shipping_unavailable' })
        | (ActorRefusal & { readonly code: 'code_invalid'; readonly discountCode: string; readonly why: string });
    };

/** To kind `payments`, id = the order's. */
export type PaymentCommand =
  | {
      readonly type: 'createIntent';
      readonly orderId: string;
      readonly attempt: number;
      readonly amountMinor: number;
      readonly currency: string;
      readonly account: string | null;
      readonly feeMinor: number;
    }
  | {
      readonly type: 'confirm';
      readonly orderId: string;
      readonly attempt: number;
      readonly intentId: string;
      readonly account: string | null;
      readonly paymentMethod: string;
      readonly returnUrl: string | null;
    }
  /** What became of an intent that waits for the buyer (3-D Secure), when no webhook said so. */
  | {
      readonly type: 'retrieve';
      readonly orderId: string;
      readonly attempt: number;
      readonly intentId: string;
      readonly account: string | null;
    }
  | {
      readonly type: 'capture';
      readonly orderId: string;
      readonly attempt: number;
      readonly intentId: string;
      readonly account: string | null;
      readonly amountMinor: number;
    }
  /** Of an intent that was never captured. Voiding a voided one is done. */
  | {
      readonly type: 'void';
      readonly orderId: string;
      readonly attempt: number;
      readonly intentId: string;
      readonly account: string | null;
    }
  | {
      readonly type: 'refund';
      readonly orderId: string;
      /** Names the refund within the order: the same id is the same refund. */
      readonly refundId: string;
      readonly attempt: number;
      readonly intentId: string;
      readonly account: string | null;
      readonly amountMinor: number;
    };

export type PaymentOutcome =
  | { readonly kind: 'created'; readonly intentId: string }
  | { readonly kind: 'authorised'; readonly intentId: string; readonly amountMinor: number }
  | { readonly kind: 'requires_action'; readonly intentId: string; readonly redirectUrl: string; readonly clientSecret: string }
  /** Definite: no money moved, another payment method may be tried on the same intent. */
  | { readonly kind: 'declined'; readonly intentId: string; readonly decline: string; readonly message: string }
  /** Still under way at the payment provider: ask again with `retrieve`, or wait for news. */
  | { readonly kind: 'processing'; readonly intentId: string }
  | { readonly kind: 'captured'; readonly intentId: string; readonly amountMinor: number }
  | { readonly kind: 'capture_refused'; readonly intentId: string; readonly message: string }
  | { readonly kind: 'voided'; readonly intentId: string }
  /** `attempt`, in news: which asking it is about. */
  | {
      readonly kind: 'refunded';
      readonly intentId: string;
      readonly refundId: string;
      readonly amountMinor: number;
      readonly attempt?: number;
    }
  /** As news it may come long after the refund was made: the buyer's bank did not take the money. */
  | {
      readonly kind: 'refund_refused';
      readonly intentId: string;
      readonly refundId: string;
      readonly message: string;
      readonly attempt?: number;
      /** In news: what did not arrive. */
      readonly amountMinor?: number;
    };

/** What comes back for any effect of an order: the reply of the actor or service, or its refusal. */
export type StepOutcome = { readonly reply: unknown } | { readonly refusal: ActorRefusal };
