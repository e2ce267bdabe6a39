/**
 * The log in Postgres: one row per frame in `onhand_log.frames`, fsynced before it is acknowledged.
 *
 * P1. An append keeps L1 by itself, whichever statement it travels in (`postgres/append.ts`). Appends of different
 *     shards share a statement and its sync (`postgres/gathered-appends.ts`).
 * P2. What an error proves is decided in `../postgres/errors.ts` alone; the rest is `unknown` (L3).
 * P3. Readers go by (shard, frame), never by a global serial: commits become visible in no such order.
 * P4. Partitions are there before they are needed (`postgres/partitions.ts`). Trimming drops whole ones.
 * P5. No transaction of a session outlives `transactionMaxMs`: an owner that is stopped in the middle of sending, or
 *     waits for one that is, keeps nobody from the shards it has touched.
 *
 * Does not know what a frame says, nor who owns a shard.
 */
import type pg from 'pg';
import { assert, type Instant } from '../../actors/kernel/index.ts';
import { type Clock, systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { describe } from '../postgres/errors.ts';
import { createPool } from '../postgres/pool.ts';
import {
  type AppendOutcome,
  type EncodedFrame,
  type Log,
  type LogRoom,
  logStart,
  LogUnavailable,
  type Position,
  type Shard,
} from './port.ts';
import { type Inserted, isInsidePartition } from './postgres/append.ts';
import { PostgresAppendSender } from './postgres/append-sender.ts';
import { GatheredAppends, type GatheringLimits } from './postgres/gathered-appends.ts';
import { Partitions } from './postgres/partitions.ts';
import { RoomGauge } from './room-gauge.ts';

export interface PostgresLogOptions {
  /** Of role `onhand_projector`. */
  readonly url: string;
  /** One append is in flight per shard; more sessions let the server sync many shards' commits at once. */
  readonly connectionsMax?: number;
  readonly bytesMax?: number;
  readonly diskFreeBytesMin?: number;
  /** The cluster's folder, when the server is ours: its disk is watched. */
  readonly clusterDir?: string;
  readonly appendTimeoutMs?: number;
  /** P5. */
  readonly transactionMaxMs?: number;
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

const connectionsMaxDefault = 16;
const pageFramesMax = 1_024;
const pageBytesAim = 4 * 1024 * 1024;

/** P5. Longer than anybody waits for an answer: no append is ended that somebody still hopes for. */
const transactionMaxMsDefault = 2 * limits.logAppendTimeoutMs;

/** Sessions are renewed after so many statements: a prepared statement per partition would pile up in them. */
const statementsPerSessionMax = 100_000;

const gatheringLimits: GatheringLimits = { statementsMax: 2, bytesPerStatementMax: 256 * 1024, largeFrameBytes: 16 * 1024 };

// Not prepared: a plan made for the values at hand looks at and locks one partition, however many there are.
const readPage =
  'select frame, hash, bytes from onhand_log.frames where shard = $1 and frame >= $2 and frame <= $3 order by frame limit $4';
const readTail = 'select frame, hash from onhand_log.frames where shard = $1 order by frame desc limit 1';

interface FrameRow {
  readonly frame: number;
  readonly hash: Buffer;
  readonly bytes: Buffer;
}

export class PostgresLog implements Log {
  readonly #pool: pg.Pool;
  readonly #gauge: RoomGauge;
  readonly #partitions: Partitions;
  readonly #sender: PostgresAppendSender;
  readonly #gathered: GatheredAppends;

  constructor(options: PostgresLogOptions) {
    this.#pool = createPool({
      url: options.url,
      applicationName: 'onhand log',
      connectionsMax: options.connectionsMax ?? connectionsMaxDefault,
      connectTimeoutMs: options.appendTimeoutMs ?? limits.logAppendTimeoutMs,
      answerTimeoutMs: options.appendTimeoutMs ?? limits.logAppendTimeoutMs,
      statementsPerSessionMax,
      // Acknowledged means synced to disk, whatever the server's own default is.
      settings: { synchronous_commit: 'on', transaction_timeout: String(options.transactionMaxMs ?? transactionMaxMsDefault) },
    });
    this.#partitions = new Partitions({
      framesPerPartition: async () =>
        (await this.#ask<{ frames: number }>('select onhand_log.frames_per_partition() as frames')).rows[0]!.frames,
      make: (shard, frame) => this.#ask('select onhand_log.make_partition($1, $2)', [shard, frame]),
    });
    this.#sender = new PostgresAppendSender(this.#pool, this.#partitions);
    this.#gathered = new GatheredAppends(this.#sender, gatheringLimits);
    this.#gauge = new RoomGauge({
      bytesMax: options.bytesMax ?? limits.logBytesMax,
      diskFreeBytesMin: options.diskFreeBytesMin ?? limits.diskFreeBytesMin,
      ...(options.clusterDir === undefined ? {} : { folder: options.clusterDir }),
      measureUsedBytes: async () => (await this.#ask<{ bytes: number }>('select onhand_log.used_bytes() as bytes')).rows[0]!.bytes,
      clock: options.clock ?? systemClock,
    });
  }

  async append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
    assert(frame.frame === expected.frame + 1, 'a frame follows the position it expects');
    assert(frame.bytes.byteLength <= limits.frameBytesHardMax, 'a frame is within its limit');
    try {
      if (!(await this.#gauge.hasRoomFor(frame.bytes.byteLength))) return { kind: 'full' };
      await this.#partitions.prepare(shard, frame.frame);
    } catch (error) {
      return { kind: 'unknown', cause: describe(error), notWritten: true }; // only questions were asked so far
    }
    const append = { shard, expected, frame };
    const inside = isInsidePartition(frame.frame, this.#partitions.framesPerPartition);
    const inserted = await (inside ? this.#gathered.append(append) : this.#sender.alone(append));
    return this.#outcome(inserted, frame);
  }

  async *read(shard: Shard, from: number): AsyncIterable<EncodedFrame> {
    const { frame: last } = await this.tail(shard);
    let next = Math.max(0, from);
    let pageFrames = 64;
    let started = false;
    while (next <= last) {
      const { rows } = await this.#ask<FrameRow>(readPage, [shard, next, last, pageFrames]);
      const first = rows[0];
      if (first === undefined || (started && first.frame !== next))
        throw new LogUnavailable(`frames of shard ${shard} were trimmed while they were read`);
      started = true;
      let pageBytes = 0;
      for (const row of rows) {
        pageBytes += row.bytes.byteLength;
        yield { frame: row.frame, hash: row.hash.toString('hex'), bytes: row.bytes };
      }
      next = rows.at(-1)!.frame + 1;
      pageFrames = Math.min(pageFramesMax, Math.max(16, Math.floor((pageBytesAim * rows.length) / (pageBytes + 1))));
    }
  }

  async tail(shard: Shard): Promise<Position> {
    const { rows } = await this.#ask<FrameRow>(readTail, [shard]);
    const last = rows[0];
    return last === undefined ? logStart : { frame: last.frame, hash: last.hash.toString('hex') };
  }

  async now(): Promise<Instant> {
    const { rows } = await this.#ask<{ now: number }>('select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now');
    return rows[0]!.now;
  }

  async trim(shard: Shard, below: number): Promise<void> {
    let dropped: boolean;
    do {
      const { rows } = await this.#ask<{ dropped: boolean }>('select onhand_log.drop_oldest_partition($1, $2) as dropped', [shard, below]);
      dropped = rows[0]!.dropped;
    } while (dropped);
    this.#gauge.trimmed();
  }

  /** P4. */
  async trimReach(below: number): Promise<number> {
    return this.#partitions.beginningOf(below);
  }

  async room(): Promise<LogRoom> {
    try {
      return await this.#gauge.room();
    } catch (error) {
      throw error instanceof LogUnavailable ? error : new LogUnavailable(describe(error), { cause: error });
    }
  }

  async durability(): Promise<string> {
    const { rows } = await this.#ask<{ fsync: string }>(`select current_setting('fsync') as fsync`);
    return rows[0]!.fsync === 'on' ? 'postgres, fsynced: survives a power cut' : 'postgres with fsync off: survives killed processes only';
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #outcome(inserted: Inserted, frame: EncodedFrame): AppendOutcome {
    switch (inserted.kind) {
      case 'inserted':
        this.#gauge.wrote(frame.bytes.byteLength);
        return { kind: 'acked' };
      case 'not_inserted':
        return { kind: 'stale' };
      case 'failed':
        break;
    }
    switch (inserted.verdict) {
      case 'full':
        return { kind: 'full' };
      case 'notWritten':
        return { kind: 'unknown', cause: describe(inserted.error), notWritten: true };
      case 'unknown':
        this.#gauge.wrote(frame.bytes.byteLength); // it may be there
        return { kind: 'unknown', cause: describe(inserted.error) };
    }
  }

  async #ask<Result extends pg.QueryResultRow>(query: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult<Result>> {
    try {
      return await this.#pool.query<Result>(query as string, values);
    } catch (error) {
      throw new LogUnavailable(describe(error), { cause: error });
    }
  }
}
