/**
 * One side of N9: a process with a Postgres of its own that writes the rows of one hot product, through our row store or
 * bare. The rows are made before the clock runs.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { definitions } from '../../../commands/embedded/definitions.ts';
import { type PostgresEngine, startPostgres } from '../../../engines/postgres/index.ts';
import { migrate } from '../../../runtime/migrate.ts';
import type { Checkpoint } from '../../../runtime/rows/port.ts';
import { PostgresRowStore } from '../../../runtime/rows/postgres.ts';
import { actorsTable, coalesce, rowOfActor, TableSet } from '../../../runtime/rows/table-set.ts';
import { Latencies } from '../../measure/latencies.ts';
import { BareRows, type TableRows } from './bare-rows.ts';
import { type HoldBatch, HoldFrames } from './hold-frames.ts';
import type { RowsOrder, RowsReport } from './wire.ts';

interface Writer {
  write(batch: PreparedBatch): Promise<void>;
  close(): Promise<void>;
}

interface PreparedBatch extends HoldBatch {
  /** Each row once, the newest: all that the bare side is given, since to find them is part of our work. */
  readonly once: readonly TableRows[];
}

let engine: PostgresEngine | null = null;
let store: PostgresRowStore | null = null;
const tables = new TableSet(definitions);
/** Shards are claimed once and then go on from where they are. */
const checkpoints = new Map<number, Checkpoint>();

async function start({ folder }: RowsOrder): Promise<RowsReport> {
  engine = await startPostgres({ dataDir: join(folder, 'postgres') });
  await migrate(engine.url('owner'));
  return { kind: 'started', version: engine.version };
}

async function write({ side, prefix, writers, batchesEach }: RowsOrder): Promise<RowsReport> {
  const shards = Array.from({ length: writers }, (_, shard) => shard);
  const work = await Promise.all(
    shards.map(async (shard) => {
      const frames = new HoldFrames(shard, prefix);
      const batches = Array.from({ length: batchesEach }, () => preparedOf(frames.nextBatch()));
      return { writer: side === 'ours' ? await ourWriter(shard) : await bareWriter(), batches };
    }),
  );
  const latencies = new Latencies();
  const startedAtMs = performance.now();
  await Promise.all(
    work.map(async ({ writer, batches }) => {
      for (const batch of batches) {
        const sentAtMs = performance.now();
        await writer.write(batch);
        latencies.record(performance.now() - sentAtMs);
      }
    }),
  );
  const seconds = (performance.now() - startedAtMs) / 1_000;
  await Promise.all(work.map(({ writer }) => writer.close()));
  const rows = work.reduce((sum, { batches }) => sum + batches.reduce((total, batch) => total + rowCount(batch), 0), 0);
  return { kind: 'written', rows, seconds, p50Ms: latencies.percentileMs(50) ?? 0, p99Ms: latencies.percentileMs(99) ?? 0 };
}

function running(): PostgresEngine {
  if (engine === null) throw new Error('Postgres was not started');
  return engine;
}

async function ourWriter(shard: number): Promise<Writer> {
  store ??= new PostgresRowStore({ url: running().url('projector'), kinds: definitions });
  const own = store;
  if (!checkpoints.has(shard)) checkpoints.set(shard, await own.claim(shard, 1));
  return {
    async write({ frames, actors, changes }) {
      const from = checkpoints.get(shard);
      if (from === undefined) throw new Error('the shard was not claimed');
      const to = { frame: from.frame + frames, hash: randomBytes(32).toString('hex'), epoch: from.epoch };
      const outcome = await own.write(shard, from, to, { actors, changes });
      if (outcome.kind !== 'written') throw new Error(`the row store answered ${JSON.stringify(outcome)}`);
      checkpoints.set(shard, to);
    },
    close: () => Promise.resolve(),
  };
}

async function bareWriter(): Promise<Writer> {
  const bare = await BareRows.open(running().url('projector'));
  return { write: ({ once }) => bare.write(once), close: () => bare.close() };
}

function preparedOf(batch: HoldBatch): PreparedBatch {
  const stored = coalesce(tables, batch.changes).map(({ table, upserts }) => ({ table, rows: upserts }));
  return { ...batch, once: [{ table: actorsTable, rows: batch.actors.map(rowOfActor) }, ...stored] };
}

function rowCount({ once }: PreparedBatch): number {
  return once.reduce((sum, { rows }) => sum + rows.length, 0);
}

async function end(): Promise<void> {
  await store?.close();
  await engine?.stop();
  process.exit(0);
}

process.on('message', (order: RowsOrder) => {
  const work = order.kind === 'start' ? start(order) : write(order);
  work
    .catch((error: unknown): RowsReport => ({ kind: 'failed', why: error instanceof Error ? error.message : String(error) }))
    .then((report) => process.send?.(report))
    .catch(() => {});
});
// whoever started it is gone
process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());
