/**
 * How often a process may be fenced and take its shards over again before it believes that another process
 * owns the log. A broker that lost its connection in the middle of an append can look like a rival once; a
 * rival that lives looks like one again and again, and two that fence each other in turns serve nobody.
 */
import type { Clock } from '../../runtime/clock.ts';

const windowMs = 60_000;
const fencesMax = 3;

export class FenceBudget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** Instants of the last fences, by shard. */
  readonly #fences = new Map<number, number[]>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Notes that a shard was fenced; whether it may be taken over again. */
  allows(shard: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const recent = (this.#fences.get(shard) ?? []).filter((atMs) => nowMs - atMs < windowMs);
    recent.push(nowMs);
    this.#fences.set(shard, recent);
    return recent.length <= fencesMax;
  }
}
