/**
 * What was acknowledged when, so that one can say since when the system serves again.
 *
 * Only holds and commits are told here: a refusal or a read needs nothing written, so it proves less.
 */
import type { HttpTimes } from '../http/client.ts';

/** An acknowledgement proves service after a fault only if its request was sent, and answered, after these. */
export interface After {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

interface Waiter {
  readonly matches: (source: string, times: HttpTimes) => boolean;
  readonly resolve: (answeredAtMs: number | null) => void;
}

export class Acknowledgements {
  readonly #waiters = new Set<Waiter>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** `source`: who was answered; the sale or one of the pulses. */
  record(source: string, times: HttpTimes): void {
    this.#count += 1;
    for (const waiter of [...this.#waiters]) {
      if (waiter.matches(source, times)) waiter.resolve(times.endedAtMs);
    }
  }

  /** When the first such acknowledgement came, or null when none did within the time or `stopped` was aborted.
   *  With `source`, one of that source. */
  first(after: After, withinMs: number, options: { readonly source?: string; readonly stopped?: AbortSignal } = {}): Promise<number | null> {
    const { source, stopped } = options;
    return new Promise((resolve) => {
      const end = (answeredAtMs: number | null): void => {
        clearTimeout(timer);
        stopped?.removeEventListener('abort', onStopped);
        this.#waiters.delete(waiter);
        resolve(answeredAtMs);
      };
      const onStopped = (): void => end(null);
      const waiter: Waiter = {
        matches: (from, { sentAtMs, endedAtMs }) =>
          (source === undefined || from === source) && sentAtMs >= after.sentAtMs && endedAtMs >= after.answeredAtMs,
        resolve: end,
      };
      const timer = setTimeout(() => end(null), Math.max(0, withinMs));
      stopped?.addEventListener('abort', onStopped, { once: true });
      this.#waiters.add(waiter);
      if (stopped?.aborted === true) end(null);
    });
  }
}
