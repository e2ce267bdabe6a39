/** The merchants, products and buyers of one world: few and hot, so that everybody meets everybody. */
import type { Random } from './random.ts';

export interface Product {
  readonly store: string;
  readonly sku: string;
  /** Only received, held, sold and returned, under `deny`: the ledger can be kept to the unit. The others
   *  are also counted, transferred, backordered and damaged. */
  readonly isPlain: boolean;
}

export interface Shop {
  readonly stores: readonly string[];
  readonly products: readonly Product[];
  /** Few units of it, and only one-line holds: not among `products` (`contest.ts`). */
  readonly contested: Product;
  /** Plenty of it in every store, and only orders: not among `products` either (`checkouts.ts`). */
  readonly staples: readonly Product[];
  readonly buyers: readonly string[];
  readonly locations: readonly string[];
}

const skus = ['shirt', 'Shirt', 'mug/blue', 'Jeton "5"', 'tea é', 'x'];

export function drawShop(random: Random): Shop {
  const stores = random.chance(0.5) ? ['store_1'] : ['store_1', 'store_2'];
  const count = random.integer(2, 4);
  const products = stores.flatMap((store) =>
    skus.slice(0, count).map((sku, index): Product => ({ store, sku, isPlain: index === 0 || random.chance(0.5) })),
  );
  const buyers = Array.from({ length: random.integer(3, 8) }, (_, index) => `buyer_${index + 1}`);
  const contested: Product = { store: 'store_1', sku: 'the last ones', isPlain: true };
  const staples = stores.map((store): Product => ({ store, sku: 'bread', isPlain: true }));
  return { stores, products, contested, staples, buyers, locations: random.chance(0.3) ? ['main'] : ['main', 'east'] };
}

export function everyProduct({ products, contested, staples }: Shop): readonly Product[] {
  return [...products, contested, ...staples];
}
