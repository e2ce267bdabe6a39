/**
 * What can be watched on the live socket: `stock` by anybody with a key of the store, `order` and `cart` by whose they are.
 *
 * C1. Who may watch is asked before anything is shown; what is somebody else's looks like what does not exist.
 */
import type { ProblemCode } from '../problems.ts';
import type { ItemRead } from './topic-reads.ts';

export interface PushChannel {
  /** What it is now. */
  read(store: string, id: string, done: (read: ItemRead) => void): void;
  /** For channels whose items are not the views of one actor: tells what has changed until it is stopped. */
  watch?(store: string, id: string, changed: (version: number, item: unknown) => void): () => void;
  /** How many of them one socket may watch at once, where that is fewer than it may watch in all: each is work of its own. */
  readonly perSocketMax?: number;
  /** Absent: anybody with a key of the store. Null: may watch. */
  admit?(store: string, id: string, buyer: string | null): Promise<ProblemCode | null>;
}

/** By name, as messages say it. */
export type PushChannels = ReadonlyMap<string, PushChannel>;
