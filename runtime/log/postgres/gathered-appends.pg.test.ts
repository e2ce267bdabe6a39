import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testing/postgres.ts';
import { eventually } from '../../../testing/until.ts';
import { fill, frameAfter, positionOf, readAll } from '../conformance.ts';
import type { AppendOutcome, EncodedFrame, Position, Shard } from '../port.ts';
import { PostgresLog, type PostgresLogOptions } from '../postgres.ts';

const shardCount = 16;
const acked: AppendOutcome = { kind: 'acked' };
const stale: AppendOutcome = { kind: 'stale' };

let database: TestDatabase;
let shardsUsed = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

function open(options: Partial<PostgresLogOptions> = {}): PostgresLog & AsyncDisposable {
  const log = new PostgresLog({ url: database.url('projector'), ...options });
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}

interface Place {
  readonly shard: Shard;
  readonly tail: Position;
}

/** Shards of this test's own, with one frame each. */
async function begun(log: PostgresLog): Promise<Place[]> {
  const shards = Array.from({ length: shardCount }, () => shardsUsed++);
  return Promise.all(shards.map(async (shard) => ({ shard, tail: positionOf((await fill(log, shard, 1))[0]!) })));
}

function appendAll(log: PostgresLog, frames: readonly { readonly place: Place; readonly frame: EncodedFrame }[]): Promise<AppendOutcome[]> {
  return Promise.all(frames.map(({ place, frame }) => log.append(place.shard, place.tail, frame)));
}

const next = (place: Place, word: string | Uint8Array = 'next') => ({ place, frame: frameAfter(place.tail, word) });

/** In how many transactions the frames of this number were written. */
async function transactionsOf(places: readonly Place[], frame: number): Promise<number> {
  const { rows } = await database
    .poolFor('superuser')
    .query<{ count: number }>(
      'select count(distinct xmin::text)::integer as count from onhand_log.frames where shard = any($1) and frame = $2',
      [places.map(({ shard }) => shard), frame],
    );
  return rows[0]!.count;
}

function asOwner(statement: string): Promise<unknown> {
  return database.poolFor('owner').query(statement);
}

describe('appends of many shards in one statement', () => {
  test('are written in one transaction', async () => {
    await using log = open();
    const places = await begun(log);
    const frames = places.map((place) => next(place));
    expect(await appendAll(log, frames)).toEqual(places.map(() => acked));
    expect(await transactionsOf(places, 1)).toBe(1);
    for (const { place, frame } of frames) expect((await readAll(log, place.shard)).at(-1)!.hash).toBe(frame.hash);
  });

  test('what has a large frame is written by itself', async () => {
    await using log = open();
    const places = await begun(log);
    const frames = places.map((place, index) => next(place, Buffer.alloc(index < 2 ? 100_000 : 100, index)));
    expect(await appendAll(log, frames)).toEqual(places.map(() => acked));
    expect(await transactionsOf(places, 1)).toBe(3);
  });

  test('a session takes small and large frames of a shard in turn', async () => {
    await using log = open({ connectionsMax: 1 });
    const shard = shardsUsed++;
    let tail = positionOf((await fill(log, shard, 1))[0]!);
    for (let number = 0; number < 6; number++) {
      const frame = frameAfter(tail, Buffer.alloc(number % 2 === 0 ? 100 : 100_000, number));
      expect(await log.append(shard, tail, frame)).toEqual(acked);
      tail = positionOf(frame);
    }
  });

  test('one that is stale is refused, and the others are written beside it', async () => {
    await using log = open();
    await using rival = open();
    const places = await begun(log);
    const lost = new Set([places[0]!, places[7]!, places[15]!]);
    for (const place of lost) expect(await rival.append(place.shard, place.tail, next(place, 'of the rival').frame)).toEqual(acked);
    const frames = places.map((place) => next(place));
    expect(await appendAll(log, frames)).toEqual(places.map((place) => (lost.has(place) ? stale : acked)));
    expect(
      await transactionsOf(
        places.filter((place) => !lost.has(place)),
        1,
      ),
    ).toBe(1);
    for (const { place, frame } of frames) expect((await log.tail(place.shard)).hash === frame.hash).toBe(!lost.has(place));
  });

  test('two owners that race over 16 shards never win the same frame, and never wait for each other in a circle', async () => {
    const before = await deadlocks();
    {
      await using one = open();
      await using other = open();
      let places = await begun(one);
      for (let round = 0; round < 60; round++) places = await race(one, other, places, round);
    }
    expect(await deadlocks()).toBe(before);
  });

  test('a partition that is missing is made again, and keeps no other shard from its frame', async () => {
    await using log = open();
    const places = await begun(log);
    const { shard } = places[3]!;
    await asOwner(`drop table onhand_log.frames_${shard}_0`);
    const outcomes = await appendAll(
      log,
      places.map((place) => next(place)),
    );
    // Its past went with it: nothing is there that the frame could follow.
    expect(outcomes).toEqual(places.map((place) => (place.shard === shard ? stale : acked)));
  });

  test('a disk that is full for one shard is full for it alone', async () => {
    await using log = open();
    const places = await begun(log);
    const { shard } = places[5]!;
    await asOwner(`create function onhand_log.no_room() returns trigger language plpgsql as $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
      create trigger no_room before insert on onhand_log.frames_${shard}_0 for each row execute function onhand_log.no_room()`);
    const frames = places.map((place) => next(place));
    expect(await appendAll(log, frames)).toEqual(places.map((place) => (place.shard === shard ? { kind: 'full' } : acked)));
    await asOwner(`drop trigger no_room on onhand_log.frames_${shard}_0`);
    expect(await log.append(shard, places[5]!.tail, frames[5]!.frame)).toEqual(acked);
  });

  test('a session that is killed leaves all of them unknown, and a barrier of each settles it', async () => {
    await using log = open();
    const places = await begun(log);
    const blocked = places.at(-1)!;
    await using blocker = await lockNextFrame(blocked);
    const pending = appendAll(
      log,
      places.map((place) => next(place)),
    );
    await endSession(await waiter());
    for (const outcome of await pending) {
      expect(outcome.kind).toBe('unknown');
      expect(outcome).not.toHaveProperty('notWritten');
    }
    await blocker.rollBack();
    expect(
      await appendAll(
        log,
        places.map((place) => next(place, 'barrier')),
      ),
    ).toEqual(places.map(() => acked));
  });

  test('who waits for a shard too long gives all of them back', async () => {
    await using log = open({ appendTimeoutMs: 300, transactionMaxMs: 600 });
    await using rival = open();
    const places = await begun(log);
    const blocked = places.at(-1)!;
    await using blocker = await lockNextFrame(blocked);
    const frames = places.map((place) => next(place));
    for (const outcome of await appendAll(log, frames)) expect(outcome.kind).toBe('unknown');
    // The blocker is still there. Nothing of the statement is in its way, and nothing of it will ever land.
    const others = places.filter((place) => place !== blocked);
    expect(
      await appendAll(
        rival,
        others.map((place) => next(place, 'of the rival')),
      ),
    ).toEqual(others.map(() => acked));
    await blocker.rollBack();
    expect(await rival.append(blocked.shard, blocked.tail, next(blocked, 'of the rival').frame)).toEqual(acked);
  });
});

