/**
 * What happens to every request, in this order: route, limit by address, body, identity, limit by buyer,
 * Idempotency-Key, validation, handler. The first that says no answers.
 *
 * W1. Nothing is read from the transport after the turn in which it came: the body is taken first, checked later.
 * W2. Every request ends in exactly one answer; an exception becomes `internal_error` and is logged.
 * W3. Nothing waits for a promise unless something is not in memory: the hot path is one turn to the router.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import { identify, type Identified, type IdentifyDeps } from '../auth/identify.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { TraceParents } from '../trace.ts';
import type { BodyResult, Exchange } from '../transport/port.ts';
import type { OpenAnswer } from './answers.ts';
import { noBody, parseJsonBody, type ParsedBody } from './body.ts';
import { Flight, type FlightDeps } from './flight.ts';
import type { Route, StoreRoute } from './route.ts';
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

type Params = Readonly<Record<string, string>>;

const noParams: Params = {};

export class Pipeline {
  readonly #deps: PipelineDeps;
  readonly #flightDeps: FlightDeps;
  #inFlight = 0;
  #whenIdle: (() => void) | null = null;

  constructor(deps: PipelineDeps) {
    this.#deps = deps;
    const { metrics, traces, logger, clock } = deps;
    this.#flightDeps = { metrics, traces, logger, nowMs: () => clock.monotonicMs(), ended: () => this.#ended() };
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
        return this.#found(exchange, match.route, match.params);
      case 'method_not_allowed':
        if (method === 'OPTIONS') return this.#flight(exchange, null, noParams).respond(preflight(match.allow));
        return this.#flight(exchange, null, noParams).refuse('method_not_allowed', { allow: match.allow });
      default:
        return this.#flight(exchange, null, noParams).refuse(match.kind);
    }
  }

  #flight(exchange: Exchange, route: Route | null, params: Params): Flight {
    this.#inFlight += 1;
    return new Flight(this.#flightDeps, exchange, route, params);
  }

  #ended(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0 || this.#whenIdle === null) return;
    this.#whenIdle();
    this.#whenIdle = null;
  }

  #found(exchange: Exchange, route: Route, params: Params): void {
    if (exchange.request.query !== '' && exchange.request.query.includes('%00'))
      return this.#flight(exchange, route, params).refuse('query_invalid');
    if (route.limited) {
      const take = this.#deps.rates.address(exchange);
      if (take !== null && !take.allowed) return this.#flight(exchange, route, params).limited(take);
    }
    if (route.access === 'open') return run(this.#flight(exchange, route, params), route);
    if (route.access === 'signed') return this.#signed(exchange, route, params);
    if (route.body === null) return this.#identify(this.#flight(exchange, route, params), route);
    exchange.readBody(limits.bodyBytesMax, (result) => {
      const flight = this.#flight(exchange, route, params);
      flight.given = readParsed(result, exchange.request.headers.contentType); // W1
      this.#identify(flight, route);
    });
  }

  #signed(exchange: Exchange, route: Route, params: Params): void {
    exchange.readBody(limits.bodyBytesMax, (result) => {
      const flight = this.#flight(exchange, route, params);
      if (result.kind === 'too_large') return flight.refuse('body_too_large');
      flight.body = Buffer.from(result.bytes); // W1: what is signed is checked later
      run(flight, route);
    });
  }

  #identify(flight: Flight, route: StoreRoute): void {
    try {
      const identified = identify(this.#deps, route.access, flight.headers);
      if (identified instanceof Promise)
        identified.then((found) => this.#identified(flight, route, found)).catch((cause: unknown) => flight.fail(cause));
      else this.#identified(flight, route, identified); // W3
    } catch (cause) {
      flight.fail(cause); // W2
    }
  }

  #identified(flight: Flight, route: StoreRoute, identified: Identified): void {
    if (!identified.ok) return flight.refuse(identified.problem);
    const { buyer } = identified.identity;
    flight.identity = identified.identity;
    if (buyer !== null) {
      flight.take = this.#deps.rates.buyer(buyer);
      if (!flight.take.allowed) return flight.limited(flight.take);
    }
    if (route.needsKey) {
      if (flight.key === '') return flight.refuse('idempotency_key_missing');
      if (flight.key.length > limits.idempotencyKeyLengthMax) return flight.refuse('idempotency_key_invalid');
    }
    if (!flight.given.ok) return flight.refuse(flight.given.problem);
    if (route.body !== null) {
      const given = flight.given.value === undefined && route.bodyOptional ? {} : flight.given.value;
      flight.body = route.plainBody?.(given) ?? null;
      if (flight.body === null) {
        const validated = validate(route.body, given);
        if (!validated.ok) return flight.refuse(validated.problem, { errors: validated.errors });
        flight.body = validated.value;
      }
      flight.given = noBody; // whoever waits for an answer need not keep both
    }
    run(flight, route);
  }
}

/** W2. */
function run(flight: Flight, route: Route): void {
  try {
    const running = route.handle(flight as never, flight.respond.bind(flight));
    if (running instanceof Promise) running.catch((cause: unknown) => flight.fail(cause));
  } catch (cause) {
    flight.fail(cause);
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

function preflight(allow: readonly string[]): OpenAnswer {
  const methods = allow.join(', ');
  return {
    status: 204,
    headers: [
      'allow',
      methods,
      'access-control-allow-origin',
      '*',
      'access-control-allow-methods',
      methods,
      'access-control-allow-headers',
      'authorization, content-type, idempotency-key, if-match, onhand-attempt, onhand-buyer, traceparent',
      'access-control-max-age',
      '86400',
    ],
    body: '',
  };
}
