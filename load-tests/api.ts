/**
 * The public API as a virtual buyer or merchant uses it: requests out, answers read into unions. Wire
 * facts only (paths, headers, field names); the server's code is not consulted.
 *
 * W1. Every POST carries an Idempotency-Key; sending again with the same key is always safe.
 * W2. `again` and `lost` are the only answers after which the caller does not know: the same request,
 *     under the same key, must be sent again.
 */
import type { HttpClient, HttpOutcome, HttpRequest, HttpTimes } from './http/client.ts';

export interface Keys {
  readonly publishable: string;
  readonly secret: string;
}

/** Who sends a request: a buyer shows the publishable key and a token, the merchant the secret key. */
export type Sender =
  | { readonly kind: 'buyer'; readonly publishableKey: string; readonly token: string }
  /** With a token: on behalf of that buyer. */
  | { readonly kind: 'merchant'; readonly secretKey: string; readonly buyerToken?: string };

/** What every answer may also be. */
export type Undecided =
  /** Busy, limited, or the outcome is unknown: send again, not sooner than this. */
  | (HttpTimes & { readonly kind: 'again'; readonly afterMs: number; readonly status: number; readonly code: string })
  | (HttpTimes & { readonly kind: 'lost'; readonly reason: string })
  | (HttpTimes & { readonly kind: 'unexpected'; readonly status: number; readonly code: string });

export type HoldAnswer =
  | Undecided
  | (HttpTimes & { readonly kind: 'held'; readonly holdId: string; readonly expiresAtMs: number; readonly position: string | null })
  /** A repeat of a request whose hold has ended meanwhile. */
  | (HttpTimes & { readonly kind: 'ended'; readonly code: string })
  | (HttpTimes & {
      readonly kind: 'refused';
      readonly sku: string;
      readonly available: number;
      readonly held: number;
      readonly final: boolean;
      readonly position: string | null;
    });

export type EndAnswer =
  | Undecided
  | (HttpTimes & { readonly kind: 'done'; readonly position: string | null })
  /** The hold had ended otherwise before: expired, released, or committed. `isWithOrder`: an order has its units, and gives
   *  them back to the hold if it comes to nothing. */
  | (HttpTimes & { readonly kind: 'ended'; readonly code: string; readonly isWithOrder: boolean });

export type DoneAnswer = Undecided | (HttpTimes & { readonly kind: 'done'; readonly body: Json });

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface HoldLine {
  readonly sku: string;
  readonly quantity: number;
}

const againDefaultMs = 200;
/** Between tries that nobody paces. */
const backoffMaxMs = 5_000;
/** Who is told when to come does as told, within reason. */
export const toldMaxMs = 60_000;

export function senderHeaders(sender: Sender): Record<string, string> {
  return sender.kind === 'merchant'
    ? { Authorization: `Bearer ${sender.secretKey}`, ...(sender.buyerToken === undefined ? {} : { 'Onhand-Buyer': sender.buyerToken }) }
    : { Authorization: `Bearer ${sender.publishableKey}`, 'Onhand-Buyer': sender.token };
}

export function holdRequest(sender: Sender, key: string, lines: readonly HoldLine[], ttlSeconds: number): HttpRequest {
  const [first, second] = lines;
  const asked = first !== undefined && second === undefined ? { sku: first.sku, quantity: first.quantity } : { lines };
  return {
    method: 'POST',
    path: '/v1/holds',
    headers: { ...senderHeaders(sender), 'Idempotency-Key': key },
    body: { ...asked, ttlSeconds },
  };
}

export function commitRequest(sender: Sender, key: string, holdId: string): HttpRequest {
  return {
    method: 'POST',
    path: `/v1/holds/${encodeURIComponent(holdId)}/commit`,
    headers: { ...senderHeaders(sender), 'Idempotency-Key': key },
    body: {},
    urgent: true,
  };
}

export function releaseRequest(sender: Sender, holdId: string): HttpRequest {
  return { method: 'DELETE', path: `/v1/holds/${encodeURIComponent(holdId)}`, headers: senderHeaders(sender), urgent: true };
}

/** An admin command, such as `stock/receive`. */
export function adminRequest(secretKey: string, path: string, key: string, body: Json): HttpRequest {
  return { method: 'POST', path: `/v1/admin/${path}`, headers: { Authorization: `Bearer ${secretKey}`, 'Idempotency-Key': key }, body };
}

