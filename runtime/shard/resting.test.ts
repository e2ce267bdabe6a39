/** Actors of which there are ever more leave memory while there is room, and come back as they were. */
import { expect, test } from 'vitest';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { actorId } from '../../actors/kernel/index.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tallyDefinition } from '../../testing/tally-actor.ts';
import { RowsUnavailable } from '../rows/port.ts';
import { Activation } from './activation.ts';
import { Resting } from './resting.ts';

const limits = { residentRestMs: 10_000, deadlineResidentMs: 60_000, deadlineScanMs: 1_000 } as const;
const residents = (world: TallyWorld) => [...world.node.shard(0).residents].map(({ id }) => id.id);

async function newWorld(): Promise<TallyWorld> {
  const world = new TallyWorld({ limits, restsInRows: true });
  await world.start();
  return world;
}

test('who was not asked for between two looks leaves, and comes back as it was', async () => {
  const world = await newWorld();
  await world.ask('a', { type: 'add', n: 7 });
  await world.clock.advance(30_000);
  expect(residents(world)).toEqual([]);
  expect(short(await world.ask('a', { type: 'read' }))).toBe(7);
  expect(short(await world.ask('a', { type: 'add', n: 1 }))).toBe(8);
});

test('who is asked for stays', async () => {
  const world = await newWorld();
  for (let round = 0; round < 10; round++) {
    await world.ask('a', { type: 'add', n: 1 });
    await world.clock.advance(9_000);
    expect(residents(world)).toEqual(['a']);
  }
});

test('who is due soon stays for it, and leaves after it', async () => {
  const world = await newWorld();
  await world.ask('a', { type: 'wakeAt', at: world.node.shard(0).now + 50_000 });
  await world.clock.advance(49_000);
  expect(residents(world)).toEqual(['a']);
  await world.clock.advance(30_000);
  expect(residents(world)).toEqual([]);
});

test('who is due late leaves, and is brought in for it', async () => {
  const world = await newWorld();
  await world.ask('a', { type: 'wakeAt', at: world.node.shard(0).now + 200_000 });
  await world.clock.advance(40_000);
  expect(residents(world)).toEqual([]);
  await world.clock.advance(161_000);
  const [sleeper] = world.node.shard(0).residents;
  expect(sleeper?.state).toMatchObject({ woken: 1 });
});

test('who owes something stays until it is paid (I9)', async () => {
  const world = await newWorld();
  const load = world.rows.load.bind(world.rows);
  world.rows.load = (kind, ids, now) =>
    ids.some(({ id }) => id === 'away') ? Promise.reject(new RowsUnavailable('away')) : load(kind, ids, now);
  world.send('a', { type: 'owe', to: 'away' });
  await world.clock.advance(60_000);
  expect(residents(world)).toContain('a');
  expect(world.node.status[0]?.debts).toBe(1);
  world.rows.load = load;
  await world.clock.advance(120_000);
  expect(world.node.status[0]?.debts).toBe(0);
  expect(residents(world)).toEqual([]);
});

test('who is not yet in rows stays until it is', async () => {
  const world = await newWorld();
  const write = world.rows.write.bind(world.rows);
  world.rows.write = () => Promise.reject(new RowsUnavailable('away'));
  await world.ask('a', { type: 'add', n: 1 });
  await world.clock.advance(25_000);
  expect(residents(world)).toEqual(['a']);
  world.rows.write = write;
  await world.clock.advance(25_000);
  expect(residents(world)).toEqual([]);
  expect(short(await world.ask('a', { type: 'read' }))).toBe(1);
});

test('kinds that do not rest stay while there is room', async () => {
  const world = new TallyWorld({ limits });
  await world.start();
  await world.ask('a', { type: 'add', n: 1 });
  await world.clock.advance(60_000);
  expect(residents(world)).toEqual(['a']);
});

test('ever more actors that are over do not fill the memory', async () => {
  const world = await newWorld();
  for (let name = 0; name < 200; name++) {
    await world.ask(`order-${name}`, { type: 'add', n: 1 });
    await world.clock.advance(1_000);
    expect(residents(world).length).toBeLessThan(25);
  }
});

test('a flood of those who come and go at once is not remembered until their look (I7)', () => {
  const here = new Set<Activation>();
  const resting = new Resting({
    clock: new ManualClock(),
    restMs: 10_000,
    halted: () => false,
    isHere: (activation) => here.has(activation),
    hereCount: () => here.size,
    leave: () => false,
  });
  const come = (name: string): Activation => {
    const activation = new Activation(actorId('tally', 's', name), { ...tallyDefinition, restsInRows: true }, { kind: 'resident' });
    here.add(activation);
    resting.cameIn(activation);
    return activation;
  };
  for (let name = 0; name < 10; name++) come(`stays ${name}`);
  let most = 0;
  for (let name = 0; name < 20_000; name++) {
    here.delete(come(`flood ${name}`));
    most = Math.max(most, resting.looks);
  }
  expect(most).toBeLessThanOrEqual(2 * 11 + 1_000);
  expect(resting.looks).toBeGreaterThanOrEqual(10);
});
