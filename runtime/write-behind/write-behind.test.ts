/** What becomes of acknowledged frames when rows are slow, unsure, away or somebody else's. */
import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tallyDefinition } from '../../testing/tally-actor.ts';
import { limits } from '../limits.ts';
import { silentLogger } from '../logger.ts';
import { MemoryRowStore } from '../rows/memory.ts';
import { type RowBatch, RowsUnavailable, type WriteOutcome } from '../rows/port.ts';
import { WriteBehind } from './write-behind.ts';

type Word = 'write' | 'slow' | 'unknown, written' | 'unknown, not written' | 'away' | 'fenced';

class World {
  readonly clock = new ManualClock();
  readonly rows = new MemoryRowStore({ kinds: [tallyDefinition], clock: this.clock });
  readonly words: Word[] = [];
  readonly batches: RowBatch[] = [];
  fenced = 0;
  /** Lets the slow write end. */
  hurry: () => void = () => {};
  writeBehind!: WriteBehind;

  static async make(overrides: Partial<typeof limits> = {}): Promise<World> {
    const world = new World();
    const checkpoint = await world.rows.claim(0, 1);
    const write = world.rows.write.bind(world.rows);
    world.rows.write = async (shard, from, to, batch): Promise<WriteOutcome> => {
      const word = world.words.shift() ?? 'write';
      world.batches.push(batch);
      if (word === 'slow') await new Promise<void>((resolve) => (world.hurry = resolve));
      if (word === 'away') throw new RowsUnavailable('away');
      if (word === 'fenced') return { kind: 'fenced' };
      const outcome = word === 'unknown, not written' ? null : await write(shard, from, to, batch);
      return word === 'write' || word === 'slow' ? outcome! : { kind: 'unknown', cause: word };
    };
    world.writeBehind = new WriteBehind(
      {
        shard: 0,
        rows: world.rows,
        clock: world.clock,
        limits: { ...limits, ...overrides },
        logger: silentLogger,
        halted: () => false,
        onFenced: () => world.fenced++,
      },
      checkpoint,
    );
    return world;
  }

  offer(frame: number, isRowNew = false): void {
    const row = { store_id: 's', tally: 'a', version: frame + 1, state: { version: frame + 1 } };
    const actor = {
      actor: actorId('tally', 's', 'a'),
      shard: 0,
      version: frame + 1,
      deadline: null,
      owes: false,
      format: 1,
      isNew: frame === 0,
    };
    this.writeBehind.offer({
      position: { frame, hash: `${frame}`.padStart(64, '0') },
      bytes: 100,
      batch: { actors: [actor], changes: [{ table: 'tallies', row, isNew: isRowNew }] },
    });
  }

  async storedFrame(): Promise<number | undefined> {
    return (await this.rows.checkpoint(0))?.frame;
  }
}

test('frames offered within one flush interval are written together', async () => {
  const world = await World.make();
  for (const frame of [0, 1, 2]) world.offer(frame);
  await world.clock.advance(limits.writeBehindFlushMs);
  expect([world.batches.length, await world.storedFrame(), world.writeBehind.projectedFrame]).toEqual([1, 2, 2]);
});

test('an actor that is new in one of the frames of a batch is new in the batch, and in no later one', async () => {
  const world = await World.make();
  for (const frame of [0, 1]) world.offer(frame);
  await world.clock.advance(limits.writeBehindFlushMs);
  world.offer(2);
  await world.clock.advance(limits.writeBehindFlushMs);
  expect(world.batches.map(({ actors }) => actors)).toMatchObject([[{ version: 2, isNew: true }], [{ version: 3, isNew: false }]]);
});

test('frames that come while a batch is written wait for the next flush, unless somebody waits for the rows (W5)', async () => {
  const world = await World.make();
  world.words.push('slow');
  world.offer(0);
  await world.clock.advance(limits.writeBehindFlushMs);
  for (const frame of [1, 2]) world.offer(frame);
  world.hurry();
  await world.clock.settle();
  expect([world.batches.length, await world.storedFrame()]).toEqual([1, 0]);
  world.offer(3);
  await world.clock.advance(limits.writeBehindFlushMs);
  expect([world.batches.length, await world.storedFrame()]).toEqual([2, 3]);

  world.words.push('slow');
  world.offer(4);
  await world.clock.advance(limits.writeBehindFlushMs);
  world.offer(5);
  const caughtUp = world.writeBehind.caughtUp();
  world.hurry();
  await caughtUp;
  expect([world.batches.length, await world.storedFrame()]).toEqual([4, 5]);
});

