/** What k6 measured, as its `--summary-export` file says it. A metric that was never added to is absent there. */
export interface ThresholdVerdict {
  readonly metric: string;
  /** As in the scenario, such as `p(99)<250`. */
  readonly threshold: string;
  readonly ok: boolean;
}

export interface K6Metrics {
  /** By metric: its numbers by k6's names, such as `count`, `p(99)`. */
  readonly values: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly thresholds: readonly ThresholdVerdict[];
}

/** Throws when it is not what it is said to be. */
export function readMetrics(json: string): K6Metrics {
  const { metrics } = JSON.parse(json) as { readonly metrics?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  if (metrics === undefined) throw new Error('k6 wrote a summary without metrics');
  const values = new Map<string, Record<string, number>>();
  const thresholds: ThresholdVerdict[] = [];
  for (const [metric, fields] of Object.entries(metrics)) {
    const numbers = Object.entries(fields).filter((field): field is [string, number] => typeof field[1] === 'number');
    values.set(metric, Object.fromEntries(numbers));
    const crossed = (fields['thresholds'] ?? {}) as Readonly<Record<string, boolean>>;
    for (const [threshold, isCrossed] of Object.entries(crossed)) thresholds.push({ metric, threshold, ok: !isCrossed });
  }
  return { values, thresholds };
}

/** Of a counter; 0 when nothing was counted. */
export function countOf({ values }: K6Metrics, counter: string): number {
  return values.get(counter)?.['count'] ?? 0;
}
