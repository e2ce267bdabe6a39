/**
 * Percentiles of latencies, bounded in memory however many are recorded (HDR histogram, 3 significant
 * digits unless asked for fewer, in microseconds).
 */
import { type Histogram, build } from 'hdr-histogram-js';

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const microsecondsMax = 3_600_000_000;

export class Latencies {
  readonly #histogram: Histogram;
  #maxMs = 0;

  constructor(significantDigits: 2 | 3 = 3) {
    this.#histogram = build({
      bitBucketSize: 32,
      lowestDiscernibleValue: 1,
      highestTrackableValue: microsecondsMax,
      numberOfSignificantValueDigits: significantDigits,
    });
  }

  record(milliseconds: number): void {
    const clamped = Math.max(0, milliseconds);
    this.#maxMs = Math.max(this.#maxMs, clamped);
    this.#histogram.recordValue(Math.min(microsecondsMax, Math.max(1, Math.round(clamped * 1_000))));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** `null` when nothing was recorded: nothing measured is not zero. */
  percentileMs(percentile: number): number | null {
    if (this.count === 0) return null;
    return roundMs(Math.min(this.#maxMs, this.#histogram.getValueAtPercentile(percentile) / 1_000));
  }

  percentiles(): Percentiles | null {
    const [p50, p95, p99] = [this.percentileMs(50), this.percentileMs(95), this.percentileMs(99)];
    if (p50 === null || p95 === null || p99 === null) return null;
    return { p50, p95, p99, max: roundMs(this.#maxMs) };
  }
}

export function roundMs(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
