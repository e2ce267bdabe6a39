/**
 * How late the machine is: from the moment at which a look was due until its answer may be heard. `look` is a read that
 * goes the way of every command, behind the newest frame (I3), so that a busy event loop, a full mailbox and a slow log
 * all show, and nobody outside does.
 *
 * L1. One look at a time, one every `everyMs` at most. A look that does not come back is as late as it is old.
 * L2. Looks only while somebody watches: an idle machine is not asked.
 */
import type { Clock } from '../../runtime/clock.ts';

export interface LatenessOptions {
  readonly everyMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Calls back once, soon or late. */
  readonly look: (seen: () => void) => void;
  /** What was found; false: nobody watches any more. */
  readonly found: (latenessMs: number) => boolean;
}

export class Lateness {
  readonly #options: LatenessOptions;
  #isWatched = false;
  /** When the look that is under way was due; null: none is. */
  #dueMs: number | null = null;
  #newestMs = 0;

  constructor(options: LatenessOptions) {
    this.#options = options;
  }

  watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#newestMs = 0; // a machine that was late an hour ago is not late for it
    this.#next();
  }

  #next(): void {
    const { clock, everyMs } = this.#options;
    const dueMs = clock.monotonicMs() + everyMs;
    clock.after(everyMs, () => this.#due(dueMs));
  }

  #due(dueMs: number): void {
    const { clock, look, found } = this.#options;
    const isBack = this.#dueMs === null;
    const ageMs = clock.monotonicMs() - (this.#dueMs ?? dueMs);
    this.#isWatched = found(isBack ? this.#newestMs : Math.max(ageMs, this.#newestMs)); // L1
    if (!this.#isWatched) return;
    if (isBack) {
      this.#dueMs = dueMs;
      look(() => {
        this.#newestMs = clock.monotonicMs() - dueMs;
        this.#dueMs = null;
      });
    }
    this.#next();
  }
}
