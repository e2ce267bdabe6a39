/**
 * Payments as the order sees them: an intent is created without money, confirmed by its id, then captured or voided;
 * what was captured may be refunded. The words of the outcomes are the order's own (actors/order/outside.ts).
 *
 * Y1. The same call with the same attempt is the same effect, also after a crash, also at once: it hears the same outcome.
 * Y2. Every outcome but `unknown` and `unavailable` is definite, and only a definite outcome lets the attempt rise.
 * Y3. An intent is authorised at most once; captured at most what was authorised; refunded at most what was captured.
 * Y4. A refund is made once per `refundId`, for ever.
 */
import type { PaymentOutcome } from '../../actors/order/outside.ts';

/** What every call says: whose payment, in which account, at which attempt. */
export interface PaymentStep {
  readonly store: string;
  readonly orderId: string;
  readonly attempt: number;
  /** The Connect account whose money it is; null: the platform's own. */
  readonly account: string | null;
}

export interface CreateIntent extends PaymentStep {
  readonly amountMinor: number;
  readonly currency: string;
  /** What the platform keeps; 0 without an account. */
  readonly feeMinor: number;
}

export interface IntentStep extends PaymentStep {
  readonly intentId: string;
}

export interface ConfirmIntent extends IntentStep {
  readonly paymentMethod: string;
  /** Where 3-D Secure sends the buyer back to; null: the shop's own page. */
  readonly returnUrl: string | null;
}

export interface CaptureIntent extends IntentStep {
  readonly amountMinor: number;
}

export interface RefundPayment extends IntentStep {
  readonly refundId: string;
  readonly amountMinor: number;
}

/** Definite, but nothing an order can go on with: the request itself is wrong. Nothing was done. */
export interface PaymentRefused {
  readonly kind: 'refused';
  readonly code: PaymentRefusalCode;
  readonly message: string;
}

export const paymentRefusalCodes = [
  /** The amount cannot be paid in this currency: too small, too large, or a part of a minor unit. */
  'amount_not_payable',
  /** The store's Connect account is gone or may not take payments. */
  'account_unusable',
  /** No such intent in this account. */
  'intent_unknown',
  /** The same attempt was used before with other contents: a mistake of the caller. */
  'attempt_reused',
  /** Anything else the provider finds wrong with the request. */
  'request_invalid',
] as const;

export type PaymentRefusalCode = (typeof paymentRefusalCodes)[number];

export type Settled = PaymentOutcome | PaymentRefused;

/** Not known, or not even tried. Ask again, with the same attempt. */
export type Unsettled =
  /** Something may have been done. */
  | { readonly kind: 'unknown' }
  /** Nothing was sent: too many calls, or the provider has been failing. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

export type PaymentAnswer = Settled | Unsettled;

export interface PaymentsPort {
  createIntent(ask: CreateIntent): Promise<PaymentAnswer>;
  confirm(ask: ConfirmIntent): Promise<PaymentAnswer>;
  retrieve(ask: IntentStep): Promise<PaymentAnswer>;
  capture(ask: CaptureIntent): Promise<PaymentAnswer>;
  /** Of an intent that was not captured; one that was answers `captured`, and has to be refunded. */
  void(ask: IntentStep): Promise<PaymentAnswer>;
  refund(ask: RefundPayment): Promise<PaymentAnswer>;
}

/** What the provider tells by itself, verified: a message to the order like any other. Late, repeated, out of order. */
export interface PaymentNews {
  readonly eventId: string;
  readonly store: string;
  readonly orderId: string;
  /** The Connect account the event came from; null: the platform's own. The order checks that it was paid through it. */
  readonly account: string | null;
  readonly outcome: PaymentOutcome;
}
