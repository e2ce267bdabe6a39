/** A clock that moves only when told. `settle` runs everything that is due now, in order, until nothing is. */
import type { Clock } from '../runtime/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

export class ManualClock implements Clock {
  #ms: number;
  #order = 0;
  #timers: Timer[] = [];
  #deferred: (() => void)[] = [];
  /** Added to wall time only: jumps of the wall clock. */
  wallOffsetMs = 0;

  constructor(startMs = 1_700_000_000_000) {
    this.#ms = startMs;
  }

  wallMs(): number {
    return this.#ms + this.wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  after(ms: number, call: () => void): () => void {
    const timer: Timer = { at: this.#ms + ms, order: this.#order++, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  defer(call: () => void): void {
    this.#deferred.push(call);
  }

  /** Until nothing deferred is left and no promise makes more. */
  async settle(): Promise<void> {
    for (let idleTurns = 0; idleTurns < 3; ) {
      const calls = this.#deferred.splice(0);
      idleTurns = calls.length === 0 ? idleTurns + 1 : 0;
      for (const call of calls) call();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async advance(ms: number): Promise<void> {
    const until = this.#ms + ms;
    await this.settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#ms = Math.max(this.#ms, next.at);
      next.call();
      await this.settle();
    }
    this.#ms = until;
  }

  #next(until: number): Timer | undefined {
    return this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}
