/** What a shard shows of itself: to `/readyz`, metrics, `verify` and the simulation's auditor. */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Activation } from './activation.ts';

export type ShardPhase = 'idle' | 'taking over' | 'serving' | 'fenced' | 'halted';

export interface ShardStatus {
  readonly shard: number;
  readonly phase: ShardPhase;
  readonly epoch: number;
  /** The newest acknowledged frame. */
  readonly frame: number;
  /** For how long the fate of a frame has been unknown and answers wait; 0 when it is known. */
  readonly settlingMs: number;
  readonly mailbox: { readonly client: number; readonly internal: number };
  readonly residents: number;
  readonly unknown: number;
  /** Actors whose stored rows were found damaged, since the shard was taken over. */
  readonly damaged: number;
  readonly debts: number;
  /** Decided, and not told before their frame is acknowledged. */
  readonly promised: number;
  /** Senders who wait for a later decision. */
  readonly tickets: number;
  readonly writeBehind: { readonly frames: number; readonly bytes: number; readonly lagMs: number };
  readonly projectedFrame: number;
}

/** A shard that stands still: all of it acknowledged and projected at one frame. */
export interface StandStill {
  readonly frame: number;
  readonly at: Instant;
  readonly residents: Iterable<Activation>;
}
