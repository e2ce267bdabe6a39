/**
 * Batches of rows written by a thread of its own. Putting them together (checked, summed, encoded) takes as long as deciding
 * what is in them: beside the actors, and not between their commands, nobody who buys waits for it.
 *
 * H2. What the thread was asked and did not answer may have been written: `unknown`, as after any lost answer (P2). So it is
 *     where there is no thread, for whoever asks then looks at the checkpoint and asks again, which is always right.
 */
import type { Shard } from '../../log/port.ts';
import { AskedThread, type AskedThreadOptions } from '../../threads/asked-thread.ts';
import type { Checkpoint, RowBatch, RowBatches, WriteOutcome } from '../port.ts';
import type { PostgresBatchesOptions } from '../postgres-batches.ts';
import { TableSet } from '../table-set.ts';
import type { RowsThreadData, WriteAsk } from './messages.ts';
import { packed } from './packed-batch.ts';

export interface RowsThreadOptions extends PostgresBatchesOptions, Pick<AskedThreadOptions, 'program' | 'logger' | 'clock'> {}

/** Rows come and go by the thousand. */
const youngGenerationMb = 64;

export class RowsThread implements RowBatches {
  readonly #tables: TableSet;
  readonly #thread: AskedThread<WriteAsk, WriteOutcome>;

  constructor({ url, kinds, ...options }: RowsThreadOptions) {
    this.#tables = new TableSet(kinds);
    const data: RowsThreadData = { url, kinds: kinds.map(({ kind, tables }) => ({ kind, tables })) };
    this.#thread = new AskedThread({ name: 'rows', data, youngGenerationMb, ...options });
  }

  async write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome> {
    const told = await this.#thread.ask({ shard, from, to, batch: packed(this.#tables, batch) });
    return told.kind === 'answered' ? told.answer : { kind: 'unknown', cause: `the thread of rows: ${told.kind}` }; // H2
  }

  /** What is under way is cut off, and unknown. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}
