/** What the thread of rows is told and asked. Plain data, which the structured clone copies as it is. */
import type { Shard } from '../../log/port.ts';
import type { Checkpoint } from '../port.ts';
import type { PostgresBatchesOptions } from '../postgres-batches.ts';
import type { PackedBatch } from './packed-batch.ts';

/** At its start. */
export type RowsThreadData = PostgresBatchesOptions;

export interface WriteAsk {
  readonly shard: Shard;
  readonly from: Checkpoint;
  readonly to: Checkpoint;
  readonly batch: PackedBatch;
}
