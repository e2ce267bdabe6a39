/**
 * Writers of the same rows, as processes: write-behind as it ships, and the plain upsert it is compared with. Both have a
 * Postgres of their own with the settings that Onhand's has, and as many writers as there are callers.
 *
 * B1. Only writing is measured: frames are made before the clock is started, a round of them at a time. The plain upsert gets
 *     its rows in the shape in which it writes them; write-behind gets frames, as it does in earnest.
 * B2. A row counts once per batch that writes it, on both sides: the same rows in the same batches.
 */
import { startPostgres } from '../../../engines/postgres/index.ts';
import { stockDefinition } from '../../../actors/stock/index.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { limits } from '../../../runtime/limits.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { migrate } from '../../../runtime/migrate.ts';
import { PostgresRowStore } from '../../../runtime/rows/postgres.ts';
import { WriteBehind, type ProjectedFrame } from '../../../runtime/write-behind/write-behind.ts';
import { Latencies } from '../../measure/latencies.ts';
import type { Load, SideResult } from '../side.ts';
import type { Baseline, BaselineMaker } from './child-port.ts';
import { postgresFolder } from './folder.ts';
import { Sessions } from './postgres/sessions.ts';
import { withSession } from './postgres/schema.ts';
import { HoldFrames, mergedBatches, rowCount } from './rows/hold-frames.ts';
import { makeTwins, writeRaw } from './rows/raw-upsert.ts';

const holdsPerFrame = 100;
const framesPerRound = 100;

/** Of one shard. */
export interface RowWriter {
  /** Everything up to the writing itself, which is what is returned. */
  ready(frames: readonly ProjectedFrame[]): () => Promise<void>;
}

export interface Writers {
  readonly each: readonly RowWriter[];
  close(): Promise<void>;
}

export type OpenWriters = (url: { readonly owner: string; readonly projector: string }, count: number) => Promise<Writers>;

export const rawRowsBaseline: BaselineMaker = (folder) => rowsBaseline(folder, openRaw);
export const writeBehindBaseline: BaselineMaker = (folder) => rowsBaseline(folder, openWriteBehind);

async function rowsBaseline(folder: string, open: OpenWriters): Promise<Baseline> {
  const postgres = await startPostgres({ dataDir: postgresFolder(folder) });
  await migrate(postgres.url('owner'));
  const url = { owner: postgres.url('owner'), projector: postgres.url('projector') };
  let writers: Writers | null = null;
  let shards: HoldFrames[] = [];
  return {
    async prepare({ connections, skus }) {
      await writers?.close();
      await withSession(url.owner, (session) =>
        session.query(
          `truncate ${[...stockDefinition.tables.map(({ name }) => name), 'actors', 'checkpoints'].map((name) => `onhand.${name}`).join(', ')}`,
        ),
      );
      writers = await open(url, connections);
      const products = Math.max(1, Math.round(skus / connections));
      shards = Array.from({ length: connections }, (_, shard) => new HoldFrames({ shard, products, holdsPerFrame }));
    },
    run: (load) => writeFor(load, shards, writers?.each ?? []),
    async stop() {
      await writers?.close();
      await postgres.stop();
    },
  };
}

/** B1, B2. */
async function writeFor({ seconds }: Load, shards: readonly HoldFrames[], writers: readonly RowWriter[]): Promise<SideResult> {
  const rounds = new Latencies();
  let rows = 0;
  let writingMs = 0;
  while (writingMs < seconds * 1_000) {
    const round = shards.map((shard) => Array.from({ length: framesPerRound }, () => shard.next()));
    const ready = writers.map((writer, index) => writer.ready(round[index] ?? []));
    const startedAtMs = performance.now();
    await Promise.all(ready.map((write) => write()));
    const tookMs = performance.now() - startedAtMs;
    rounds.record(tookMs);
    writingMs += tookMs;
    for (const frames of round) rows += rowCount(mergedBatches(frames));
  }
  const [p50Ms, p99Ms] = [rounds.percentileMs(50) ?? 0, rounds.percentileMs(99) ?? 0];
  return { perSecond: (rows * 1_000) / writingMs, p50Ms, p99Ms, done: rows, refused: 0, failed: 0 };
}

export async function openRaw({ owner }: { readonly owner: string }, count: number): Promise<Writers> {
  await makeTwins(owner);
  const sessions = await Sessions.open(owner, count);
  const writer: RowWriter = {
    ready(frames) {
      const batches = mergedBatches(frames);
      return async () => {
        for (const batch of batches) await sessions.use((session) => writeRaw(session, batch));
      };
    },
  };
  return { each: Array.from({ length: count }, () => writer), close: () => sessions.close() };
}

export async function openWriteBehind({ projector }: { readonly projector: string }, count: number): Promise<Writers> {
  const rows = new PostgresRowStore({ url: projector, kinds: [stockDefinition] });
  const common = { rows, clock: systemClock, limits, logger: silentLogger, halted: () => false };
  const each = await Promise.all(
    Array.from({ length: count }, async (_, shard): Promise<RowWriter> => {
      const checkpoint = await rows.claim(shard, 1);
      let onFenced = (): void => {};
      const fenced = new Promise<never>((_, reject) => {
        onFenced = () => reject(new Error(`write-behind of shard ${shard} was fenced`));
      });
      fenced.catch(() => {}); // whoever writes then hears it
      const writeBehind = new WriteBehind({ ...common, shard, onFenced }, checkpoint);
      return {
        ready: (frames) => () => {
          for (const frame of frames) writeBehind.offer(frame);
          return Promise.race([writeBehind.caughtUp(), fenced]);
        },
      };
    }),
  );
  return { each, close: () => rows.close() };
}
