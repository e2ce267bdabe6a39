/** What the simulator remembers of payments, and how each looks to whoever asks. Amounts are integer minor units. */
import type { Decline } from './cards.ts';
import { findCard } from './cards.ts';

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'canceled'
  | 'succeeded';

export interface Intent {
  readonly id: string;
  /** The connected account it belongs to; '' is the platform's own. */
  readonly account: string;
  readonly created: number;
  readonly clientSecret: string;
  readonly amount: number;
  readonly currency: string;
  readonly captureMethod: string;
  readonly status: IntentStatus;
  readonly paymentMethod: string | null;
  readonly amountCapturable: number;
  readonly amountReceived: number;
  readonly amountRefunded: number;
  readonly feeAmount: number | null;
  readonly destination: string | null;
  readonly customer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly returnUrl: string | null;
  readonly chargeId: string | null;
  readonly lastDecline: (Decline & { readonly paymentMethod: string }) | null;
  readonly confirmations: number;
  readonly canceledAt: number | null;
  readonly cancellationReason: string | null;
}

/** What a shop says of a payment when it makes it. */
export type IntentTerms = Pick<
  Intent,
  'amount' | 'currency' | 'captureMethod' | 'feeAmount' | 'destination' | 'customer' | 'metadata' | 'description' | 'returnUrl'
>;

/** Each field by its name: an object of this size that begins with a spread costs V8 twenty times as much to make. */
export function newIntent(
  { id, account, created, clientSecret, paymentMethod }: Pick<Intent, 'id' | 'account' | 'created' | 'clientSecret' | 'paymentMethod'>,
  terms: IntentTerms,
): Intent {
  return {
    id,
    account,
    created,
    clientSecret,
    amount: terms.amount,
    currency: terms.currency,
    captureMethod: terms.captureMethod,
    status: paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
    paymentMethod,
    amountCapturable: 0,
    amountReceived: 0,
    amountRefunded: 0,
    feeAmount: terms.feeAmount,
    destination: terms.destination,
    customer: terms.customer,
    metadata: terms.metadata,
    description: terms.description,
    returnUrl: terms.returnUrl,
    chargeId: null,
    lastDecline: null,
    confirmations: 0,
    canceledAt: null,
    cancellationReason: null,
  };
}

export interface Refund {
  readonly id: string;
  readonly account: string;
  readonly created: number;
  readonly intentId: string;
  readonly chargeId: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly reason: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Customer {
  readonly id: string;
  readonly account: string;
  readonly created: number;
  readonly email: string | null;
  readonly name: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Account {
  readonly id: string;
  readonly created: number;
  readonly country: string;
  readonly email: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export function isEnded(intent: Intent): boolean {
  return intent.status === 'canceled' || intent.status === 'succeeded';
}

/** `pageOf` names the page on which the buyer answers 3-D Secure. */
export function showIntent(intent: Intent, pageOf: (intent: Intent) => string): object {
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: intent.amountCapturable,
    amount_details: { tip: {} },
    amount_received: intent.amountReceived,
    application: null,
    application_fee_amount: intent.feeAmount,
    automatic_payment_methods: null,
    canceled_at: intent.canceledAt,
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    last_payment_error: intent.lastDecline === null ? null : showDecline(intent.lastDecline),
    latest_charge: intent.chargeId,
    livemode: false,
    metadata: intent.metadata,
    next_action: intent.status === 'requires_action' ? nextAction(intent, pageOf(intent)) : null,
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_options: {},
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    setup_future_usage: null,
    shipping: null,
    statement_descriptor: null,
    status: intent.status,
    transfer_data: intent.destination === null ? null : { destination: intent.destination },
    transfer_group: null,
  };
}

function nextAction(intent: Intent, page: string): object {
  return intent.returnUrl === null
    ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: page } }
    : { type: 'redirect_to_url', redirect_to_url: { return_url: intent.returnUrl, url: page } };
}

export function showDecline(decline: Decline & { readonly paymentMethod: string }): object {
  const code = decline.code;
  return {
    code,
    ...(decline.declineCode === '' ? {} : { decline_code: decline.declineCode }),
    doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`,
    message: decline.message,
    payment_method: showPaymentMethod(decline.paymentMethod),
    type: code === authenticationFailed ? 'invalid_request_error' : 'card_error',
  };
}

export const authenticationFailed = 'payment_intent_authentication_failure';

export function showPaymentMethod(id: string): object {
  const card = findCard(id);
  const shown = {
    brand: card?.brand ?? 'visa',
    last4: card?.last4 ?? '4242',
    exp_month: 12,
    exp_year: 2034,
    funding: 'credit',
    country: 'US',
  };
  return { id, object: 'payment_method', type: 'card', card: shown, livemode: false, metadata: {} };
}

export function showCharge(intent: Intent): object {
  const captured = intent.amountReceived > 0;
  return {
    id: intent.chargeId,
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amountReceived,
    amount_refunded: intent.amountRefunded,
    application_fee_amount: intent.feeAmount,
    captured,
    created: intent.created,
    currency: intent.currency,
    customer: intent.customer,
    livemode: false,
    metadata: intent.metadata,
    paid: captured || intent.status === 'requires_capture',
    payment_intent: intent.id,
    payment_method: intent.paymentMethod,
    refunded: captured && intent.amountRefunded >= intent.amountReceived,
    status: intent.lastDecline === null ? 'succeeded' : 'failed',
  };
}

export function showRefund(refund: Refund): object {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: null,
    charge: refund.chargeId,
    created: refund.created,
    currency: refund.currency,
    ...(refund.status === 'failed' ? { failure_reason: 'expired_or_canceled_card' } : {}),
    metadata: refund.metadata,
    payment_intent: refund.intentId,
    reason: refund.reason,
    receipt_number: null,
    status: refund.status,
  };
}

export function showCustomer(customer: Customer): object {
  const { id, created, email, name, metadata } = customer;
  return { id, object: 'customer', created, email, name, metadata, livemode: false, delinquent: false };
}

export function showAccount(account: Account): object {
  const { id, created, country, email, metadata } = account;
  const capabilities = { card_payments: 'active', transfers: 'active' };
  const states = { charges_enabled: true, payouts_enabled: true, details_submitted: true };
  return { id, object: 'account', type: 'standard', created, country, email, metadata, capabilities, default_currency: 'usd', ...states };
}
