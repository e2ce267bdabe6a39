/**
 * What Stripe tells by itself: is it Stripe, and what does it mean for which order.
 *
 * V1. The signature is over the bytes as they came: a body that was parsed and written again does not pass.
 * V2. Several secrets count at once, so that one can be rolled: the old one is good until its own `until`. All are tried, in constant
 *     time each, so that time does not tell which of them matched.
 * V3. A signature older, or further in the future, than the tolerance is refused: a recorded message cannot be replayed later.
 * V4. The order is named by our own metadata on the payment; what carries none is not for us.
 *
 * It does not recognise repeats: the order does, by `eventId` and by its own state. It does not check that the account
 * is the right one: the order does, which knows what it was paid through.
 */
import Stripe from 'stripe';
import type { PaymentOutcome } from '../../actors/order/outside.ts';
import type { PaymentNews } from './port.ts';
import { outcomeOfIntent, outcomeOfRefund } from './stripe-outcomes.ts';

export interface WebhookSecret {
  readonly secret: string;
  /** Wall time after which it no longer counts; null: it is the current one. */
  readonly untilMs: number | null;
}

export type WebhookVerdict =
  | { readonly kind: 'news'; readonly news: PaymentNews }
  /** Verified, but of no order of ours: answered with 200, or Stripe sends it again for days. */
  | { readonly kind: 'not_for_us'; readonly eventId: string; readonly type: string }
  | { readonly kind: 'refused'; readonly reason: 'signature_missing' | 'signature_invalid' | 'timestamp_stale' | 'body_invalid' };

export interface WebhookVerifierOptions {
  readonly secrets: readonly WebhookSecret[];
  readonly toleranceMs?: number;
  readonly wallMs: () => number;
}

export type VerifyWebhook = (rawBody: Uint8Array, signatureHeader: string | null) => WebhookVerdict;

const toleranceMsDefault = 300_000;
const headerLengthMax = 2_000;

export function createWebhookVerifier({ secrets, toleranceMs = toleranceMsDefault, wallMs }: WebhookVerifierOptions): VerifyWebhook {
  return (rawBody, header) => {
    if (header === null || header === '') return { kind: 'refused', reason: 'signature_missing' };
    const signedAtMs = signedAtMsOf(header);
    if (signedAtMs === null) return { kind: 'refused', reason: 'signature_invalid' };
    const now = wallMs();
    let matches = 0;
    for (const { secret, untilMs } of secrets) {
      const isMatch = isSignedWith(rawBody, header, secret); // V2: no early end
      if (isMatch && (untilMs === null || now < untilMs)) matches += 1;
    }
    if (matches === 0) return { kind: 'refused', reason: 'signature_invalid' };
    if (Math.abs(now - signedAtMs) > toleranceMs) return { kind: 'refused', reason: 'timestamp_stale' }; // V3
    return verdictOf(rawBody);
  };
}

/** The SDK compares in constant time; its own tolerance is switched off, because it lets the future pass and knows only the system's clock. */
function isSignedWith(rawBody: Uint8Array, header: string, secret: string): boolean {
  try {
    return Stripe.webhooks.signature?.verifyHeader(rawBody, header, secret, 0) ?? false;
  } catch {
    return false;
  }
}

/** V3. One time alone: of several the SDK would sign with the last, and the age of another could be looked at here. */
function signedAtMsOf(header: string): number | null {
  if (header.length > headerLengthMax) return null;
  const [time, another] = header.split(',').filter((item) => item.split('=')[0] === 't');
  const seconds = another === undefined ? /^t=(\d{1,12})$/.exec(time ?? '')?.[1] : undefined;
  return seconds === undefined ? null : Number(seconds) * 1_000;
}

function verdictOf(rawBody: Uint8Array): WebhookVerdict {
  const event = parseEvent(rawBody);
  if (event === null) return { kind: 'refused', reason: 'body_invalid' };
  const news = newsOf(event);
  return news === null ? { kind: 'not_for_us', eventId: event.id, type: event.type } : { kind: 'news', news };
}

function parseEvent(rawBody: Uint8Array): Stripe.Event | null {
  try {
    const event: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
    if (typeof event !== 'object' || event === null) return null;
    if (!('id' in event) || !('type' in event) || !('data' in event)) return null;
    if (typeof event.id !== 'string' || typeof event.type !== 'string') return null;
    const { data } = event;
    const isEvent =
      typeof data === 'object' && data !== null && 'object' in data && typeof data.object === 'object' && data.object !== null;
    return isEvent ? (event as Stripe.Event) : null;
  } catch {
    return null;
  }
}

/** What an endpoint at Stripe has to be told of; everything else would be answered and thrown away. */
export const webhookEventTypes = [
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payment_intent.processing',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.refund.updated',
] as const;

/** A verified event as a message to its order. Null: it concerns none. */
export function newsOf(event: Stripe.Event): PaymentNews | null {
  switch (event.type) {
    case 'payment_intent.amount_capturable_updated':
    case 'payment_intent.succeeded':
    case 'payment_intent.canceled':
    case 'payment_intent.payment_failed':
    case 'payment_intent.requires_action':
    case 'payment_intent.processing':
      return addressed(event, event.data.object.metadata, outcomeOfIntent(event.data.object));
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
    case 'charge.refund.updated': // what older accounts hear of the same
      return addressed(event, event.data.object.metadata, refundOutcome(event.data.object));
    default:
      return null;
  }
}

function refundOutcome(refund: Stripe.Refund): PaymentOutcome | null {
  const refundId = refund.metadata?.['refundId'];
  const intentId = typeof refund.payment_intent === 'string' ? refund.payment_intent : refund.payment_intent?.id;
  if (refundId === undefined || intentId === undefined) return null;
  return { ...outcomeOfRefund(refund, intentId, refundId), ...attemptOf(refund.metadata?.['attempt']) };
}

/** A refund is asked for anew under its own name: an old one that failed says nothing about the next. */
function attemptOf(text: string | undefined): { readonly attempt?: number } {
  return text !== undefined && /^\d{1,9}$/.test(text) ? { attempt: Number(text) } : {};
}

/** V4. */
function addressed(event: Stripe.Event, metadata: Stripe.Metadata | null, outcome: PaymentOutcome | null): PaymentNews | null {
  const store = metadata?.['store'];
  const orderId = metadata?.['orderId'];
  if (store === undefined || orderId === undefined || outcome === null) return null;
  return { eventId: event.id, store, orderId, account: event.account ?? null, outcome };
}
