/** One request on its way to its one answer: what the handler is called with, and what it answers through. */
import type { Logger } from 'pino';
import { PricingUnavailable } from '../../services/pricing/port.ts';
import { SettingsUnavailable } from '../../runtime/settings/port.ts';
import { TenantsUnavailable } from '../../services/tenants/port.ts';
import type { Take } from '../limits/token-buckets.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { ProblemCode } from '../problems.ts';
import type { TraceParents } from '../trace.ts';
import type { Exchange, RequestHeaders } from '../transport/port.ts';
import { type OpenAnswer, problemAnswer, type ProblemMore } from './answers.ts';
import { noBody, type ParsedBody } from './body.ts';
import type { Call, Identity, Route } from './route.ts';

/** What all flights share. */
export interface FlightDeps {
  readonly metrics: GatewayMetrics;
  readonly traces: TraceParents;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly ended: () => void;
}

/** What many routes need to know first, from rows: whoever asks may come again. */
const away = [TenantsUnavailable, PricingUnavailable, SettingsUnavailable] as const;

const nobody: Identity = {
  store: { storeId: '', name: '', subdomain: '', demo: false, paused: false, publishableKey: '' },
  buyer: null,
  scope: '',
  merchant: false,
};

/** Fields that are not known yet hold what a handler of an open route may see. */
export class Flight implements Call<unknown> {
  readonly exchange: Exchange;
  readonly matched: Route | null;
  readonly params: Readonly<Record<string, string>>;
  /** As read; `body` is what passed the route's schema. */
  given: ParsedBody = noBody;
  body: unknown = undefined;
  identity: Identity = nobody;
  take: Take | null = null;
  readonly #deps: FlightDeps;
  readonly #startedMs: number;
  #isAnswered = false;

  constructor(deps: FlightDeps, exchange: Exchange, matched: Route | null, params: Readonly<Record<string, string>>) {
    this.#deps = deps;
    this.#startedMs = deps.nowMs();
    this.exchange = exchange;
    this.matched = matched;
    this.params = params;
  }

  get headers(): RequestHeaders {
    return this.exchange.request.headers;
  }

  get query(): string {
    return this.exchange.request.query;
  }

  get key(): string {
    return this.exchange.request.headers.idempotencyKey;
  }

  get route(): string {
    return this.matched === null ? '' : `${this.matched.method} ${this.matched.path}`;
  }

  respond(answer: OpenAnswer): void {
    const { logger, traces, metrics, nowMs, ended } = this.#deps;
    if (this.#isAnswered) return logger.error({ route: this.route }, 'a request was answered twice; the second answer is dropped');
    this.#isAnswered = true;
    const { headers, method } = this.exchange.request;
    answer.headers.push('traceparent', traces.of(headers.traceparent));
    if (headers.origin !== '') answer.headers.push(...corsHeaders);
    if (this.take !== null) pushRate(answer.headers, this.take);
    this.exchange.respond(answer);
    metrics.answered(this.matched, method, answer.status, answer.code, (nowMs() - this.#startedMs) / 1_000);
    ended();
  }

  refuse(problem: ProblemCode, more: ProblemMore = {}): void {
    this.respond(problemAnswer(problem, more));
  }

  limited(take: Take): void {
    this.take = take;
    this.refuse('rate_limited', { retryAfterMs: take.resetMs });
  }

  fail(cause: unknown): void {
    const isAway = away.some((kind) => cause instanceof kind);
    this.#deps.logger[isAway ? 'warn' : 'error']({ err: cause, route: this.route }, 'a request failed');
    if (!this.#isAnswered) this.refuse(isAway ? 'rows_unavailable' : 'internal_error');
  }
}

/** Keys travel in `Authorization`, never in cookies, so any origin may call; what it may do is the key's business. */
const corsHeaders = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  'onhand-position, onhand-order, onhand-attempt, idempotent-replayed, location, etag, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, traceparent',
];

function pushRate(headers: string[], take: Take): void {
  headers.push(
    'ratelimit-limit',
    String(take.limit),
    'ratelimit-remaining',
    String(take.remaining),
    'ratelimit-reset',
    String(Math.ceil(take.resetMs / 1_000)),
  );
}
