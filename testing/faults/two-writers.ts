/** What a process that fights for shards is told, and what it tells when everything is sold. */
import type { BrokerStores } from './broker-world.ts';

export interface WriterTask {
  readonly stores: BrokerStores;
  readonly name: string;
  readonly skus: readonly string[];
  readonly buyersEach: number;
  /** From losing a shard to trying to have it again. */
  readonly restMs: number;
}

/** One definite answer to one request for one unit. Times are of the monotonic clock that all processes share. */
export interface Told {
  readonly sku: string;
  readonly holdId: string;
  readonly kind: 'held' | 'heldBefore' | 'refused';
  readonly shard: number;
  readonly epoch: number;
  readonly frame: number;
  readonly sentAtMs: number;
  readonly heardAtMs: number;
}

export interface WriterReport {
  readonly told: readonly Told[];
  /** Times another owner was found on a shard, by shard. */
  readonly losses: readonly number[];
}