test('a batch holds at most its number of rows, or one frame', async () => {
  const world = await World.make({ writeBehindRowsMax: 2 } as unknown as Partial<typeof limits>);
  for (const frame of [0, 1, 2, 3, 4]) world.offer(frame);
  await world.clock.advance(limits.writeBehindFlushMs);
  expect(world.batches.map((batch) => batch.changes.length)).toEqual([2, 2, 1]);
});

test('a batch holds at most its number of new rows: those cannot become fewer, and making them ready takes the thread', async () => {
  const world = await World.make({ writeBehindRowsMax: 5, writeBehindNewRowsMax: 2 } as unknown as Partial<typeof limits>);
  for (const [frame, isNew] of [true, true, true, false, false, true, false, false, false].entries()) world.offer(frame, isNew);
  await world.clock.advance(limits.writeBehindFlushMs);
  expect(world.batches.map((batch) => batch.changes.map(({ isNew }) => (isNew === true ? 'new' : 'old')).join(' '))).toEqual([
    'new new',
    'new old old new old',
    'old old',
  ]);
});

for (const { words, writes } of [
  { words: ['unknown, written'], writes: 1 },
  { words: ['unknown, not written'], writes: 2 },
  { words: ['away', 'unknown, not written', 'away'], writes: 4 },
] as const) {
  test(`after ${words.join(', then ')} every frame is written once and the checkpoint is right (W2)`, async () => {
    const world = await World.make();
    world.words.push(...words);
    world.offer(0);
    await world.clock.advance(5_000);
    expect([world.batches.length, await world.storedFrame(), world.writeBehind.backlog.frames, world.fenced]).toEqual([writes, 0, 0, 0]);
  });
}

test('a checkpoint that moved without us means that another owner writes', async () => {
  const world = await World.make();
  world.words.push('unknown, not written');
  await world.rows.claim(0, 2);
  world.offer(0);
  await world.clock.advance(1_000);
  expect(world.fenced).toBe(1);
});

test('a fenced write stops the shard and writes nothing more', async () => {
  const world = await World.make();
  world.words.push('fenced');
  world.offer(0);
  await world.clock.advance(1_000);
  world.offer(1);
  await world.clock.advance(1_000);
  expect([world.fenced, world.batches.length]).toEqual([1, 1]);
});

test('too many frames or bytes close the intake, and open it again when rows catch up (W3)', async () => {
  for (const overrides of [{ writeBehindFramesMax: 2 }, { writeBehindBytesMax: 200 }]) {
    const world = await World.make(overrides as unknown as Partial<typeof limits>);
    world.words.push(...Array.from({ length: 20 }, () => 'away' as const));
    world.offer(0);
    expect(world.writeBehind.full).toBe(false);
    world.offer(1);
    await world.clock.advance(1_000);
    expect(world.writeBehind.full, JSON.stringify(overrides)).toBe(true);
    world.words.length = 0;
    await world.clock.advance(5_000);
    expect(world.writeBehind.full).toBe(false);
  }
});

test('rows that are there but slow close the intake when they are too late', async () => {
  const world = await World.make({ writeBehindLagMaxMs: 1_000 } as unknown as Partial<typeof limits>);
  world.words.push('slow');
  world.offer(0);
  await world.clock.advance(999);
  expect(world.writeBehind.full).toBe(false);
  await world.clock.advance(1);
  expect(world.writeBehind.full).toBe(true);
  world.hurry();
  await world.clock.settle();
  expect(world.writeBehind.full).toBe(false);
});

