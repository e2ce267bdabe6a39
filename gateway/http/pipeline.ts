/**
 * What happens to every request, in this order: route, limit by address, body, identity, limit by buyer,
 * Idempotency-Key, validation, handler. The first that says no answers.
 *
 * W1. Nothing is read from the transport after the turn in which it came: the body is taken first, checked later.
 * W2. Every request ends in exactly one answer; an exception becomes `internal_error` and is logged.
 * W3. Answers carry `traceparent`; those to browsers of other origins, CORS headers.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import { TenantsUnavailable } from '../../services/tenants/port.ts';
import { identify, type IdentifyDeps } from '../auth/identify.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { Take } from '../limits/token-buckets.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { ProblemCode } from '../problems.ts';
import type { TraceParents } from '../trace.ts';
import type { BodyResult, Exchange } from '../transport/port.ts';
import { type OpenAnswer, problemAnswer, type ProblemMore } from './answers.ts';
import { parseJsonBody, type ParsedBody } from './body.ts';
import type { Identity, OpenRoute, Route, StoreRoute } from './route.ts';
import type { RouteTable } from './route-table.ts';
import { validate } from './validate.ts';

export interface PipelineDeps extends IdentifyDeps {
  readonly table: RouteTable;
  readonly rates: RateLimits;
  readonly metrics: GatewayMetrics;
  readonly traces: TraceParents;
  readonly clock: Clock;
  readonly logger: Logger;
}

const noBody: ParsedBody = { ok: true, value: undefined };

export class Pipeline {
  readonly #deps: PipelineDeps;
  #inFlight = 0;
  #whenIdle: (() => void) | null = null;

  constructor(deps: PipelineDeps) {
    this.#deps = deps;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when every request read so far is answered. */
  idle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => (this.#whenIdle = resolve));
  }

  handle(exchange: Exchange): void {
    const { method, path } = exchange.request;
    const match = this.#deps.table.match(method, path);
    switch (match.kind) {
      case 'found':
        return this.#route(exchange, match.route, match.params);
      case 'method_not_allowed':
        if (method === 'OPTIONS') return new Flight(this, exchange, null).respond(preflight(match.allow));
        return new Flight(this, exchange, null).refuse('method_not_allowed', { allow: match.allow });
      default:
        return new Flight(this, exchange, null).refuse(match.kind);
    }
  }

  #route(exchange: Exchange, route: Route, params: Readonly<Record<string, string>>): void {
    if (route.limited) {
      const take = this.#deps.rates.address(() => exchange.remoteAddress());
      if (take !== null && !take.allowed) return new Flight(this, exchange, route).limited(take);
    }
    if (route.access === 'open') return this.#open(exchange, route, params);
    if (route.body === null) return this.#identified(new Flight(this, exchange, route), route, params, noBody);
    exchange.readBody(limits.bodyBytesMax, (result) => {
      const flight = new Flight(this, exchange, route);
      this.#identified(flight, route, params, readParsed(result, exchange.request.headers.contentType));
    });
  }

  #open(exchange: Exchange, route: OpenRoute, params: Readonly<Record<string, string>>): void {
    const flight = new Flight(this, exchange, route);
    const { headers, query } = exchange.request;
    flight.guard(() => route.handle({ headers, params, query, body: undefined }, (answer) => flight.respond(answer)));
  }

  #identified(flight: Flight, route: StoreRoute, params: Readonly<Record<string, string>>, body: ParsedBody): void {
    const { headers } = flight.exchange.request;
    const failed = (cause: unknown): void => flight.fail(cause);
    flight.guard(() =>
      identify(this.#deps, route.access, headers, (result) => {
        if (!result.ok) flight.refuse(result.problem);
        else this.#admitted(flight, route, params, body, result.identity);
      }, failed),
    );
  }

  #admitted(flight: Flight, route: StoreRoute, params: Readonly<Record<string, string>>, body: ParsedBody, identity: Identity): void {
    if (identity.buyer !== null) {
      flight.take = this.#deps.rates.buyer(identity.buyer);
      if (!flight.take.allowed) return flight.limited(flight.take);
    }
    const { headers, query } = flight.exchange.request;
    if (route.needsKey) {
      if (headers.idempotencyKey === '') return flight.refuse('idempotency_key_missing');
      if (headers.idempotencyKey.length > limits.idempotencyKeyLengthMax) return flight.refuse('idempotency_key_invalid');
    }
    if (!body.ok) return flight.refuse(body.problem);
    const call = { headers, params, query, identity, route: `${route.method} ${route.path}`, key: headers.idempotencyKey };
    const respond = (answer: OpenAnswer): void => flight.respond(answer);
    if (route.body === null) return flight.guard(() => route.handle({ ...call, body: undefined }, respond));
    const given = body.value === undefined && route.bodyOptional ? {} : body.value;
    const validated = validate(route.body, given);
    if (!validated.ok) return flight.refuse(validated.problem, { errors: validated.errors });
    flight.guard(() => route.handle({ ...call, body: validated.value }, respond));
  }

  // --- for flights ---------------------------------------------------------------------------------

  started(): void {
    this.#inFlight += 1;
    this.#deps.metrics.inFlight.inc();
  }

  ended(flight: Flight, answer: OpenAnswer): void {
    this.#inFlight -= 1;
    this.#deps.metrics.inFlight.dec();
    const seconds = (this.#deps.clock.monotonicMs() - flight.startedMs) / 1_000;
    this.#deps.metrics.answered(flight.route, flight.exchange.request.method, answer.status, answer.code ?? 'ok', seconds);
    if (this.#inFlight > 0 || this.#whenIdle === null) return;
    this.#whenIdle();
    this.#whenIdle = null;
  }

  get deps(): PipelineDeps {
    return this.#deps;
  }
}

/** One request on its way to its one answer. */
class Flight {
  readonly exchange: Exchange;
  readonly route: Route | null;
  readonly startedMs: number;
  take: Take | null = null;
  readonly #pipeline: Pipeline;
  #answered = false;

  constructor(pipeline: Pipeline, exchange: Exchange, route: Route | null) {
    this.#pipeline = pipeline;
    this.exchange = exchange;
    this.route = route;
    this.startedMs = pipeline.deps.clock.monotonicMs();
    pipeline.started();
  }

  respond(answer: OpenAnswer): void {
    if (this.#answered) {
      this.#pipeline.deps.logger.error({ route: this.route?.path }, 'a request was answered twice; the second answer is dropped');
      return;
    }
    this.#answered = true;
    const { headers } = this.exchange.request;
    answer.headers.push('traceparent', this.#pipeline.deps.traces.of(headers.traceparent)); // W3
    if (headers.origin !== '') answer.headers.push(...corsHeaders);
    if (this.take !== null) answer.headers.push(...rateHeaders(this.take));
    this.exchange.respond(answer);
    this.#pipeline.ended(this, answer);
  }

  refuse(problem: ProblemCode, more: ProblemMore = {}): void {
    this.respond(problemAnswer(problem, more));
  }

  limited(take: Take): void {
    this.take = take;
    this.refuse('rate_limited', { retryAfterMs: take.resetMs });
  }

  /** W2. */
  guard(run: () => void | Promise<void>): void {
    try {
      const running = run();
      if (running instanceof Promise) running.catch((cause: unknown) => this.fail(cause));
    } catch (cause) {
      this.fail(cause);
    }
  }

  fail(cause: unknown): void {
    const unavailable = cause instanceof TenantsUnavailable;
    this.#pipeline.deps.logger[unavailable ? 'warn' : 'error']({ err: cause, route: this.route?.path }, 'a request failed');
    if (!this.#answered) this.refuse(unavailable ? 'rows_unavailable' : 'internal_error');
  }
}

function readParsed(result: BodyResult, contentType: string): ParsedBody {
  if (result.kind === 'too_large') return { ok: false, problem: 'body_too_large' };
  if (result.bytes.length === 0) return noBody;
  if (!isJson(contentType)) return { ok: false, problem: 'content_type_unsupported' };
  return parseJsonBody(result.bytes, limits.jsonDepthMax);
}

function isJson(contentType: string): boolean {
  return contentType === 'application/json' || /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType);
}

/** Keys travel in `Authorization`, never in cookies, so any origin may call; what it may do is the key's business. */
const corsHeaders = ['access-control-allow-origin', '*', 'access-control-expose-headers', 'onhand-position, etag, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, traceparent'];

function preflight(allow: readonly string[]): OpenAnswer {
  const methods = allow.join(', ');
  return {
    status: 204,
    headers: ['allow', methods, 'access-control-allow-methods', methods, 'access-control-allow-headers', 'authorization, content-type, idempotency-key, if-match, onhand-buyer, traceparent', 'access-control-max-age', '86400'],
    body: '',
  };
}

function rateHeaders(take: Take): string[] {
  return ['ratelimit-limit', String(take.limit), 'ratelimit-remaining', String(take.remaining), 'ratelimit-reset', String(Math.ceil(take.resetMs / 1_000))];
}
