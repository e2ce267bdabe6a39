/** What the two sides of N9 are told, and what they say. */
export interface RowsOrder {
  readonly kind: 'start' | 'write';
  /** Who writes: our row store, or bare upserts of the same rows. */
  readonly side: 'ours' | 'bare';
  readonly folder: string;
  /** Of the rows of this reading: new each time. */
  readonly prefix: string;
  /** Shards that write at the same time. */
  readonly writers: number;
  readonly batchesEach: number;
}

export type RowsReport =
  | { readonly kind: 'started'; readonly version: string }
  | { readonly kind: 'written'; readonly rows: number; readonly seconds: number; readonly p50Ms: number; readonly p99Ms: number }
  | { readonly kind: 'failed'; readonly why: string };