test('rows that are away do not close the intake by being late; back again, they have their time to catch up', async () => {
  const world = await World.make({ writeBehindLagMaxMs: 1_000 } as unknown as Partial<typeof limits>);
  world.words.push(...Array.from({ length: 240 }, () => 'away' as const));
  world.offer(0);
  await world.clock.advance(50_000);
  world.offer(1);
  expect([world.writeBehind.full, world.writeBehind.backlog.lagMs >= 50_000]).toEqual([false, true]);
  world.words.splice(0, Number.POSITIVE_INFINITY, 'write', 'slow'); // back, but the second batch takes its time
  await world.clock.advance(limits.writeBehindRetryMs);
  expect(world.writeBehind.full).toBe(false);
  await world.clock.advance(1_000);
  expect(world.writeBehind.full).toBe(true);
  world.hurry();
  await world.clock.settle();
  expect(world.writeBehind.full).toBe(false);
});

test('whoever waits for rows to catch up is told when they have', async () => {
  const world = await World.make();
  world.offer(0);
  let caughtUp = false;
  void world.writeBehind.caughtUp().then(() => {
    caughtUp = true;
  });
  await world.clock.settle();
  expect([caughtUp, await world.storedFrame()]).toEqual([true, 0]);
});

test('shards whose frames come at different moments write at the same one (W5)', async () => {
  const world = await World.make();
  const flushMs = limits.writeBehindFlushMs;
  const writtenAtMs: number[] = [];
  const write = world.rows.write.bind(world.rows);
  world.rows.write = async (...given) => {
    writtenAtMs.push(world.clock.monotonicMs());
    return write(...given);
  };
  await world.clock.advance(flushMs - (world.clock.monotonicMs() % flushMs));
  const gridMs = world.clock.monotonicMs();
  await world.clock.advance(flushMs - 3);
  world.offer(0);
  await world.clock.advance(flushMs);
  world.offer(1);
  await world.clock.advance(flushMs);
  expect(writtenAtMs.map((atMs) => atMs - gridMs)).toEqual([flushMs, 2 * flushMs]);
});

test('while batches take long, frames are gathered for longer; when they are quick again, for less (W6)', async () => {
  const world = await World.make();
  const { writeBehindFlushMs: flushMs, writeBehindGatherMs: gatherMs, writeBehindSlowMs: slowMs } = limits;
  await world.clock.advance(gatherMs - (world.clock.monotonicMs() % gatherMs));
  world.words.push('slow');
  world.offer(0);
  await world.clock.advance(flushMs + slowMs);
  world.hurry();
  await world.clock.settle();
  for (const frame of [1, 2]) world.offer(frame);
  await world.clock.advance(gatherMs - flushMs - slowMs - 1);
  expect(await world.storedFrame()).toBe(0);
  await world.clock.advance(1);
  expect([world.batches.length, await world.storedFrame()]).toEqual([2, 2]);
  world.offer(3);
  await world.clock.advance(flushMs);
  expect([world.batches.length, await world.storedFrame()]).toEqual([3, 3]);
});

test.each([
  ['all', [true]],
  ['two in three', [true, true, false]],
])('rows of which %s are new are written evenly, however long a batch takes: gathering would save little (W6)', async (_, areNew) => {
  const world = await World.make();
  const { writeBehindFlushMs: flushMs, writeBehindGatherMs: gatherMs, writeBehindSlowMs: slowMs } = limits;
  await world.clock.advance(gatherMs - (world.clock.monotonicMs() % gatherMs));
  world.words.push('slow');
  for (const [frame, isNew] of areNew.entries()) world.offer(frame, isNew);
  await world.clock.advance(flushMs + slowMs);
  world.hurry();
  await world.clock.settle();
  world.offer(areNew.length, true);
  await world.clock.advance(flushMs - slowMs);
  expect([world.batches.length, await world.storedFrame()]).toEqual([2, areNew.length]);
});

test('whoever waits for rows that are gathered need not wait for longer (W6)', async () => {
  const world = await World.make();
  world.words.push('slow');
  world.offer(0);
  await world.clock.advance(limits.writeBehindFlushMs + limits.writeBehindSlowMs);
  world.hurry();
  await world.clock.settle();
  world.offer(1);
  await world.writeBehind.caughtUp();
  expect(await world.storedFrame()).toBe(1);
});
