/**
 * Prices as the catalogue has them at this moment: never from a cache, because this is the look that decides what a
 * buyer pays. A few at a time, so that one large cart does not take every connection.
 */
import type { Money } from '../../actors/kernel/index.ts';
import { type CatalogPrice, PricingUnavailable, type PriceSource } from './port.ts';

/** The part of the catalogue that this needs. */
export interface PricedProducts {
  get(storeId: string, sku: string): Promise<{ readonly title: string; readonly price: Money } | null>;
}

export const looksAtOnceMax = 8;

export class CatalogPrices implements PriceSource {
  readonly #products: PricedProducts;

  constructor(products: PricedProducts) {
    this.#products = products;
  }

  async pricesOf(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, CatalogPrice>> {
    const prices = new Map<string, CatalogPrice>();
    const waiting = [...new Set(skus)];
    const look = async (): Promise<void> => {
      for (let sku = waiting.pop(); sku !== undefined; sku = waiting.pop()) {
        const product = await this.#products.get(storeId, sku);
        if (product === null) continue;
        const { title, price } = product;
        prices.set(sku, { title, unitPriceMinor: price.amountMinor, currency: price.currency });
      }
    };
    try {
      await Promise.all(Array.from({ length: looksAtOnceMax }, look));
    } catch (cause) {
      waiting.length = 0; // the others stop after the look they are at
      throw new PricingUnavailable('prices cannot be read now', { cause });
    }
    return prices;
  }
}
