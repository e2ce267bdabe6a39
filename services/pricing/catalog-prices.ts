/**
 * Prices as the catalogue has them at this moment: never from a cache, because this is the look that decides what a
 * buyer pays. One look for a whole basket, and for the baskets that come while others are looked up.
 */
import type { Money } from '../../actors/kernel/index.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { CombinedLooks } from './combined-looks.ts';
import { type CatalogPrice, PricingUnavailable, type PriceSource } from './port.ts';

interface PricedProduct {
  readonly sku: string;
  readonly title: string;
  readonly price: Money;
}

/** The part of the catalogue that this needs. */
export interface PricedProducts {
  getMany(storeId: string, skus: readonly string[]): Promise<readonly PricedProduct[]>;
}

export class CatalogPrices implements PriceSource {
  readonly #looks: CombinedLooks<PricedProduct>;

  constructor(products: PricedProducts, clock: Pick<Clock, 'after'> = systemClock) {
    this.#looks = new CombinedLooks((storeId, skus) => products.getMany(storeId, skus), clock);
  }

  async pricesOf(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, CatalogPrice>> {
    try {
      const products = await this.#looks.of(storeId, skus);
      return new Map(
        products.map(({ sku, title, price }) => [sku, { title, unitPriceMinor: price.amountMinor, currency: price.currency }]),
      );
    } catch (cause) {
      throw new PricingUnavailable('prices cannot be read now', { cause });
    }
  }
}
