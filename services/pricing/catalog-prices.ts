/**
 * Prices as the catalogue has them at this moment: never from a cache, because this is the look that decides what a
 * buyer pays. One look for a whole basket.
 */
import type { Money } from '../../actors/kernel/index.ts';
import { type CatalogPrice, PricingUnavailable, type PriceSource } from './port.ts';

/** The part of the catalogue that this needs. */
export interface PricedProducts {
  getMany(
    storeId: string,
    skus: readonly string[],
  ): Promise<readonly { readonly sku: string; readonly title: string; readonly price: Money }[]>;
}

export class CatalogPrices implements PriceSource {
  readonly #products: PricedProducts;

  constructor(products: PricedProducts) {
    this.#products = products;
  }

  async pricesOf(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, CatalogPrice>> {
    try {
      const products = await this.#products.getMany(storeId, skus);
      return new Map(
        products.map(({ sku, title, price }) => [sku, { title, unitPriceMinor: price.amountMinor, currency: price.currency }]),
      );
    } catch (cause) {
      throw new PricingUnavailable('prices cannot be read now', { cause });
    }
  }
}
