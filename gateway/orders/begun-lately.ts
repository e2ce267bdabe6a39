/**
 * Orders that were asked for through this gateway lately. Who asks for one of them again while the door is shut hears how it
 * is: "nothing was done" would be said of an order that may be paid.
 *
 * B1. Bounded in number and time (I7): of an order that is not remembered nothing is said.
 * B2. The same order is one that is asked for with the same words.
 */
import { BoundedCache } from '../../runtime/bounded-cache.ts';

/** As long as a client tries again; of a rush of 300 orders a second the newest three minutes. */
const limits = { entriesMax: 50_000, keepMs: 600_000 } as const;

export class BegunLately {
  readonly #fingerprints: BoundedCache<string, string>;

  constructor(nowMs: () => number) {
    this.#fingerprints = new BoundedCache({ ...limits, nowMs });
  }

  note(orderId: string, fingerprint: string): void {
    this.#fingerprints.set(orderId, fingerprint);
  }

  /** B2: `fingerprint` is asked for only where there is something to compare. */
  has(orderId: string, fingerprint: () => string): boolean {
    const noted = this.#fingerprints.get(orderId);
    return noted !== undefined && noted === fingerprint();
  }
}
