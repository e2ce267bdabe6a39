/** ISO 8601 for instants that repeat: a frame has one time, so hundreds of answers say the same. */
import { type Instant, toIso } from '../../actors/kernel/index.ts';

/** Remembers the last one. */
export class IsoMemo {
  #instant: Instant = Number.NaN;
  #text = '';

  of(instant: Instant): string {
    if (instant === this.#instant) return this.#text;
    this.#instant = instant;
    this.#text = toIso(instant);
    return this.#text;
  }
}
