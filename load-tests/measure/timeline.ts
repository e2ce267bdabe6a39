/** What happened in each second of a run, for the report and for the progress line. */
import { Latencies } from './latencies.ts';

export interface TimelineSecond {
  readonly second: number;
  readonly holds: number;
  readonly commits: number;
  readonly refusals: number;
  /** Of holds, commits and refusals answered in this second; null when there was none. */
  readonly p99Ms: number | null;
  /** Of the same; null when there was none. */
  readonly p50Ms: number | null;
  /** Units at the end of the second, or of the last one before it that was looked at; null before the first. */
  readonly available: number | null;
  readonly held: number | null;
  readonly committed: number | null;
}

/** Units as pages and buyers know them; null = nobody shows it. */
export interface StockSample {
  readonly available: number | null;
  readonly held: number | null;
  readonly committed: number | null;
}

export type TimelineEvent = 'hold' | 'commit' | 'refusal';

interface Second {
  holds: number;
  commits: number;
  refusals: number;
  readonly latencies: Latencies;
  stock: StockSample | null;
}

const unknownStock: StockSample = { available: null, held: null, committed: null };

/** Seconds beyond this are counted into the last one, so that a long run stays bounded. */
const secondsMax = 36_000;

export class Timeline {
  readonly #startedAtMs: number;
  readonly #seconds: Second[] = [];

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  record(event: TimelineEvent, atMs: number, latencyMs: number): void {
    const second = this.#at(Math.floor((atMs - this.#startedAtMs) / 1_000));
    if (event === 'hold') second.holds += 1;
    else if (event === 'commit') second.commits += 1;
    else second.refusals += 1;
    second.latencies.record(latencyMs);
  }

  sample(atMs: number, stock: StockSample): void {
    // Taken about when a second ends, it tells of that second.
    this.#at(Math.round((atMs - this.#startedAtMs) / 1_000) - 1).stock = stock;
  }

  /** Every second from the first to the last with an event or a sample, quiet ones included. */
  seconds(): TimelineSecond[] {
    let stock = unknownStock;
    return this.#seconds.map((second, index) => {
      stock = second.stock ?? stock;
      const { holds, commits, refusals, latencies } = second;
      return { second: index, holds, commits, refusals, p99Ms: latencies.percentileMs(99), p50Ms: latencies.percentileMs(50), ...stock };
    });
  }

  #at(index: number): Second {
    const bounded = Math.min(secondsMax, Math.max(0, index));
    while (this.#seconds.length <= bounded)
      this.#seconds.push({ holds: 0, commits: 0, refusals: 0, latencies: new Latencies(2), stock: null });
    const second = this.#seconds[bounded];
    if (second === undefined) throw new Error('the timeline has a gap');
    return second;
  }
}
