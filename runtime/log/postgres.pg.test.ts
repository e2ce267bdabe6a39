import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../testing/until.ts';
import { lossyProxy } from '../../testing/lossy-proxy.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { fill, frameAfter, positionOf, readAll, runLogConformance } from './conformance.ts';
import { logStart, LogUnavailable } from './port.ts';
import { PostgresLog, type PostgresLogOptions } from './postgres.ts';

const framesPerPartition = 16;

/** Small partitions, so that tests cross their borders. */
async function databaseWithSmallPartitions(): Promise<TestDatabase> {
  const database = await testDatabase();
  await database
    .poolFor('owner')
    .query(
      `create or replace function onhand_log.frames_per_partition() returns bigint language sql immutable parallel safe return ${framesPerPartition}`,
    );
  return database;
}

runLogConformance('the log in Postgres', async () => {
  const database = await databaseWithSmallPartitions();
  return {
    open: async () => new PostgresLog({ url: database.url('projector') }),
    trimKeepsMax: framesPerPartition,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

describe('the log in Postgres', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await databaseWithSmallPartitions();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('a session that is killed while it appends leaves the outcome unknown, and a barrier settles it', async () => {
    await using log = open(database);
    const [first] = await fill(log, 20, 1);
    const tail = positionOf(first!);
    // Holds frame 1 back: the append waits for this transaction on the primary key.
    const blocker = await lockFrame(database, 20, 1, tail.hash);
    const pending = log.append(20, tail, frameAfter(tail, 'whose session dies'));
    await endSession(database, await waiterOn(database));
    expect(await pending).toMatchObject({ kind: 'unknown' });
    expect((await pending) as { notWritten?: true }).not.toHaveProperty('notWritten');
    await blocker.rollback();
    const barrier = frameAfter(tail, 'barrier');
    expect(await log.append(20, tail, barrier)).toEqual({ kind: 'acked' });
    expect((await readAll(log, 20)).map(({ hash }) => hash)).toEqual([first!.hash, barrier.hash]);
  });

  test('an append that times out may still land: then the barrier is stale', async () => {
    await using log = open(database);
    await using impatient = open(database, { appendTimeoutMs: 1_500 });
    const [first] = await fill(log, 21, 1);
    const tail = positionOf(first!);
    expect(await impatient.tail(21)).toEqual(tail); // it has a session, and so sends what times out
    const blocker = await lockFrame(database, 21, 1, tail.hash);
    const late = frameAfter(tail, 'late');
    const outcome = await impatient.append(21, tail, late);
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(outcome).not.toHaveProperty('notWritten');
    await blocker.rollback(); // now the waiting session inserts, long after we gave up
    await eventually('the late frame landed', async () => (await log.tail(21)).hash === late.hash);
    expect(await log.append(21, tail, frameAfter(tail, 'barrier'))).toEqual({ kind: 'stale' });
  });

  test('an append whose answer is lost is unknown, and it is there', async () => {
    const { hostname, port } = new URL(database.url('projector'));
    await using proxy = await lossyProxy({ host: hostname, port: Number(port) });
    await using log = open(database, { url: proxy.url(database.url('projector')) });
    const [first] = await fill(log, 25, 1);
    const lost = frameAfter(positionOf(first!), 'its answer is lost');
    proxy.loseNextAnswer();
    const outcome = await log.append(25, positionOf(first!), lost);
    expect([outcome.kind, proxy.cut]).toEqual(['unknown', 1]);
    expect(outcome).not.toHaveProperty('notWritten');
    await eventually('the frame landed', async () => (await log.tail(25)).hash === lost.hash);
    expect(await log.append(25, positionOf(first!), frameAfter(positionOf(first!), 'barrier'))).toEqual({ kind: 'stale' });
  });

  test('a server that is not there was sent nothing', async () => {
    const log = new PostgresLog({ url: 'postgres://onhand_projector:x@127.0.0.1:1/onhand', appendTimeoutMs: 2_000 });
    expect(await log.append(0, logStart, frameAfter(logStart, 'x'))).toMatchObject({ kind: 'unknown', notWritten: true });
    await expect(log.tail(0)).rejects.toThrow(LogUnavailable);
    await expect(readAll(log, 0)).rejects.toThrow(LogUnavailable);
    await log.close();
  });

  test('a log that has used its room says full, and a trim gives room again', async () => {
    await using wide = open(database);
    const written = await fill(wide, 22, framesPerPartition * 4);
    await eventually('the next partition exists', () => exists(database, 'onhand_log.frames_22_4'));
    await using meter = open(database);
    const { usedBytes } = await meter.room();
    const tail = positionOf(written.at(-1)!);
    await using narrow = open(database, { bytesMax: usedBytes });
    expect(await narrow.append(22, tail, frameAfter(tail, 'too much'))).toEqual({ kind: 'full' });
    expect(await narrow.tail(22)).toEqual(tail);
    await narrow.trim(22, framesPerPartition * 3);
    expect(await narrow.append(22, tail, frameAfter(tail, 'fits now'))).toEqual({ kind: 'acked' });
  });

  test('a disk that is full says full, and the frame is not there', async () => {
    await using log = open(database);
    const [first] = await fill(log, 26, 1);
    const owner = database.poolFor('owner');
    await owner.query(`create function onhand_log.disk_is_full() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger disk_is_full before insert on onhand_log.frames_26_0 for each row execute function onhand_log.disk_is_full()`);
    const next = frameAfter(positionOf(first!), 'next');
    expect(await log.append(26, positionOf(first!), next)).toEqual({ kind: 'full' });
    await owner.query('drop trigger disk_is_full on onhand_log.frames_26_0');
    expect(await log.append(26, positionOf(first!), next)).toEqual({ kind: 'acked' });
  });

  test('a trim that a reader keeps from its lock gives up, and appends went on meanwhile', async () => {
    await using log = open(database);
    const written = await fill(log, 27, framesPerPartition * 2);
    const tail = positionOf(written.at(-1)!);
    const reader = await database.poolFor('projector').connect();
    await reader.query('begin');
    await reader.query('select from onhand_log.frames where shard = 27 limit 1');
    const [trimmed, appended] = await Promise.allSettled([
      log.trim(27, framesPerPartition),
      log.append(27, tail, frameAfter(tail, 'next')),
    ]);
    expect(trimmed).toMatchObject({ status: 'rejected', reason: { name: 'LogUnavailable' } });
    expect(appended).toEqual({ status: 'fulfilled', value: { kind: 'acked' } });
    await reader.query('rollback');
    reader.release();
    await log.trim(27, framesPerPartition);
    expect((await readAll(log, 27))[0]!.frame).toBe(framesPerPartition);
  });

  test('a trim reaches as far as it says beforehand, which is to the end of a whole partition', async () => {
    await using log = open(database);
    await fill(log, 28, framesPerPartition * 2 + 5);
    for (const below of [framesPerPartition - 1, framesPerPartition, framesPerPartition + 3, framesPerPartition * 2 + 4]) {
      const reach = await log.trimReach(below);
      await log.trim(28, below);
      expect([below, (await readAll(log, 28))[0]!.frame]).toEqual([below, reach]);
    }
  });

  test('partitions are made ahead of need, and one that is missing is made when it is needed', async () => {
    await using log = open(database);
    const written = await fill(log, 23, framesPerPartition - 2);
    await eventually('the next partition exists', () => exists(database, `onhand_log.frames_23_1`));
    await database.poolFor('owner').query('drop table onhand_log.frames_23_1');
    let tail = positionOf(written.at(-1)!);
    for (let number = 0; number < 4; number++) {
      const frame = frameAfter(tail, `across the border ${number}`);
      expect(await log.append(23, tail, frame)).toEqual({ kind: 'acked' });
      tail = positionOf(frame);
    }
    expect(await readAll(log, 23)).toHaveLength(framesPerPartition + 2);
  });

  test('making a partition waits for no append, and no append for it', async () => {
    await using log = open(database);
    const [first] = await fill(log, 24, 1);
    const session = await database.poolFor('projector').connect();
    await session.query('begin');
    await session.query(
      `insert into onhand_log.frames (shard, frame, hash, previous_hash, bytes) select 24, 1, hash, hash, '' from onhand_log.frames where shard = 24 and frame = 0`,
    );
    await database
      .poolFor('owner')
      .query(`set lock_timeout = '1s'; select onhand_log.make_partition(24, ${framesPerPartition * 5}); reset lock_timeout`);
    await session.query('rollback');
    session.release();
    expect(await log.append(24, positionOf(first!), frameAfter(positionOf(first!), 'next'))).toEqual({ kind: 'acked' });
  });

  test('acknowledged means synced, whatever the server does by default; what it does not sync is said', async () => {
    await using log = open(database);
    expect(await log.durability()).toBe('postgres with fsync off: survives killed processes only');
  });
});

function open(database: TestDatabase, options: Partial<PostgresLogOptions> = {}): PostgresLog & AsyncDisposable {
  const log = new PostgresLog({ url: database.url('projector'), ...options });
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}

async function lockFrame(
  database: TestDatabase,
  shard: number,
  frame: number,
  previousHash: string,
): Promise<{ rollback(): Promise<void> }> {
  const session = await database.poolFor('owner').connect();
  await session.query('begin');
  await session.query('insert into onhand_log.frames (shard, frame, hash, previous_hash, bytes) values ($1, $2, $3, $3, $4)', [
    shard,
    frame,
    Buffer.from(previousHash, 'hex'),
    Buffer.from('blocker'),
  ]);
  return {
    async rollback() {
      await session.query('rollback');
      session.release();
    },
  };
}

/** The session that waits for a lock, once there is one. */
async function waiterOn(database: TestDatabase): Promise<number> {
  let pid = 0;
  await eventually('an append waits for a lock', async () => {
    const { rows } = await superuser(database).query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = $1 and application_name = 'onhand log' and wait_event_type = 'Lock'`,
      [database.name],
    );
    pid = rows[0]?.pid ?? 0;
    return pid !== 0;
  });
  return pid;
}

async function endSession(database: TestDatabase, pid: number): Promise<void> {
  await superuser(database).query('select pg_terminate_backend($1)', [pid]);
}

async function exists(database: TestDatabase, table: string): Promise<boolean> {
  const { rows } = await superuser(database).query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
  return rows[0]!.there;
}

function superuser(database: TestDatabase): pg.Pool {
  return database.poolFor('superuser');
}
