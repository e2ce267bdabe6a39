/** The catalogue's memory twin: for tests and simulations; lives and dies with the process. */
import { assert } from '../../actors/kernel/index.ts';
import { type Catalog, catalogLimits, type Picture, pictureHashOf, type Product, type ProductCursor, type ProductDraft } from './port.ts';

interface Entry {
  readonly product: Product;
  readonly picture: Picture;
}

export class MemoryCatalog implements Catalog {
  readonly #stores = new Map<string, Map<string, Entry>>(); // C1

  async list(storeId: string, after: ProductCursor | null, count: number): Promise<readonly Product[]> {
    const products = [...this.#store(storeId).values()].map((entry) => entry.product).sort(byPlace);
    return products.filter((product) => after === null || byPlace(product, after) > 0).slice(0, count);
  }

  async get(storeId: string, sku: string): Promise<Product | null> {
    return this.#store(storeId).get(sku)?.product ?? null;
  }

  async getMany(storeId: string, skus: readonly string[]): Promise<readonly Product[]> {
    const store = this.#store(storeId);
    return [...new Set(skus)].flatMap((sku) => store.get(sku)?.product ?? []);
  }

  async picture(storeId: string, sku: string): Promise<Picture | null> {
    return this.#store(storeId).get(sku)?.picture ?? null;
  }

  async put(storeId: string, drafts: readonly ProductDraft[]): Promise<number> {
    assert(drafts.length <= catalogLimits.draftsPerPutMax, 'more drafts than one put takes');
    const store = this.#store(storeId);
    let changed = 0;
    for (const { picture: svg, ...draft } of drafts) {
      const known = store.get(draft.sku)?.product;
      const unversioned = { ...draft, pictureHash: pictureHashOf(svg) };
      if (known !== undefined && sameProduct(known, unversioned)) continue; // C2
      const product = { ...unversioned, version: (known?.version ?? 0) + 1 };
      store.set(draft.sku, { product, picture: { svg, hash: product.pictureHash } });
      changed += 1;
    }
    return changed;
  }

  async close(): Promise<void> {}

  #store(storeId: string): Map<string, Entry> {
    const store = this.#stores.get(storeId) ?? new Map<string, Entry>();
    this.#stores.set(storeId, store);
    return store;
  }
}

/** C4 */
function byPlace(left: ProductCursor, right: ProductCursor): number {
  return left.position - right.position || (left.sku < right.sku ? -1 : left.sku > right.sku ? 1 : 0);
}

function sameProduct(known: Product, wanted: Omit<Product, 'version'>): boolean {
  return (
    known.title === wanted.title &&
    known.description === wanted.description &&
    known.price.amountMinor === wanted.price.amountMinor &&
    known.price.currency === wanted.price.currency &&
    known.pictureHash === wanted.pictureHash &&
    known.position === wanted.position
  );
}
