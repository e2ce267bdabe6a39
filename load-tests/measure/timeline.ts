/** What happened in each second of a run, for the report and for the progress line. */
import { Latencies } from './latencies.ts';

export interface TimelineSecond {
  readonly second: number;
  readonly holds: number;
  readonly commits: number;
  readonly refusals: number;
  /** Of holds, commits and refusals answered in this second; null when there was none. */
  readonly p99Ms: number | null;
}

export type TimelineEvent = 'hold' | 'commit' | 'refusal';

interface Second {
  holds: number;
  commits: number;
  refusals: number;
  readonly latencies: Latencies;
}

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

  /** Every second from the first to the last with an event, quiet ones included. */
  seconds(): TimelineSecond[] {
    return this.#seconds.map((second, index) => ({
      second: index,
      holds: second.holds,
      commits: second.commits,
      refusals: second.refusals,
      p99Ms: second.latencies.percentileMs(99),
    }));
  }

  #at(index: number): Second {
    const bounded = Math.min(secondsMax, Math.max(0, index));
    while (this.#seconds.length <= bounded) this.#seconds.push({ holds: 0, commits: 0, refusals: 0, latencies: new Latencies(2) });
    const second = this.#seconds[bounded];
    if (second === undefined) throw new Error('the timeline has a gap');
    return second;
  }
}
