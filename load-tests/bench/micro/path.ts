/** A way that a hold can take, opened. */
import type { Exchange } from '../../../gateway/transport/port.ts';

/** Processor time so far, microseconds. */
export interface Spent {
  readonly user: number;
  readonly system: number;
  /** Of the database, where it has one. */
  readonly database?: number;
}

export interface OpenPath {
  readonly port: number;
  readonly keys: { readonly publishableKey: string; readonly secretKey: string };
  /** Null where the pipeline is not in this process. */
  readonly handle: ((exchange: Exchange) => void) | null;
  /** Of a new buyer. */
  token(): Promise<string>;
  spent(): Spent;
  /** Begins, then ends a profile; absent where the pipeline is in this process. */
  profiled?(): void;
  close(): Promise<void>;
}

export const sku = 'DROP-1';
export const units = 1_000_000;
