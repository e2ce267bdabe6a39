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

interface Acknowledgement {
  readonly source: string;
  readonly times: HttpTimes;
}

interface Waiter {
  readonly matches: (acknowledgement: Acknowledgement) => boolean;
  readonly resolve: (answeredAtMs: number | null) => void;
}

/** Newer ones of a very long outage are only counted; who waits for one hears of it all the same. */
const rememberedMax = 200_000;

export class Acknowledgements {
  readonly #waiters = new Set<Waiter>();
  readonly #remembered: Acknowledgement[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** `source`: who was answered; the sale or a product of the pulse. */
  record(source: string, times: HttpTimes): void {
    this.#count += 1;
    const acknowledgement = { source, times };
    if (this.#remembered.length < rememberedMax) this.#remembered.push(acknowledgement);
    for (const waiter of [...this.#waiters]) {
      if (waiter.matches(acknowledgement)) waiter.resolve(times.endedAtMs);
    }
  }

  /** What was recorded until now answers no question any more. */
  forget(): void {
    this.#remembered.length = 0;
  }

  /** When the first such acknowledgement came, or will have come; null when none did within the time. */
  first(after: After, withinMs: number, source?: string): Promise<number | null> {
    const matches = ({ source: from, times }: Acknowledgement): boolean =>
      (source === undefined || from === source) && times.sentAtMs >= after.sentAtMs && times.endedAtMs >= after.answeredAtMs;
    const known = this.#remembered.find(matches);
    if (known !== undefined) return Promise.resolve(known.times.endedAtMs);
    return new Promise((resolve) => {
      const end = (answeredAtMs: number | null): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(answeredAtMs);
      };
      const waiter: Waiter = { matches, resolve: end };
      const timer = setTimeout(() => end(null), Math.max(0, withinMs));
      this.#waiters.add(waiter);
    });
  }
}
