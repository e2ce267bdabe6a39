/** What parent and child of a baseline say to each other. One question at a time, each with one answer. */
import type { Load, SideResult } from '../side.ts';

export type ToChild =
  | { readonly kind: 'start'; readonly baseline: string; readonly folder: string }
  /** To another value of its one setting; asked of those that are pressed from outside. */
  | { readonly kind: 'tune'; readonly candidate: number }
  | { readonly kind: 'prepare'; readonly load: Load }
  | { readonly kind: 'run'; readonly load: Load }
  | { readonly kind: 'stop' };

export type FromChild =
  /** `url` of a baseline that speaks HTTP. */
  | { readonly kind: 'started'; readonly url: string | null }
  | { readonly kind: 'tuned' }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'measured'; readonly result: SideResult }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };

/** What lives in the child. */
export interface Baseline {
  /** Of one that speaks HTTP: then it is pressed from outside, and `run` is not called. */
  readonly url?: string;
  /** See `ToChild`. */
  tune?(candidate: number): Promise<void>;
  /** Before each run: stock that this load cannot exhaust, empty books. */
  prepare(load: Load): Promise<void>;
  run?(load: Load): Promise<SideResult>;
  stop(): Promise<void>;
}

export type BaselineMaker = (folder: string) => Promise<Baseline>;
