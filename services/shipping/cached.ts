/**
 * Shipping data that is remembered for some seconds, so that a rush of checkouts does not become a rush of statements.
 * Writes of this process are seen at once; those of another within `freshMs`.
 */
import { FreshCache, type FreshCacheOptions } from '../../runtime/fresh-cache.ts';
import type { ShippingData, ShippingMethod, ShippingSetup, ShippingZone, Warehouse, Written } from './port.ts';

export const shippingCacheLimits = { freshMs: 2_000, entriesMax: 1_000 } as const;

export class CachedShippingData implements ShippingData {
  readonly #data: ShippingData;
  readonly #setups: FreshCache<ShippingSetup>;

  constructor(data: ShippingData, clock: FreshCacheOptions['clock']) {
    this.#data = data;
    this.#setups = new FreshCache({ clock, ...shippingCacheLimits });
  }

  setup(storeId: string): Promise<ShippingSetup> {
    return this.#setups.get(`${storeId}/`, () => this.#data.setup(storeId));
  }

  putZone(storeId: string, zone: ShippingZone): Promise<Written> {
    return this.#changing(storeId, this.#data.putZone(storeId, zone));
  }

  deleteZone(storeId: string, id: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteZone(storeId, id));
  }

  putMethod(storeId: string, method: ShippingMethod): Promise<Written> {
    return this.#changing(storeId, this.#data.putMethod(storeId, method));
  }

  deleteMethod(storeId: string, id: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteMethod(storeId, id));
  }

  putWarehouse(storeId: string, warehouse: Warehouse): Promise<Written> {
    return this.#changing(storeId, this.#data.putWarehouse(storeId, warehouse));
  }

  deleteWarehouse(storeId: string, location: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteWarehouse(storeId, location));
  }

  close(): Promise<void> {
    return this.#data.close();
  }

  /** Also when the write failed: nobody knows whether it took place. */
  async #changing<Result>(storeId: string, write: Promise<Result>): Promise<Result> {
    try {
      return await write;
    } finally {
      this.#setups.forget(`${storeId}/`);
    }
  }
}
