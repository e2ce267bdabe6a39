/**
 * Who is turned away hears it a while later, as far as there is room for more who wait: those who ask again at once, whatever
 * they are told, would otherwise do it hundreds of times a second. To refuse costs half of what it costs to serve, so they
 * would keep the machine late with nothing else.
 */
import type { Clock } from '../../runtime/clock.ts';

export interface WayOutOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly afterMs: number;
  /** As many may be on their way out; the next hears it at once. */
  readonly leavingMax: number;
}

export class WayOut {
  readonly #options: WayOutOptions;
  #leaving = 0;

  constructor(options: WayOutOptions) {
    this.#options = options;
  }

  /** `say` is told for how long it was kept, at once or later. */
  leave(say: (keptMs: number) => void): void {
    const { clock, afterMs, leavingMax } = this.#options;
    if (this.#leaving >= leavingMax) return say(0);
    this.#leaving += 1;
    clock.after(afterMs, () => {
      this.#leaving -= 1;
      say(afterMs);
    });
  }
}
