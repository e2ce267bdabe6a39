/**
 * Catalogue: what a store sells, as buyers see it. Does not know units: `stock` alone decides those.
 *
 * C1. Every call names its store, and sees that store only (I6).
 * C2. A product's version rises by one with every change, and not without one: putting the same again
 *     changes nothing.
 * C3. A picture's hash is a function of its text, so an address that carries it never means another picture.
 * C4. Lists go by (position, SKU in code unit order) and continue after a cursor, whatever was put meanwhile.
 */
import { createHash } from 'node:crypto';
import type { Money } from '../../actors/kernel/index.ts';

export interface ProductDraft {
  readonly sku: string;
  readonly title: string;
  readonly description: string;
  readonly price: Money;
  /** SVG text. */
  readonly picture: string;
  /** Place in lists, from 0. */
  readonly position: number;
}

export interface Product extends Omit<ProductDraft, 'picture'> {
  readonly pictureHash: string;
  readonly version: number;
}

export interface Picture {
  readonly svg: string;
  readonly hash: string;
}

/** The last product of a page. */
export interface ProductCursor {
  readonly position: number;
  readonly sku: string;
}

export interface Catalog {
  /** At most `count` products after `after`. Every method throws `CatalogUnavailable` when it cannot tell. */
  list(storeId: string, after: ProductCursor | null, count: number): Promise<readonly Product[]>;
  get(storeId: string, sku: string): Promise<Product | null>;
  /** Those of `skus` that there are, in no order, each once: what a basket needs, in one look. */
  getMany(storeId: string, skus: readonly string[]): Promise<readonly Product[]>;
  picture(storeId: string, sku: string): Promise<Picture | null>;
  /** Adds and replaces, all or nothing; resolves to how many changed (C2). */
  put(storeId: string, drafts: readonly ProductDraft[]): Promise<number>;
  close(): Promise<void>;
}

/** An operating fault: worth trying again. */
export class CatalogUnavailable extends Error {
  override readonly name = 'CatalogUnavailable';
}

export const catalogLimits = {
  draftsPerPutMax: 1_000,
  pictureBytesMax: 64 * 1024,
} as const;

export function pictureHashOf(svg: string): string {
  return createHash('sha256').update(svg).digest('base64url').slice(0, 16); // C3
}
