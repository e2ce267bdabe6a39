/**
 * Looks at goods put together (prices in the catalogue, their traits): a rush of checkouts asks for the same few at once.
 *
 * L1. Never from a cache: a look begins after everybody it answers has asked.
 * L2. One store's looks are its own (I6). At most `looksMax` of them are under way, and they begin at least `apartMs` apart;
 *     who asks meanwhile waits for the next one, which asks for what all of them want. Where nobody hurries nobody waits.
 * L3. Bounded: what would make a look larger than `skusMax` goes by itself, at once. Who waits is bounded by who asks.
 * L4. A look that fails is told to those it was for, and to nobody else.
 */
import type { Clock } from '../../runtime/clock.ts';

export const looksMax = 2;
export const skusMax = 200;
/** A small part of a checkout; a look costs the database more by itself than by the goods in it. */
export const apartMs = 25;

export type Look<Found> = (storeId: string, skus: readonly string[]) => Promise<readonly Found[]>;

interface Gathering<Found> {
  readonly skus: Set<string>;
  readonly found: Promise<ReadonlyMap<string, Found>>;
  readonly begin: () => void;
}

interface StoreLooks<Found> {
  underWay: number;
  /** The newest look began less than `apartMs` ago. */
  isEarly: boolean;
  next: Gathering<Found> | null;
}

export class CombinedLooks<Found extends { readonly sku: string }> {
  readonly #look: Look<Found>;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #stores = new Map<string, StoreLooks<Found>>();

  constructor(look: Look<Found>, clock: Pick<Clock, 'after'>) {
    this.#look = look;
    this.#clock = clock;
  }

  async of(storeId: string, skus: readonly string[]): Promise<readonly Found[]> {
    const found = await this.#joined(storeId, skus);
    return skus.flatMap((sku) => found.get(sku) ?? []);
  }

  #joined(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    const store = this.#stores.get(storeId) ?? { underWay: 0, isEarly: false, next: null };
    this.#stores.set(storeId, store);
    if (mayBegin(store)) return this.#begin(storeId, store, skus);
    if ((store.next?.skus.size ?? 0) + skus.length > skusMax) return this.#read(storeId, skus); // L3
    store.next ??= this.#gathering(storeId, store);
    for (const sku of skus) store.next.skus.add(sku);
    return store.next.found;
  }

  #gathering(storeId: string, store: StoreLooks<Found>): Gathering<Found> {
    const skus = new Set<string>();
    let begin = (): void => {};
    const found = new Promise<ReadonlyMap<string, Found>>((resolve) => {
      begin = () => resolve(this.#begin(storeId, store, [...skus])); // counted as under way in this turn
    });
    return { skus, found, begin };
  }

  async #begin(storeId: string, store: StoreLooks<Found>, skus: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    store.underWay += 1;
    store.isEarly = true;
    this.#clock.after(apartMs, () => {
      store.isEarly = false;
      this.#goOn(storeId, store);
    });
    try {
      return await this.#read(storeId, skus);
    } finally {
      store.underWay -= 1;
      this.#goOn(storeId, store);
    }
  }

  #goOn(storeId: string, store: StoreLooks<Found>): void {
    const { next, underWay, isEarly } = store;
    if (next === null && underWay === 0 && !isEarly) this.#stores.delete(storeId);
    if (next === null || !mayBegin(store)) return;
    store.next = null; // L1: who asks from now on is not in it
    next.begin();
  }

  async #read(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    const found = await this.#look(storeId, skus);
    return new Map(found.map((one) => [one.sku, one]));
  }
}

/** L2. */
function mayBegin({ underWay, isEarly }: StoreLooks<unknown>): boolean {
  return underWay < looksMax && !isEarly;
}