export function readHoldAnswer(outcome: HttpOutcome): HoldAnswer {
  const undecided = readUndecided(outcome);
  if (undecided !== null) return undecided;
  const { status, body } = answered(outcome);
  const fields = readObject(body);
  if (status === 201 && typeof fields['holdId'] === 'string' && typeof fields['expiresAt'] === 'string') {
    if (fields['status'] !== 'held') return { ...times(outcome), kind: 'ended', code: String(fields['status']) };
    return {
      ...times(outcome),
      kind: 'held',
      holdId: fields['holdId'],
      expiresAtMs: Date.parse(fields['expiresAt']),
      position: position(outcome),
    };
  }
  if (status === 409 && fields['code'] === 'insufficient_stock') {
    return {
      ...times(outcome),
      kind: 'refused',
      sku: String(fields['sku'] ?? ''),
      available: Number(fields['available'] ?? 0),
      held: Number(fields['held'] ?? 0),
      final: fields['final'] === true,
      position: position(outcome),
    };
  }
  return unexpected(outcome);
}

const endedCodes = new Set(['hold_ended', 'already_committed', 'hold_unknown']);

export function readEndAnswer(outcome: HttpOutcome): EndAnswer {
  const undecided = readUndecided(outcome);
  if (undecided !== null) return undecided;
  const { status, body } = answered(outcome);
  if (status === 200 || status === 204) return { ...times(outcome), kind: 'done', position: position(outcome) };
  const code = readCode(body);
  if ((status === 409 || status === 404) && endedCodes.has(code))
    return { ...times(outcome), kind: 'ended', code, isWithOrder: readObject(body)['holdStatus'] === 'absorbed' };
  return unexpected(outcome);
}

/** For requests that can only succeed or be tried again. */
export function readDoneAnswer(outcome: HttpOutcome): DoneAnswer {
  const undecided = readUndecided(outcome);
  if (undecided !== null) return undecided;
  const { status, body } = answered(outcome);
  if (status >= 200 && status < 300) return { ...times(outcome), kind: 'done', body: body === '' ? null : readJson(body) };
  return unexpected(outcome);
}

/** Sends until the answer is definite (W2) or `untilMs` has passed; the last answer either way. */
export async function sendUntilDecided<Answer extends { readonly kind: string; readonly endedAtMs: number }>(
  client: HttpClient,
  request: HttpRequest,
  read: (outcome: HttpOutcome) => Answer | Undecided,
  untilMs: number,
): Promise<Answer | Undecided> {
  let backoffMs = againDefaultMs;
  for (;;) {
    const answer = read(await client.request(request));
    if (answer.kind !== 'again' && answer.kind !== 'lost') return answer;
    if (answer.endedAtMs >= untilMs) return answer;
    await pause('afterMs' in answer ? Math.max(backoffMs, answer.afterMs) : backoffMs);
    backoffMs = Math.min(backoffMaxMs, backoffMs * 1.5);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export function readJson(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return null;
  }
}

export function readObject(body: string): { readonly [name: string]: Json | undefined } {
  const json = readJson(body);
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? (json as { readonly [name: string]: Json | undefined }) : {};
}

function readUndecided(outcome: HttpOutcome): Undecided | null {
  if (outcome.kind === 'lost') return { ...times(outcome), kind: 'lost', reason: outcome.reason };
  if (!maybeLater(outcome)) return null;
  const seconds = Number(outcome.headers.get('retry-after') ?? Number.NaN);
  const afterMs = Number.isFinite(seconds) ? Math.min(toldMaxMs, seconds * 1_000) : againDefaultMs;
  return { ...times(outcome), kind: 'again', afterMs, status: outcome.status, code: readCode(outcome.body) };
}

/** Too many requests, any fault of the server, or a hold that is being changed this very moment. */
function maybeLater(outcome: Extract<HttpOutcome, { kind: 'answered' }>): boolean {
  return outcome.status === 429 || outcome.status >= 500 || (outcome.status === 409 && readCode(outcome.body) === 'hold_busy');
}

function unexpected(outcome: HttpOutcome): Undecided {
  const { status, body } = answered(outcome);
  return { ...times(outcome), kind: 'unexpected', status, code: readCode(body) };
}

function answered(outcome: HttpOutcome): Extract<HttpOutcome, { kind: 'answered' }> {
  if (outcome.kind !== 'answered') throw new Error('a lost answer has no status');
  return outcome;
}

function readCode(body: string): string {
  const code = readObject(body)['code'];
  return typeof code === 'string' ? code : '';
}

function position(outcome: HttpOutcome): string | null {
  return answered(outcome).headers.get('onhand-position') ?? null;
}

function times(outcome: HttpTimes): HttpTimes {
  return { askedAtMs: outcome.askedAtMs, sentAtMs: outcome.sentAtMs, endedAtMs: outcome.endedAtMs };
}
