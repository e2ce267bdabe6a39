/**
 * The clock of a shard: the time of the last frame plus what has passed on the monotonic clock since.
 * It never goes back (F2) and does not care what the wall clock does between frames.
 */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';

export class ShardClock {
  readonly #clock: Clock;
  #at: Instant;
  #monotonicMs: number;

  /** `at`: the later of the previous frame's time and the log store's time; `readAtMs`: what the monotonic
   *  clock said when that was read. A take-over takes time, and what it took has passed. */
  constructor(clock: Clock, at: Instant, readAtMs = clock.monotonicMs()) {
    this.#clock = clock;
    this.#at = at;
    this.#monotonicMs = readAtMs;
  }

  now(): Instant {
    const elapsedMs = Math.max(0, Math.floor(this.#clock.monotonicMs() - this.#monotonicMs));
    return this.#at + elapsedMs;
  }

  /** Milliseconds until an instant; 0 when it has come. */
  until(instant: Instant): number {
    return Math.max(0, instant - this.now());
  }
}
