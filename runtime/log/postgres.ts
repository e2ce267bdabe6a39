/**
 * The log in Postgres: one row per frame in `onhand_log.frames`, fsynced before it is acknowledged.
 *
 * P1. An append is one statement: it inserts frame n only where frame n-1 exists with the expected hash (or,
 *     for frame 0, where the shard is empty) and where nobody has written n. It keeps L1: of two writers that
 *     pass the first test the primary key lets one insert, the other waits for it and then inserts nothing.
 * P2. What an error proves is decided in `../postgres/errors.ts` alone; the rest is `unknown` (L3).
 * P3. Readers go by (shard, frame), never by a global serial: commits become visible in no such order.
 * P4. The partition after the current one is made when half of the current one is written; appends never
 *     wait for it. Trimming drops whole partitions.
 *
 * Does not know what a frame says, nor who owns a shard.
 */
import type pg from 'pg';
import { assert, type Instant } from '../../actors/kernel/index.ts';
import { type Clock, systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { describe, type FailureVerdict, sqlStateOf, type StatementPhase, verdictOf } from '../postgres/errors.ts';
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
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

const connectionsMaxDefault = 16;
const pageFramesMax = 1_024;
const pageBytesAim = 4 * 1024 * 1024;

/** Sessions are renewed after so many statements: a prepared statement per partition would pile up in them. */
const statementsPerSessionMax = 100_000;

/** P1. `table` is the partition itself where frame n-1 is in it too, else the whole tree. */
function appendText(table: string, first: boolean): string {
  const fits = first
    ? 'not exists (select from onhand_log.frames where shard = $1)'
    : `exists (select from ${table} where shard = $1 and frame = $2 - 1 and hash = $4)`;
  return `insert into ${table} (shard, frame, hash, previous_hash, bytes)
    select $1::integer, $2::bigint, $3::bytea, $4::bytea, $5::bytea where ${fits} on conflict do nothing`;
}

const everyPartition = 'onhand_log.frames';
const appendFirst: Statement = { text: appendText(everyPartition, true) };
const appendAcross: Statement = { text: appendText(everyPartition, false) };

// Not prepared: a plan made for the values at hand looks at and locks one partition, however many there are.
const readPage =
  'select frame, hash, bytes from onhand_log.frames where shard = $1 and frame >= $2 and frame <= $3 order by frame limit $4';
const readTail = 'select frame, hash from onhand_log.frames where shard = $1 order by frame desc limit 1';

interface Statement {
  readonly name?: string;
  readonly text: string;
}

interface FrameRow {
  readonly frame: number;
  readonly hash: Buffer;
  readonly bytes: Buffer;
}

type Inserted =
  | { readonly kind: 'inserted' | 'not_inserted' }
  | { readonly kind: 'failed'; readonly verdict: FailureVerdict; readonly error: unknown };

export class PostgresLog implements Log {
  readonly #pool: pg.Pool;
  readonly #gauge: RoomGauge;
  /** Partitions known to exist or being made, by `shard/number`. */
  readonly #partitions = new Map<string, Promise<void>>();
  #framesPerPartition: number | null = null;

  constructor(options: PostgresLogOptions) {
    this.#pool = createPool({
      url: options.url,
      applicationName: 'onhand log',
      connectionsMax: options.connectionsMax ?? connectionsMaxDefault,
      connectTimeoutMs: options.appendTimeoutMs ?? limits.logAppendTimeoutMs,
      answerTimeoutMs: options.appendTimeoutMs ?? limits.logAppendTimeoutMs,
      statementsPerSessionMax,
      // Acknowledged means synced to disk, whatever the server's own default is.
      settings: { synchronous_commit: 'on' },
    });
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
      await this.#preparePartition(shard, frame.frame);
    } catch (error) {
      return { kind: 'unknown', cause: describe(error), notWritten: true }; // only questions were asked so far
    }
    let inserted = await this.#insert(this.#appendStatement(shard, frame.frame), shard, expected, frame);
    // A partition that was dropped meanwhile: the tree knows whether the append is merely stale …
    if (refusedWith(inserted, undefinedTable)) inserted = await this.#insert(appendAcross, shard, expected, frame);
    if (refusedWith(inserted, noPartition)) {
      this.#partitions.clear(); // … or whether it must be made again
      inserted = (await this.#partitionMade(shard, frame.frame)) ? await this.#insert(appendAcross, shard, expected, frame) : inserted;
    }
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

  #appendStatement(shard: Shard, frame: number): Statement {
    const size = this.#framesPerPartition!;
    if (frame === 0) return appendFirst;
    if (frame % size === 0) return appendAcross;
    const name = `frames_${shard}_${Math.floor(frame / size)}`;
    return { name: `append_${name}`, text: appendText(`onhand_log.${name}`, false) };
  }

  async #insert(statement: Statement, shard: Shard, expected: Position, { frame, hash, bytes }: EncodedFrame): Promise<Inserted> {
    const values = [
      shard,
      frame,
      Buffer.from(hash, 'hex'),
      Buffer.from(expected.hash, 'hex'),
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    ];
    let phase: StatementPhase = 'connecting';
    let client: pg.PoolClient | null = null;
    try {
      client = await this.#pool.connect();
      phase = 'sent';
      const { rowCount } = await client.query({ ...statement, values });
      client.release();
      return { kind: rowCount === 1 ? 'inserted' : 'not_inserted' };
    } catch (error) {
      const verdict = verdictOf(error, phase);
      client?.release(verdict === 'unknown'); // a session in doubt is closed
      return { kind: 'failed', verdict, error };
    }
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

  /** P4. Waits only for a partition that the frame itself needs. */
  async #preparePartition(shard: Shard, frame: number): Promise<void> {
    this.#framesPerPartition ??= (await this.#ask<{ frames: number }>('select onhand_log.frames_per_partition() as frames'))
      .rows[0]!.frames;
    await this.#partition(shard, frame);
    // Not awaited. If it fails, the next append tries again.
    void this.#partition(shard, frame + Math.ceil(this.#framesPerPartition / 2)).catch(() => {});
  }

  #partition(shard: Shard, frame: number): Promise<void> {
    const key = `${shard}/${Math.floor(frame / this.#framesPerPartition!)}`;
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const made = this.#ask('select onhand_log.make_partition($1, $2)', [shard, frame]).then(() => {});
    made.catch(() => this.#partitions.delete(key));
    this.#partitions.set(key, made);
    return made;
  }

  #partitionMade(shard: Shard, frame: number): Promise<boolean> {
    return this.#partition(shard, frame).then(
      () => true,
      () => false,
    );
  }

  async #ask<Result extends pg.QueryResultRow>(query: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult<Result>> {
    try {
      return await this.#pool.query<Result>(query as string, values);
    } catch (error) {
      throw new LogUnavailable(describe(error), { cause: error });
    }
  }
}

const undefinedTable = '42P01';
/** check_violation: also what an insert without a partition for its row is refused with. */
const noPartition = '23514';

function refusedWith(inserted: Inserted, sqlState: string): boolean {
  return inserted.kind === 'failed' && sqlStateOf(inserted.error) === sqlState;
}
