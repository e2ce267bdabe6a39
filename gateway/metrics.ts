/** What the gateway counts, in a registry that the composition root owns. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Route } from './http/route.ts';
import type { ProblemCode } from './problems.ts';
import { RequestMetrics } from './request-metrics.ts';

const fanOutBucketsSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Levels that are looked at when somebody scrapes, not kept twice. */
export interface Levels {
  readonly inFlight: () => number;
  readonly sockets: () => number;
  readonly topics: () => number;
}

export class GatewayMetrics {
  readonly #requests: RequestMetrics;
  readonly pushed: Counter;
  readonly conflated: Counter;
  readonly closedSockets: Counter<'code'>;
  readonly fanOut: Histogram;
  levels: Levels = { inFlight: () => 0, sockets: () => 0, topics: () => 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new RequestMetrics(registry);
    this.#level(registry, 'onhand_http_in_flight', 'Requests read and not yet answered.', 'inFlight');
    this.#level(registry, 'onhand_live_sockets', 'Open live sockets.', 'sockets');
    this.#level(registry, 'onhand_live_topics', 'SKUs somebody watches.', 'topics');
    this.pushed = new Counter({ name: 'onhand_live_messages_total', help: 'Stock messages handed to sockets.', registers });
    this.conflated = new Counter({
      name: 'onhand_live_conflated_total',
      help: 'Items held back because their socket was behind; the newest value follows.',
      registers,
    });
    this.closedSockets = new Counter({
      name: 'onhand_live_closed_total',
      help: 'Sockets closed by the server, by code.',
      labelNames: ['code'],
      registers,
    });
    this.fanOut = new Histogram({
      name: 'onhand_live_fan_out_seconds',
      help: 'One fan-out from its first to its last socket.',
      buckets: fanOutBucketsSeconds,
      registers,
    });
  }

  answered(route: Route | null, method: string, status: number, code: ProblemCode | undefined, seconds: number): void {
    this.#requests.observe(route, method, status, code, seconds);
  }

  #level(registry: Registry, name: string, help: string, level: keyof Levels): void {
    const levelNow = (): number => this.levels[level]();
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(levelNow());
      },
    });
  }
}
