/**
 * Gathers what is asked for at the same time, so that it travels together: many shards each have a little for the
 * database at the same moment, and a statement costs it more than the few rows in it.
 *
 * G1. Every item is sent once, in the order in which items came.
 * G2. A group sets off at the end of the turn in which its first item came. Where `inFlightMax` are under way already,
 *     it waits until one of them is back and takes in whatever comes meanwhile: the busier, the larger the groups.
 * G3. A group weighs at most `weightMax`, or it is one item. One that is full gains nothing by waiting: up to
 *     `fullInFlightMax` groups may be under way for its sake.
 * G4. Two items of the same name are never in one group.
 * G5. At most one group sets off in a turn: putting it together takes the thread, and whoever else wants it comes between.
 *
 * Does not know what an item is, nor what became of it: `send` tells whoever asked, and its promise says only that the
 * group is back.
 */
import { assert } from '../../actors/kernel/index.ts';

export interface GatherOptions<Item> {
  readonly inFlightMax: number;
  readonly fullInFlightMax: number;
  readonly weightMax: number;
  readonly weightOf: (item: Item) => number;
  readonly nameOf: (item: Item) => string | number;
  /** Never rejects. */
  readonly send: (items: readonly Item[]) => Promise<void>;
  /** Calls at the end of the turn. */
  readonly defer: (call: () => void) => void;
}

export class Gather<Item> {
  readonly #options: GatherOptions<Item>;
  #waiting: Item[] = [];
  #waitingWeight = 0;
  #inFlight = 0;
  #isDeferred = false;

  constructor(options: GatherOptions<Item>) {
    assert(options.inFlightMax >= 1, 'something may be under way');
    assert(options.fullInFlightMax >= options.inFlightMax, 'full groups wait for less than others');
    this.#options = options;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    this.#waitingWeight += this.#options.weightOf(item);
    this.#sendSoon();
  }

  #sendSoon(): void {
    if (this.#isDeferred || this.#waiting.length === 0 || this.#inFlight >= this.#mayBeInFlight()) return;
    this.#isDeferred = true;
    this.#options.defer(() => {
      this.#isDeferred = false;
      this.#inFlight++;
      void this.#sendGroup(this.#takeGroup());
      this.#sendSoon(); // G5
    });
  }

  async #sendGroup(group: readonly Item[]): Promise<void> {
    await this.#options.send(group);
    this.#inFlight--;
    assert(this.#inFlight >= 0, 'a group comes back once');
    this.#sendSoon();
  }

  #mayBeInFlight(): number {
    const { inFlightMax, fullInFlightMax, weightMax } = this.#options;
    return this.#waitingWeight >= weightMax ? fullInFlightMax : inFlightMax; // G3
  }

  /** G1: those that came first, up to the first that does not fit. */
  #takeGroup(): readonly Item[] {
    const { weightMax, weightOf, nameOf } = this.#options;
    const names = new Set<string | number>();
    let weight = 0;
    for (const item of this.#waiting) {
      const itemWeight = weightOf(item);
      if (names.size > 0 && (weight + itemWeight > weightMax || names.has(nameOf(item)))) break; // G3, G4
      names.add(nameOf(item));
      weight += itemWeight;
    }
    this.#waitingWeight -= weight;
    return this.#waiting.splice(0, names.size);
  }
}