async function race(one: PostgresLog, other: PostgresLog, places: readonly Place[], round: number): Promise<Place[]> {
  const frames = places.map((place) => next(place, `one ${round}`));
  const otherFrames = places.map((place) => next(place, `other ${round}`));
  const [told, otherTold] = await Promise.all([
    appendAll(one, frames),
    appendAll(other, otherFrames.toReversed()).then((outcomes) => outcomes.reverse()),
  ]);
  for (const index of places.keys()) expect([told[index]!.kind, otherTold[index]!.kind].sort()).toEqual(['acked', 'stale']);
  const winners = places.map((_, index) => (told[index]!.kind === 'acked' ? frames : otherFrames)[index]!.frame);
  for (const [index, { shard }] of places.entries()) expect(await one.tail(shard)).toEqual(positionOf(winners[index]!));
  return places.map(({ shard }, index) => ({ shard, tail: positionOf(winners[index]!) }));
}

/** Ever found by the server in this database. Its sessions report them when they end. */
async function deadlocks(): Promise<number> {
  const superuser = database.poolFor('superuser');
  await eventually('the sessions of the logs have ended', async () => {
    const { rowCount } = await superuser.query(`select from pg_stat_activity where datname = $1 and application_name = 'onhand log'`, [
      database.name,
    ]);
    return rowCount === 0;
  });
  const { rows } = await superuser.query<{ deadlocks: string }>('select deadlocks from pg_stat_database where datname = $1', [
    database.name,
  ]);
  return Number(rows[0]!.deadlocks);
}

/** Holds the next frame of a shard back: an append of it waits for this transaction on the primary key. */
async function lockNextFrame({ shard, tail }: Place): Promise<AsyncDisposable & { rollBack(): Promise<void> }> {
  const session = await database.poolFor('owner').connect();
  const hash = Buffer.from(tail.hash, 'hex');
  await session.query('begin');
  await session.query(`insert into onhand_log.frames (shard, frame, hash, previous_hash, bytes) values ($1, $2, $3, $3, '')`, [
    shard,
    tail.frame + 1,
    hash,
  ]);
  let isOpen = true;
  const rollBack = async () => {
    if (!isOpen) return;
    isOpen = false;
    await session.query('rollback');
    session.release();
  };
  return { rollBack, [Symbol.asyncDispose]: rollBack };
}

/** The session of a log that waits for a lock, once there is one. */
async function waiter(): Promise<number> {
  let pid = 0;
  await eventually('an append waits for a lock', async () => {
    const { rows } = await database
      .poolFor('superuser')
      .query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = $1 and application_name = 'onhand log' and wait_event_type = 'Lock'`,
        [database.name],
      );
    pid = rows[0]?.pid ?? 0;
    return pid !== 0;
  });
  return pid;
}

async function endSession(pid: number): Promise<void> {
  await database.poolFor('superuser').query('select pg_terminate_backend($1)', [pid]);
}
