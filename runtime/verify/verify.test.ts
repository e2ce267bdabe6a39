/** `verify` finds one planted difference of each kind, and `repair` mends those that rows can have. */
import { expect, test } from 'vitest';
import type { ActorState, AnyActorDefinition, RowChange } from '../../actors/kernel/index.ts';
import { tallyDefinition } from '../../testing/tally-actor.ts';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { limits } from '../limits.ts';
import { silentLogger } from '../logger.ts';
import { TableSet } from '../rows/table-set.ts';
import { LogDamaged } from '../frame/frame.ts';
import { verifyRunning } from './report.ts';
import { planRepair, writeRepair } from './repair.ts';
import { type Difference, verifyShard, verifyStrays } from './verify-shard.ts';

const tables = new TableSet([tallyDefinition]);
const definitions = new Map<string, AnyActorDefinition>([['tally', tallyDefinition]]);

async function worldWithBooks(): Promise<TallyWorld> {
  const world = new TallyWorld();
  await world.start();
  for (const id of ['a', 'b', 'c']) await world.ask(id, { type: 'add', n: 5 });
  await world.clock.advance(1_000);
  return world;
}

async function stop(world: TallyWorld): Promise<void> {
  const drained = world.node.drain();
  await world.clock.advance(1_000);
  await drained;
}

async function verify(world: TallyWorld, memory: ReadonlyMap<string, ActorState> | null = null): Promise<readonly Difference[]> {
  const { log, rows } = world;
  const { frame } = await log.tail(0);
  const verdict = await verifyShard({
    shard: 0,
    log,
    rows,
    definitions,
    tables,
    limits,
    upTo: frame,
    at: world.clock.wallMs(),
    memory,
    store: null,
  });
  return [...verdict.differences, ...(await verifyStrays({ rows, tables, store: null, shardCount: 1 }))];
}

/** Changes rows behind the back of the log. */
async function plant(world: TallyWorld, change: RowChange): Promise<void> {
  const checkpoint = (await world.rows.checkpoint(0))!;
  expect(await world.rows.write(0, checkpoint, checkpoint, { actors: [], changes: [change] })).toEqual({ kind: 'written' });
}

const row = (id: string, version: number, total: number) => ({
  store_id: 's',
  tally: id,
  version,
  state: { version, total, wakeAt: null, woken: 0, owes: null, received: [] },
});

const line = (id: string, change: Record<string, string | number | boolean | null>) => ({
  store_id: 's',
  kind: 'tally',
  actor_id: id,
  shard: 0,
  version: 1,
  deadline: null,
  owes: false,
  format: 1,
  ...change,
});

const planted: readonly { readonly name: string; readonly change: RowChange; readonly finds: RegExp }[] = [
  { name: 'a value that was changed', change: { table: 'tallies', row: row('a', 1, 99) }, finds: /^tallies\/a: state.total$/ },
  { name: 'a row that was lost', change: { table: 'tallies', row: row('b', 1, 5), remove: true }, finds: /^tallies\/b: row is missing$/ },
  {
    name: 'a row that nobody made',
    change: { table: 'tallies', row: row('z', 1, 7) },
    finds: /^tallies\/z: row that the log knows nothing of$/,
  },
  { name: 'a row that claims to be newer', change: { table: 'tallies', row: row('c', 9, 5) }, finds: /^tallies\/c: version$/ },
  {
    name: 'an actor that was lost',
    change: { table: 'actors', row: line('a', {}), remove: true },
    finds: /^actors\/tally\/a: row is missing$/,
  },
  {
    name: 'an actor that nobody made',
    change: { table: 'actors', row: line('y', {}) },
    finds: /^actors\/tally\/y: row that the log knows nothing of$/,
  },
  {
    name: 'an actor of another version',
    change: { table: 'actors', row: line('b', { version: 7 }) },
    finds: /^actors\/tally\/b: version$/,
  },
  {
    name: 'a deadline that nobody set',
    change: { table: 'actors', row: line('b', { deadline: 5 }) },
    finds: /^actors\/tally\/b: deadline$/,
  },
];

test('books that nobody touched are clean, running and stopped', async () => {
  const world = await worldWithBooks();
  const memory = new Map([...world.node.shard(0).residents].map((activation) => [activation.key, activation.state]));
  expect(await verify(world, memory)).toEqual([]);
  await stop(world);
  expect(await verify(world)).toEqual([]);
});

test('books are clean when rows are behind the log', async () => {
  const world = await worldWithBooks();
  await world.ask('a', { type: 'add', n: 1 });
  world.node.halt();
  expect(await verify(world)).toEqual([]);
});

for (const { name, change, finds } of planted) {
  test(`${name} is found, and mended from the log`, async () => {
    const world = await worldWithBooks();
    await stop(world);
    await plant(world, change);
    const differences = await verify(world);
    expect(differences.map(({ key, what }) => `${key}: ${what}`)).toContainEqual(expect.stringMatching(finds));
    await repair(world, differences);
    expect(await verify(world)).toEqual([]);
    expect(short(await world.ask('a', { type: 'read' }))).toBe(5);
  });
}

async function repair(world: TallyWorld, differences: readonly Difference[]): Promise<void> {
  const plan = planRepair(differences);
  expect(plan.unmendable).toEqual([]);
  await writeRepair(
    {
      shard: 0,
      shardCount: 1,
      clusterId: '00000000-0000-4000-8000-000000000001',
      incarnation: '00000000-0000-4000-8000-000000000002',
      nonce: 'ff'.repeat(8),
      log: world.log,
      rows: world.rows,
      clock: world.clock,
      limits,
      logger: silentLogger,
      halted: () => false,
    },
    plan.corrections,
  );
  world.node = world.newNode();
  await world.start();
  await world.clock.advance(1_000);
}

test('memory that differs from the log is found', async () => {
  const world = await worldWithBooks();
  const memory = new Map([...world.node.shard(0).residents].map((activation) => [activation.key, activation.state]));
  memory.set('tally/s/a', { ...(memory.get('tally/s/a') as ActorState), total: 6 } as ActorState);
  const found = await verify(world, memory);
  expect(found).toMatchObject([{ key: 'tally/a', what: 'state total', log: 5, memory: 6 }]);
  expect(planRepair(found).unmendable).toHaveLength(1);
});

test('rows that were written from another log are found', async () => {
  const world = await worldWithBooks();
  await stop(world);
  const checkpoint = (await world.rows.checkpoint(0))!;
  await world.rows.write(0, checkpoint, { ...checkpoint, hash: 'ee'.repeat(32) }, { actors: [], changes: [] });
  expect(await verify(world)).toMatchObject([{ key: 'checkpoint', what: 'rows were written from another log' }]);
});

test('a store is told where the log is damaged, and nothing of others (I6)', async () => {
  const world = await worldWithBooks();
  const { rows, log } = world;
  log.read = () => {
    throw new LogDamaged(0, 2, 'event 5 of tally/another/secret cannot follow version 3');
  };
  const books = { log, rows, definitions, limits, shardCount: 1, now: () => world.clock.wallMs() };
  const told = verifyRunning(world.node, books, 's');
  await world.clock.advance(1_000);
  expect((await told).differences).toMatchObject([{ key: 'log/0/2', what: 'the log is damaged at this frame' }]);
});
