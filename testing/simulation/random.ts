/**
 * The one source of chance in a simulated world. Everything a world does follows from its seed.
 *
 * D1. The same seed and the same calls give the same draws, on every machine.
 * D2. Streams made by `fork` do not disturb each other: one more draw of the workload leaves the faults
 *     of the same seed where they were.
 *
 * Not for secrets: `sfc32` (PractRand, public domain) is fast and good enough to pick faults with.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    // Seeds above 2^32 keep their high half, so that any safe integer names its own world.
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = 0x9e3779b9;
    for (let round = 0; round < 12; round += 1) this.#draw();
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** At least 0, below 1. */
  fraction(): number {
    return this.#draw() / 2 ** 32;
  }

  /** Both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  between(least: number, most: number): number {
    return least + this.fraction() * (most - least);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.integer(0, items.length - 1)] as Item;
  }

  /** Picks by weight; a weight of 0 is never picked. */
  weighted<Item>(choices: readonly (readonly [Item, number])[]): Item {
    let left = this.fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of choices) {
      if (left < weight) return item;
      left -= weight;
    }
    throw new RangeError('every weight is 0');
  }

  /** Mostly near `typical`, now and then far above it: how delays are in the world. */
  delayMs(typical: number): number {
    return Math.round(-Math.log(1 - this.fraction()) * typical * 1_000) / 1_000;
  }

  fork(): Random {
    return new Random(this.#draw() + this.#draw() * 2 ** 21);
  }
}
