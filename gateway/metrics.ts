/** What the gateway counts, in a registry that the composition root owns. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Route } from './http/route.ts';

const requestBucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const fanOutBucketsSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

interface Observed {
  readonly observe: (seconds: number) => void;
  readonly count: () => void;
}

export class GatewayMetrics {
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #answers: Counter<'method' | 'route' | 'code'>;
  readonly #observed = new Map<string, Observed>();
  readonly inFlight: Gauge;
  readonly sockets: Gauge;
  readonly topics: Gauge;
  readonly pushed: Counter;
  readonly conflated: Counter;
  readonly closedSockets: Counter<'code'>;
  readonly fanOut: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Histogram({ name: 'onhand_http_request_seconds', help: 'From the whole request read to the answer handed over.', labelNames: ['method', 'route', 'status'], buckets: requestBucketsSeconds, registers });
    this.#answers = new Counter({ name: 'onhand_http_answers_total', help: 'Answers by outcome: ok, or the code of the problem.', labelNames: ['method', 'route', 'code'], registers });
    this.inFlight = new Gauge({ name: 'onhand_http_in_flight', help: 'Requests read and not yet answered.', registers });
    this.sockets = new Gauge({ name: 'onhand_live_sockets', help: 'Open live sockets.', registers });
    this.topics = new Gauge({ name: 'onhand_live_topics', help: 'SKUs somebody watches.', registers });
    this.pushed = new Counter({ name: 'onhand_live_messages_total', help: 'Stock messages handed to sockets.', registers });
    this.conflated = new Counter({ name: 'onhand_live_conflated_total', help: 'Items held back because their socket was behind; the newest value follows.', registers });
    this.closedSockets = new Counter({ name: 'onhand_live_closed_total', help: 'Sockets closed by the server, by code.', labelNames: ['code'], registers });
    this.fanOut = new Histogram({ name: 'onhand_live_fan_out_seconds', help: 'One fan-out from its first to its last socket.', buckets: fanOutBucketsSeconds, registers });
  }

  answered(route: Route | null, method: string, status: number, code: string, seconds: number): void {
    // A method nobody knows would be a label of the client's choosing.
    const path = route?.path ?? '(none)';
    const known = route?.method ?? (knownMethods.has(method) ? method : 'OTHER');
    const key = `${known} ${path} ${status} ${code}`;
    let observed = this.#observed.get(key);
    if (observed === undefined) {
      const histogram = this.#requests.labels(known, path, String(status));
      const counter = this.#answers.labels(known, path, code);
      observed = { observe: (value) => histogram.observe(value), count: () => counter.inc() };
      this.#observed.set(key, observed);
    }
    observed.observe(seconds);
    observed.count();
  }
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);
