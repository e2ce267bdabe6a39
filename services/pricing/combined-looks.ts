/**
 * Looks at goods put together (prices in the catalogue, their traits): a rush of checkouts asks for the same few at once.
 *
 * L1. Never from a cache: a look begins after everybody it answers has asked.
 * L2. One store's looks are its own (I6). At most `looksMax` of them are under way; who asks meanwhile waits for the next
 *     one, which asks for what all of them want.
 * L3. Bounded: what would make a look larger than `skusMax` goes by itself, at once. Who waits is bounded by who asks.
 * L4. A look that fails is told to those it was for, and to nobody else.
 */
export const looksMax = 2;
export const skusMax = 200;

export type Look<Found> = (storeId: string, skus: readonly string[]) => Promise<readonly Found[]>;

interface Gathering<Found> {
  readonly skus: Set<string>;
  readonly found: Promise<ReadonlyMap<string, Found>>;
  readonly begin: () => void;
}

interface StoreLooks<Found> {
  underWay: number;
  next: Gathering<Found> | null;
}

export class CombinedLooks<Found extends { readonly sku: string }> {
  readonly #look: Look<Found>;
  readonly #stores = new Map<string, StoreLooks<Found>>();

  constructor(look: Look<Found>) {
    this.#look = look;
  }

  async of(storeId: string, skus: readonly string[]): Promise<readonly Found[]> {
    const found = await this.#joined(storeId, skus);
    return skus.flatMap((sku) => found.get(sku) ?? []);
  }

  #joined(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    const store = this.#stores.get(storeId) ?? { underWay: 0, next: null };
    this.#stores.set(storeId, store);
    if (store.underWay < looksMax) return this.#begin(storeId, store, skus);
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
    try {
      return await this.#read(storeId, skus);
    } finally {
      store.underWay -= 1;
      this.#ended(storeId, store);
    }
  }

  #ended(storeId: string, store: StoreLooks<Found>): void {
    const { next } = store;
    store.next = null; // L1: who asks from now on is not in it
    if (next !== null) next.begin();
    else if (store.underWay === 0) this.#stores.delete(storeId);
  }

  async #read(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    const found = await this.#look(storeId, skus);
    return new Map(found.map((one) => [one.sku, one]));
  }
}
