/**
 * Latency and outcome of every request, by route. A histogram of prom-client's own hashes its labels for each
 * observation, which costs more than routing a request; this one keeps a row per route and outcome and
 * speaks prom-client's language only when it is scraped.
 */
import type { Metric, MetricObject, Registry } from 'prom-client';
import type { ProblemCode } from './problems.ts';
import type { Route } from './http/route.ts';

const bucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Row {
  readonly labels: { readonly method: string; readonly route: string; readonly status: string; readonly code: string };
  /** How many fell into each bucket; the last one is everything beyond. */
  readonly counts: number[];
  sumSeconds: number;
}

interface Value {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A method nobody knows would be a label of the client's choosing. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

export class RequestMetrics {
  /** By route, then by what it was answered with. */
  readonly #rows = new Map<Route | string, Map<ProblemCode | number, Row>>();

  constructor(registry: Registry) {
    register(registry, 'onhand_http_request_seconds', 'histogram', 'From the whole request read to the answer handed over.', () =>
      this.#histogram(),
    );
    register(registry, 'onhand_http_answers_total', 'counter', 'Answers by outcome: ok, or the code of the problem.', () =>
      this.#answers(),
    );
  }

  observe(route: Route | null, method: string, status: number, code: ProblemCode | undefined, seconds: number): void {
    const row = this.#rowOf(route ?? (knownMethods.has(method) ? method : 'OTHER'), code ?? status, status);
    let bucket = 0;
    while (bucket < bucketsSeconds.length && seconds > bucketsSeconds[bucket]!) bucket += 1;
    row.counts[bucket]! += 1;
    row.sumSeconds += seconds;
  }

  #rowOf(route: Route | string, outcome: ProblemCode | number, status: number): Row {
    let rows = this.#rows.get(route);
    if (rows === undefined) this.#rows.set(route, (rows = new Map()));
    let row = rows.get(outcome);
    if (row === undefined) {
      const named = typeof route === 'string' ? { method: route, route: '(none)' } : { method: route.method, route: route.path };
      const labels = { ...named, status: String(status), code: typeof outcome === 'string' ? outcome : 'ok' };
      rows.set(outcome, (row = { labels, counts: Array.from({ length: bucketsSeconds.length + 1 }, () => 0), sumSeconds: 0 }));
    }
    return row;
  }

  *#all(): Iterable<Row> {
    for (const rows of this.#rows.values()) yield* rows.values();
  }

  #histogram(): Value[] {
    return [...this.#all()].flatMap(({ labels, counts, sumSeconds }) => {
      let below = 0;
      const buckets = counts.map((count, index) => ({
        metricName: 'onhand_http_request_seconds_bucket',
        labels: { le: bucketsSeconds[index] ?? '+Inf', ...labels },
        value: (below += count),
      }));
      return [
        ...buckets,
        { metricName: 'onhand_http_request_seconds_sum', labels, value: sumSeconds },
        { metricName: 'onhand_http_request_seconds_count', labels, value: below },
      ];
    });
  }

  #answers(): Value[] {
    const totals = new Map<string, { labels: Record<string, string>; value: number }>();
    for (const {
      labels: { method, route, code },
      counts,
    } of this.#all()) {
      const name = `${method} ${route} ${code}`;
      const total = totals.get(name) ?? { labels: { method, route, code }, value: 0 };
      totals.set(name, { ...total, value: total.value + counts.reduce((sum, count) => sum + count, 0) });
    }
    return [...totals.values()];
  }
}

function register(registry: Registry, name: string, type: string, help: string, values: () => Value[]): void {
  const metric = {
    name,
    help,
    get: async () => ({ name, help, type, aggregator: 'sum', values: values() }) as unknown as MetricObject,
    reset() {},
  };
  registry.registerMetric(metric as unknown as Metric);
}
