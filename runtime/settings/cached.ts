/** Remembered for some seconds, so that a rush of buyers does not become a rush of statements. Writes of this process are seen at once. */
import { FreshCache, type FreshCacheOptions } from '../fresh-cache.ts';
import type { StoreSettings } from './port.ts';

const freshMs = 2_000;
const entriesMax = 10_000;

export class CachedSettings<Values> implements StoreSettings<Values> {
  readonly #settings: StoreSettings<Values>;
  readonly #cache: FreshCache<Values>;

  constructor(settings: StoreSettings<Values>, clock: FreshCacheOptions['clock']) {
    this.#settings = settings;
    this.#cache = new FreshCache({ clock, freshMs, entriesMax });
  }

  get(storeId: string): Promise<Values> {
    return this.#cache.get(`${storeId}/`, () => this.#settings.get(storeId));
  }

  /** Also when the write failed nothing old is given: nobody knows whether it took place. */
  async put(storeId: string, values: Values): Promise<void> {
    try {
      await this.#settings.put(storeId, values);
    } finally {
      this.#cache.forget(`${storeId}/`);
    }
  }
}
