/** What every baseline that sells without HTTP does: one hold of one unit at a time, for a named buyer. */

export type HoldOutcome = 'held' | 'sold_out';

export interface Stock {
  /** Numbered from 1. */
  readonly skus: number;
  readonly unitsEach: number;
}

export interface HoldShop {
  /** Forgets all holds and puts fresh units on the shelf. Not measured. */
  restock(stock: Stock): Promise<void>;
  /** Answers when the hold is as durable as the shop claims. */
  hold(buyer: string, sku: number): Promise<HoldOutcome>;
  close(): Promise<void>;
}

/** What a shop's books say, for whoever checks that it neither cheats nor loses. */
export interface Books {
  /** Units left, by SKU. */
  readonly available: ReadonlyMap<number, number>;
  readonly holds: readonly { readonly sku: number; readonly buyer: string; readonly quantity: number }[];
}
