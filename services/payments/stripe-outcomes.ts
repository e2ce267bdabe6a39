/** Stripe's words in the order's: intents, refunds and errors as outcomes. Pure. */
import Stripe from 'stripe';
import type { PaymentOutcome } from '../../actors/order/outside.ts';
import { fromStripeAmount } from './amounts.ts';
import type { PaymentRefusalCode, PaymentRefused, Unsettled } from './port.ts';

/** What became of an intent, from its state alone. Null: a state of a newer API that nobody here knows. */
export function outcomeOfIntent(intent: Stripe.PaymentIntent): PaymentOutcome | null {
  const intentId = intent.id;
  switch (intent.status) {
    case 'requires_payment_method':
      return intent.last_payment_error === null ? { kind: 'created', intentId } : declinedBy(intentId, intent.last_payment_error);
    case 'requires_confirmation':
      return { kind: 'created', intentId };
    case 'requires_action':
      return {
        kind: 'requires_action',
        intentId,
        redirectUrl: intent.next_action?.redirect_to_url?.url ?? '',
        clientSecret: intent.client_secret ?? '',
      };
    case 'processing':
      return { kind: 'processing', intentId };
    case 'requires_capture':
      return { kind: 'authorised', intentId, amountMinor: fromStripeAmount(intent.amount_capturable, intent.currency) };
    case 'succeeded':
      return { kind: 'captured', intentId, amountMinor: fromStripeAmount(intent.amount_received, intent.currency) };
    case 'canceled':
      return { kind: 'voided', intentId };
    default:
      return null;
  }
}

interface DeclineFacts {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
  readonly message?: string | undefined;
}

export function declinedBy(intentId: string, { code, decline_code: declineCode, message }: DeclineFacts): PaymentOutcome {
  return { kind: 'declined', intentId, decline: declineCode ?? code ?? 'generic_decline', message: message ?? 'The payment was declined.' };
}

/** A pending refund is on its way: should it fail, `refund.failed` says so. */
export function outcomeOfRefund(refund: Stripe.Refund, intentId: string, refundId: string): PaymentOutcome {
  if (refund.status === 'failed' || refund.status === 'canceled') {
    return {
      kind: 'refund_refused',
      intentId,
      refundId,
      message: `The refund ${refund.status}: ${refund.failure_reason ?? 'no reason given'}.`,
      amountMinor: fromStripeAmount(refund.amount, refund.currency),
    };
  }
  return { kind: 'refunded', intentId, refundId, amountMinor: fromStripeAmount(refund.amount, refund.currency) };
}

/** What an error says about the call that ended in it. Loops switch on this and never on a message. */
export type Meaning =
  /** The card, not the call. */
  | { readonly kind: 'declined'; readonly error: StripeFailure }
  /** The intent is in another state than the call needs; it comes with the error. */
  | { readonly kind: 'wrong_state'; readonly intent: Stripe.PaymentIntent; readonly message: string }
  /** The kept answer of this key is a 500: the request has ended, and only another key can be tried. */
  | { readonly kind: 'key_burnt' }
  /** Nothing was begun: too fast, or the same key is under way elsewhere. */
  | { readonly kind: 'not_begun'; readonly retryAfterMs: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly refusal: PaymentRefused; readonly param: string | null };

export type StripeFailure = InstanceType<typeof Stripe.errors.StripeError>;

const busyRetryMs = 1_000;
/** Nobody can pay until a person has mended the settings. */
const misconfiguredRetryMs = 30_000;

export function meaningOf(error: StripeFailure): Meaning {
  if (error instanceof Stripe.errors.StripeCardError) return { kind: 'declined', error };
  const status = error.statusCode ?? 0;
  if (status === 409 || status === 429) return { kind: 'not_begun', retryAfterMs: busyRetryMs };
  if (status >= 500) return error.headers?.['idempotent-replayed'] === 'true' ? { kind: 'key_burnt' } : { kind: 'unknown' };
  if (error.code === 'account_invalid') return refusedBy(error, 'account_unusable');
  if (status === 401 || status === 403) return { kind: 'not_begun', retryAfterMs: misconfiguredRetryMs };
  if (error instanceof Stripe.errors.StripeIdempotencyError) return refusedBy(error, 'attempt_reused');
  if (status < 400) return { kind: 'unknown' }; // the connection, or an answer that is no JSON
  if (error.code === 'payment_intent_unexpected_state' && error.payment_intent !== undefined) {
    return { kind: 'wrong_state', intent: error.payment_intent, message: error.message };
  }
  return refusedBy(error, refusalCodeOf(error));
}

/** Counts against the provider's health: it did not answer, or answered that it is broken. */
export function isOutage(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && meaningOf(error).kind === 'unknown';
}

function refusedBy(error: StripeFailure, code: PaymentRefusalCode): Meaning {
  return { kind: 'refused', refusal: { kind: 'refused', code, message: error.message }, param: error.param ?? null };
}

const amountCodes: ReadonlySet<string> = new Set(['amount_too_small', 'amount_too_large', 'parameter_invalid_integer']);

function refusalCodeOf(error: StripeFailure): PaymentRefusalCode {
  if (error.statusCode === 404 && error.code === 'resource_missing') return 'intent_unknown';
  return amountCodes.has(error.code ?? '') ? 'amount_not_payable' : 'request_invalid';
}

export const unknown: Unsettled = { kind: 'unknown' };
