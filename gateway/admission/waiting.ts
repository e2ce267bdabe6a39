/**
 * Who waits at the door, by store: stores take turns, so that the rush on one does not become the wait of another.
 *
 * T1. Within a store: first come, first served. Among stores: one each, in a circle.
 * T2. A store has a fair share of the places: `placesMax` among all who wait, itself included.
 */
export class Waiting<Item> {
  /** In the order of their turns; a store without anybody is not in it. */
  readonly #stores = new Map<string, Item[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get stores(): number {
    return this.#stores.size;
  }

  /** T2. */
  hasPlace(storeId: string, placesMax: number): boolean {
    const line = this.#stores.get(storeId);
    const stores = this.#stores.size + (line === undefined ? 1 : 0);
    return (line?.length ?? 0) < Math.max(1, Math.floor(placesMax / stores));
  }

  add(storeId: string, item: Item): void {
    const line = this.#stores.get(storeId);
    if (line === undefined) this.#stores.set(storeId, [item]);
    else line.push(item);
    this.#size += 1;
  }

  /** T1. */
  take(): Item | undefined {
    const next = this.#stores.entries().next();
    if (next.done === true) return undefined;
    const [storeId, line] = next.value;
    const item = line.shift();
    this.#stores.delete(storeId);
    if (line.length > 0) this.#stores.set(storeId, line);
    this.#size -= 1;
    return item;
  }
}
