/** An actor whose stored rows are damaged is made again from the log; everybody else notices nothing. */
import { expect, test } from 'vitest';
import type { Row } from '../../actors/kernel/index.ts';
import { tallyDefinition } from '../../testing/tally-actor.ts';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { type EncodedFrame, LogUnavailable } from '../log/port.ts';
import { silentLogger } from '../logger.ts';
import { Node } from '../node.ts';
import type { MemoryRowStore } from '../rows/memory.ts';

function damage(world: TallyWorld, id: string, table = 'tallies', change: Row = { state: { version: 1, total: 999 } }): void {
  const column = table === 'actors' ? 'actor_id' : 'tally';
  expect((world.rows as MemoryRowStore).damage(table, (row) => row[column] === id, change)).toBe(true);
}

async function damagedRows(world: TallyWorld, table = 'tallies'): Promise<Row[]> {
  const found: Row[] = [];
  for await (const _ of world.rows.scan(table, 0, (row) => found.push(row)));
  return found;
}

/** Three tallies in rows; then a node that has none of them in memory. */
async function coldWorld(): Promise<TallyWorld> {
  const world = new TallyWorld();
  await world.start();
  for (const id of ['a', 'b', 'c']) for (const n of [5, 2]) await world.ask(id, { type: 'add', n });
  await world.clock.advance(1_000);
  world.node.halt();
  world.node = world.newNode();
  await world.start();
  return world;
}

const damages: readonly { readonly name: string; readonly table: string; readonly change: Row }[] = [
  { name: 'a value', table: 'tallies', change: { state: { version: 2, total: 999 } } },
  { name: 'a version that grew', table: 'tallies', change: { version: 1_000_000 } },
  { name: 'a version that shrank', table: 'tallies', change: { version: 1 } },
  { name: 'the line of the actor', table: 'actors', change: { version: 77 } },
];

for (const { name, table, change } of damages) {
  test(`damage to ${name} is noticed: the actor is rebuilt, goes on, and its rows are put right`, async () => {
    const world = await coldWorld();
    damage(world, 'a', table, change);
    expect(short(await world.ask('a', { type: 'add', n: 1 }))).toBe(8);
    expect(world.node.status[0]!.damaged).toBe(1);
    await world.clock.advance(1_000);
    expect(await damagedRows(world, table)).toEqual([]);
    world.node.halt();
    world.node = world.newNode();
    await world.start();
    expect(short(await world.ask('a', { type: 'read' }))).toBe(8);
    expect(world.node.status[0]!.damaged).toBe(0);
  });
}

test('rows are put right also when the actor does nothing more', async () => {
  const world = await coldWorld();
  damage(world, 'a');
  expect(short(await world.ask('a', { type: 'read' }))).toBe(7);
  await world.clock.advance(1_000);
  expect(await damagedRows(world)).toEqual([]);
});

test('of many that are loaded together only the damaged one is rebuilt', async () => {
  const world = await coldWorld();
  damage(world, 'b');
  const sent = ['a', 'b', 'c'].map((id) => world.send(id, { type: 'read' }));
  await world.clock.settle();
  expect(sent.map(({ outcome }) => short(outcome))).toEqual([7, 7, 7]);
  expect(world.node.status[0]!.damaged).toBe(1);
});

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  fail(error: Error): void;
}

function newGate(): Gate {
  let open: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: () => open(), fail: (error) => fail(error) };
}

/** A node whose history waits for, and then does, what `gate` says. */
function nodeWithHistory(world: TallyWorld, gate: Promise<void>): Node {
  return new Node({
    clusterId: '00000000-0000-4000-8000-000000000001',
    incarnation: '00000000-0000-4000-8000-000000000002',
    shardCount: 1,
    definitions: [tallyDefinition],
    log: world.log,
    history: {
      async *read(shard, from): AsyncIterable<EncodedFrame> {
        await gate;
        yield* world.log.read(shard, from);
      },
    },
    rows: world.rows,
    clock: world.clock,
    logger: silentLogger,
    nonce: () => 'f'.repeat(16),
  });
}

test('commands wait in order while their actor is rebuilt, and others do not wait for it', async () => {
  const world = await coldWorld();
  world.node.halt();
  const gate = newGate();
  world.node = nodeWithHistory(world, gate.opened);
  await world.start();
  damage(world, 'a');
  const sent = [1, 2, 3].map((n) => world.send('a', { type: 'add', n }));
  expect(short(await world.ask('b', { type: 'add', n: 1 }))).toBe(8);
  expect(sent.map(({ outcome }) => outcome)).toEqual([undefined, undefined, undefined]);
  gate.open();
  await world.clock.settle();
  expect(sent.map(({ outcome }) => short(outcome))).toEqual([8, 10, 13]);
});

test('who waits is told `unavailable` when history cannot be read, and is served when it can again', async () => {
  const world = await coldWorld();
  world.node.halt();
  const gate = newGate();
  world.node = nodeWithHistory(world, gate.opened);
  await world.start();
  damage(world, 'a');
  const sent = world.send('a', { type: 'read' });
  gate.fail(new LogUnavailable('the archive is away'));
  await world.clock.settle();
  expect(short(sent.outcome)).toBe('rows_unavailable');
  expect(await damagedRows(world)).toHaveLength(1);
  world.node.halt();
  world.node = world.newNode();
  await world.start();
  expect(short(await world.ask('a', { type: 'read' }))).toBe(7);
});

test('at a take-over a damaged actor is rebuilt, and what came after the checkpoint applied to it', async () => {
  const world = new TallyWorld();
  await world.start();
  await world.ask('a', { type: 'add', n: 5 });
  await world.clock.advance(1_000);
  await world.ask('a', { type: 'add', n: 2 });
  world.node.halt();
  damage(world, 'a');
  world.node = world.newNode();
  await world.start();
  expect(world.node.status[0]!.damaged).toBe(1);
  expect(short(await world.ask('a', { type: 'read' }))).toBe(7);
  await world.clock.advance(1_000);
  expect(await damagedRows(world)).toEqual([]);
});
