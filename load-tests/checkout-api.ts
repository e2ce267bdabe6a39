/**
 * The wire of buying, as `api.ts` is of holding: checkouts, orders and what follows, out and in. Wire facts only.
 *
 * W1. The key of a checkout is the order: sent again under it, the same order answers.
 */
import { type Json, readObject, type Sender, senderHeaders, toldMaxMs, type Undecided } from './api.ts';
import type { HttpOutcome, HttpRequest, HttpTimes } from './http/client.ts';

export interface CheckoutLine {
  readonly sku: string;
  readonly quantity: number;
  readonly absorbs?: string;
  readonly shownUnitPriceMinor?: number;
  /** Only the merchant may name it. */
  readonly unitPriceMinor?: number;
}

export interface CheckoutWish {
  readonly lines: readonly CheckoutLine[];
  readonly email: string;
  readonly paymentMethod: string;
}

export const address = { name: 'A. Buyer', line1: '1 High Street', city: 'London', postalCode: 'N1 1AA', country: 'GB' } as const;

/** What somebody was shown of an order. */
export interface OrderSeen {
  readonly orderId: string;
  readonly number: number | null;
  readonly status: string;
  readonly paymentStatus: string;
  readonly version: number;
  readonly totalMinor: number | null;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** Of 3-D Secure. */
  readonly redirectUrl: string | null;
  readonly currency: string;
  readonly returns: readonly { readonly returnId: string; readonly reason: string }[];
  /** Code of what went wrong, if something did. */
  readonly failure: string | null;
}

export type OrderAnswer =
  | Undecided
  | (HttpTimes & { readonly kind: 'order'; readonly order: OrderSeen; readonly position: string | null })
  /** `orderId`: of an order that was placed and can be paid otherwise, or null. */
  | (HttpTimes & {
      readonly kind: 'refused';
      readonly code: string;
      readonly orderId: string | null;
      readonly final: boolean;
      readonly available: number | null;
      readonly held: number | null;
      readonly position: string | null;
    });

export function checkoutRequest(
  sender: Sender,
  key: string,
  wish: CheckoutWish,
  more: { readonly [name: string]: Json } = {},
): HttpRequest {
  return {
    method: 'POST',
    path: '/v1/checkouts',
    headers: { ...senderHeaders(sender), 'Idempotency-Key': key },
    body: { ...wish, shippingAddress: address, ...more },
  };
}

export function orderRequest(sender: Sender, orderId: string): HttpRequest {
  return { method: 'GET', path: `/v1/orders/${orderId}`, headers: senderHeaders(sender), urgent: true };
}

/** `act`: `pay`, `cancel`, `returns`; with `admin` in front those of the merchant. */
export function orderActRequest(sender: Sender, key: string, orderId: string, act: string, body: Json): HttpRequest {
  const root = sender.kind === 'merchant' && act.startsWith('admin/') ? '/v1/admin/orders' : '/v1/orders';
  return {
    method: 'POST',
    path: `${root}/${orderId}/${act.replace(/^admin\//, '')}`,
    headers: { ...senderHeaders(sender), 'Idempotency-Key': key },
    body,
    urgent: true,
  };
}

/** Refusals after which the same request may be answered otherwise in a moment. */
const passing = new Set(['in_progress', 'hold_busy', 'repeats_full']);

export function readOrderAnswer(outcome: HttpOutcome): OrderAnswer {
  const times = { askedAtMs: outcome.askedAtMs, sentAtMs: outcome.sentAtMs, endedAtMs: outcome.endedAtMs };
  if (outcome.kind === 'lost') return { ...times, kind: 'lost', reason: outcome.reason };
  const { status, headers } = outcome;
  const fields = readObject(outcome.body);
  const code = text(fields['code']) ?? '';
  if (status === 429 || status >= 500 || passing.has(code)) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    return { ...times, kind: 'again', afterMs: Number.isFinite(seconds) ? Math.min(toldMaxMs, seconds * 1_000) : 200, status, code };
  }
  const position = headers.get('onhand-position') ?? null;
  if (status >= 200 && status < 300 && text(fields['orderId']) !== null)
    return { ...times, kind: 'order', order: seenOf(fields), position };
  if (status === 402 || status === 409 || status === 404) {
    const orderId = headers.get('onhand-order') ?? null;
    const [available, held] = [number(fields['available']), number(fields['held'])];
    return { ...times, kind: 'refused', code, orderId, final: fields['final'] === true, available, held, position };
  }
  return { ...times, kind: 'unexpected', status, code };
}

type Fields = Readonly<Record<string, Json | undefined>>;

function seenOf(fields: Fields): OrderSeen {
  return {
    orderId: text(fields['orderId']) ?? '',
    number: number(fields['number']),
    status: text(fields['status']) ?? '',
    paymentStatus: text(fields['paymentStatus']) ?? '',
    version: number(fields['version']) ?? 0,
    totalMinor: amountOf(fields['total']),
    capturedMinor: amountOf(fields['captured']) ?? 0,
    refundedMinor: amountOf(fields['refunded']) ?? 0,
    redirectUrl: text(inner(fields['nextAction'])['url']),
    currency: text(inner(fields['captured'])['currency']) ?? '',
    returns: listOf(fields['returns']).map((one) => ({ returnId: text(one['returnId']) ?? '', reason: text(one['reason']) ?? '' })),
    failure: text(inner(fields['failure'])['code']),
  };
}

function amountOf(value: Json | undefined): number | null {
  return number(inner(value)['amountMinor']);
}

function inner(value: Json | undefined): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: Json | undefined): readonly Fields[] {
  return Array.isArray(value) ? value.map(inner) : [];
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
