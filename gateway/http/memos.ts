/** Texts that repeat: a frame has one time and a hot SKU one name, so hundreds of answers say the same. */
import { type Instant, toIso } from '../../actors/kernel/index.ts';

/** ISO 8601. Remembers the last one. */
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

/** A text as JSON. Remembers the last one. */
export class QuotedMemo {
  #given = '';
  #quoted = '""';

  of(given: string): string {
    if (given === this.#given) return this.#quoted;
    this.#given = given;
    this.#quoted = JSON.stringify(given);
    return this.#quoted;
  }
}
