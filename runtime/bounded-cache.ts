/**
 * A bounded cache with a time to live. When full the least recently used entry goes (I7). Also the
 * only place that knows how a `Map` remembers order.
 */
export interface BoundedCacheOptions {
  readonly entriesMax: number;
  readonly keepMs: number;
  readonly nowMs: () => number;
}

export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly value: Value; readonly until: number }>();
  readonly #options: BoundedCacheOptions;

  constructor(options: BoundedCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until <= this.#options.nowMs()) {
      this.#entries.delete(key);
      return undefined;
    }
    // Below half of the bound nothing is about to be evicted, so recency need not be kept.
    if (this.#entries.size * 2 > this.#options.entriesMax) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry.value;
  }

  /** `keepMs` shortens the life of this one entry. */
  set(key: Key, value: Value, keepMs = this.#options.keepMs): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#options.nowMs() + Math.min(keepMs, this.#options.keepMs) });
    if (this.#entries.size <= this.#options.entriesMax) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
