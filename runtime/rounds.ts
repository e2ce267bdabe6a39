/**
 * Work that is done again and again: a round, a pause that the round names, and the next one.
 *
 * R1. One round at a time. `stop` resolves when none is under way, and none begins after it.
 * R2. A round must not throw: what is to happen then is its own affair.
 */
import type { Clock } from './clock.ts';

export class Rounds {
  readonly #clock: Pick<Clock, 'after'>;
  /** Resolves to the pause before the next one, in ms. */
  readonly #round: () => Promise<number>;
  #cancel: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(clock: Pick<Clock, 'after'>, round: () => Promise<number>) {
    this.#clock = clock;
    this.#round = round;
  }

  start(firstAfterMs = 0): void {
    this.#stopped = false;
    this.#next(firstAfterMs);
  }

  /** R1. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  #next(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#clock.after(ms, () => {
      this.#running = this.#round().then((pauseMs) => this.#next(pauseMs));
    });
  }
}
