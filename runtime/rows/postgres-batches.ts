/**
 * Batches of rows into Postgres, as role `onhand_projector`, by sessions of their own; how they travel is in `batch-writer.ts`.
 *
 * P1. Batches wait for the disk. They need not for the log's sake: it is the truth, and a batch that a crash takes away
 *     goes with its checkpoint and can be written again (R1). But the owner that is alive has let go of those frames: it
 *     would find itself fenced and have to take the shard over once more.
 * P2. An error that does not prove a rollback leaves a batch `unknown`; so does any other error, because
 *     asking for the checkpoint again is cheap and always right. Only the raised compare-and-set is `fenced`.
 */
import type pg from 'pg';
import { systemClock } from '../clock.ts';
import type { Shard } from '../log/port.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Checkpoint, RowBatch, WriteOutcome } from './port.ts';
import { rowSessions } from './sessions.ts';
import { type ActorTables, TableSet } from './table-set.ts';

export interface PostgresBatchesOptions {
  /** Of role `onhand_projector`. */
  readonly url: string;
  readonly kinds: readonly ActorTables[];
}

const connectionsMax = 8;

export class PostgresBatches {
  readonly #pool: pg.Pool;
  readonly #writer: BatchWriter;

  constructor({ url, kinds }: PostgresBatchesOptions) {
    this.#pool = rowSessions({ url, applicationName: 'onhand rows', connectionsMax });
    this.#writer = new BatchWriter({
      tables: new TableSet(kinds),
      pool: this.#pool,
      statementsMax: connectionsMax,
      checkpoint: async (shard) => storedCheckpoint(this.#pool, shard),
      defer: (call) => systemClock.defer(call),
    });
  }

  async write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome> {
    return this.#writer.write(shard, from, to, batch);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** Throws what the driver throws. */
export async function storedCheckpoint(pool: pg.Pool, shard: Shard): Promise<Checkpoint | null> {
  const { rows } = await pool.query<Checkpoint>({
    name: 'rows_checkpoint',
    text: 'select frame, hash, epoch from onhand.checkpoints where shard = $1',
    values: [shard],
  });
  return rows[0] ?? null;
}
