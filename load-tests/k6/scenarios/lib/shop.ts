/**
 * The shop as k6 plays it: requests out, definite answers in.
 *
 * Q1. Every POST carries an Idempotency-Key, and is sent again under the same key until its outcome is known or patience ends.
 * Q2. Every fact the judge needs is counted where it becomes known, once.
 */
import { sleep } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import {
  answersUnexpected,
  holdMs,
  holdsCommitted,
  holdsRefused,
  holdsReleased,
  holdsTaken,
  outcomesUnknown,
  unitsOnSale,
} from './metrics.ts';
import { settings } from './settings.ts';

export type Held =
  | { readonly kind: 'held'; readonly holdId: string }
  | { readonly kind: 'refused'; readonly final: boolean }
  | { readonly kind: 'unknown' };

type Answer = RefinedResponse<'text'>;
type Body = { readonly [name: string]: unknown };

const patienceMs = 30_000;
const againMsMin = 100;
const againMsMax = 2_000;

// A refusal is an answer like any other; what is busy or broken is not.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 299 }, 404, 409));

/** A token of a new, anonymous buyer. */
export function newBuyer(): string {
  const answer = untilDecided(() => post('/v1/buyers', {}, { Authorization: `Bearer ${settings.publishableKey}` }, 'buyers'));
  const token = bodyOf(answer)['token'];
  if (answer.status < 300 && typeof token === 'string') return token;
  throw new Error(`no buyer could be made: ${answer.status} ${answer.body}`);
}

export function newBuyers(count: number): string[] {
  return Array.from({ length: count }, newBuyer);
}

export function hold(buyer: string, key: string, sku: string, ttlSeconds = 600): Held {
  const startedMs = Date.now();
  const headers = { Authorization: `Bearer ${settings.publishableKey}`, 'Onhand-Buyer': buyer, 'Idempotency-Key': key };
  const answer = untilDecided(() => post('/v1/holds', { sku, quantity: 1, ttlSeconds }, headers, 'hold'));
  const body = bodyOf(answer);
  if (answer.status === 201 && typeof body['holdId'] === 'string') {
    holdMs.add(Date.now() - startedMs);
    holdsTaken.add(1);
    return { kind: 'held', holdId: body['holdId'] };
  }
  if (answer.status === 409 && body['code'] === 'insufficient_stock') {
    holdMs.add(Date.now() - startedMs);
    holdsRefused.add(1);
    return { kind: 'refused', final: body['final'] === true };
  }
  surprised(answer);
  return { kind: 'unknown' };
}

/** The merchant sells what is held. */
export function commit(holdId: string, key: string): void {
  const headers = { Authorization: `Bearer ${settings.secretKey}`, 'Idempotency-Key': key };
  const answer = untilDecided(() => post(`/v1/holds/${encodeURIComponent(holdId)}/commit`, {}, headers, 'commit'));
  if (answer.status === 200) holdsCommitted.add(1);
  else surprised(answer);
}

export function release(buyer: string, holdId: string): void {
  const headers = { Authorization: `Bearer ${settings.publishableKey}`, 'Onhand-Buyer': buyer };
  const url = `${settings.url}/v1/holds/${encodeURIComponent(holdId)}`;
  const answer = untilDecided(() => http.del(url, null, { headers, tags: { name: 'release' }, responseType: 'text' }));
  if (answer.status === 200 || answer.status === 204) holdsReleased.add(1);
  else surprised(answer);
}

/** Units that buyers are to take: the judge looks for them in the books. */
export function putOnSale(sku: string, quantity: number): void {
  receive(sku, quantity, `${settings.run}-on-sale`);
  unitsOnSale.add(quantity);
}

/** Goods come in: units of one SKU, sent twice under one key, since the merchant's connection stutters too. */
export function receive(sku: string, quantity: number, key: string): void {
  for (let time = 1; time <= 2; time += 1) admin('stock/receive', { sku, quantity }, key);
}

/** What was counted on many shelves at once. */
export function countAll(skus: readonly string[], onHand: number, key: string): void {
  admin('stock/bulk', { items: skus.map((sku) => ({ sku, onHand })) }, key);
}

function admin(path: string, body: object, key: string): void {
  const headers = { Authorization: `Bearer ${settings.secretKey}`, 'Idempotency-Key': key };
  const answer = untilDecided(() => post(`/v1/admin/${path}`, body, headers, path));
  if (answer.status < 200 || answer.status > 299) throw new Error(`${path} was answered ${answer.status}: ${answer.body}`);
}

function post(path: string, body: object, headers: Record<string, string>, name: string): Answer {
  const params = { headers: { ...headers, 'Content-Type': 'application/json' }, tags: { name }, responseType: 'text' } as const;
  return http.post(`${settings.url}${path}`, JSON.stringify(body), params);
}

/** Q1. */
function untilDecided(send: () => Answer): Answer {
  const untilMs = Date.now() + patienceMs;
  for (let againMs = againMsMin; ; againMs = Math.min(againMsMax, againMs * 2)) {
    const answer = send();
    if (!maybeLater(answer) || Date.now() > untilMs) return answer;
    sleep(againMs / 1_000);
  }
}

/** No answer at all has the status 0. */
function maybeLater(answer: Answer): boolean {
  const { status } = answer;
  return status === 0 || status === 429 || status >= 500 || (status === 409 && bodyOf(answer)['code'] === 'hold_busy');
}

/** Q2. */
function surprised(answer: Answer): void {
  outcomesUnknown.add(1);
  if (maybeLater(answer)) return; // patience ended: a fault that other counters tell
  answersUnexpected.add(1);
  console.error(`unexpected answer ${answer.status}: ${answer.body}`);
}

function bodyOf({ body }: Answer): Body {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Body) : {};
  } catch {
    return {};
  }
}
