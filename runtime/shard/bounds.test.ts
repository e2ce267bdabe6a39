/** I7 where bytes do not bound: answers and senders that wait. */
import { expect, test } from 'vitest';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { RowsUnavailable } from '../rows/port.ts';

test('while the log hangs, reads wait for their frame only up to a maximum, then in the mailbox, then are refused', async () => {
  const world = new TallyWorld({ limits: { framePromisesMax: 3, mailboxClientMax: 4 } });
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  const reads: ReturnType<TallyWorld['send']>[] = [];
  for (let count = 0; count < 8; count += 1) {
    reads.push(world.send('a', { type: 'read' }));
    await world.clock.settle();
  }
  expect(world.node.status[0]).toMatchObject({ promised: 3, mailbox: { client: 4 } });
  expect(reads.filter((read) => short(read.outcome) === 'overloaded')).toHaveLength(1);
  await world.log.say('ack');
  await world.clock.settle();
  expect(reads.filter((read) => short(read.outcome) === 1)).toHaveLength(7);
  expect(world.node.status[0]).toMatchObject({ promised: 0, mailbox: { client: 0 } });
});

test('a sender too many who would wait for a later decision is told to ask again', async () => {
  const world = new TallyWorld({ limits: { ticketsMax: 2 } });
  await world.start();
  const sent = [1, 2, 3].map(() => world.send('a', { type: 'wait', ticket: 't' }));
  await world.clock.settle();
  expect(sent.map((one) => short(one.outcome))).toEqual([undefined, undefined, 'outcome_unknown']);
  expect(world.node.status[0]?.tickets).toBe(2);
  await world.ask('a', { type: 'settle', ticket: 't' });
  expect(sent.map((one) => typeof short(one.outcome))).toEqual(['number', 'number', 'string']);
  expect(world.node.status[0]?.tickets).toBe(0);
});

test('what is owed reaches an actor out of memory, though those who owe it fill the memory (I7, I9)', async () => {
  const world = new TallyWorld({ limits: { residentActorsMax: 3, residentInternalMax: 2, effectTimeoutMs: 500 } });
  await world.start();
  const owing = ['a', 'b', 'c'].map((name) => world.send(name, { type: 'owe', to: 'd' }));
  await world.clock.advance(5_000);
  expect(owing.map((sent) => short(sent.outcome))).toEqual([0, 0, 0]);
  expect(world.node.status[0]?.debts).toBe(0);
  expect(short(await world.ask('d', { type: 'read' }))).toBe(1); // every debtor pays in one name
});

test('even without such room what waits for what does not stand still: those who owe make way and come back', async () => {
  const world = new TallyWorld({ limits: { residentActorsMax: 2, residentInternalMax: 0, effectTimeoutMs: 500, deadlineScanMs: 1_000 } });
  await world.start();
  const owing = ['a', 'b'].map((name, index) => world.send(name, { type: 'owe', to: ['c', 'd'][index]! }));
  await world.clock.advance(20_000);
  expect(owing.map((sent) => short(sent.outcome))).toEqual([0, 0]);
  expect(world.node.status[0]).toMatchObject({ debts: 0, residents: 2 });
  for (const name of ['c', 'd']) expect(short(await world.ask(name, { type: 'read' }))).toBe(1);
});

test('an actor brought in because its deadline has passed is not sent out before its tick (I9)', async () => {
  const world = new TallyWorld({
    limits: { residentActorsMax: 1, residentInternalMax: 1, deadlineScanMs: 1_000, deadlineResidentMs: 500 },
  });
  await world.start();
  await world.ask('sleeper', { type: 'wakeAt', at: world.node.shard(0).now + 5_000 });
  for (let round = 0; round < 100; round++) {
    world.send(`crowd-${round % 3}`, { type: 'add', n: 1 });
    await world.clock.advance(100);
  }
  world.node.halt();
  world.node = world.newNode();
  await world.start();
  await world.ask('sleeper', { type: 'read' });
  const sleeper = [...world.node.shard(0).residents].find(({ id }) => id.id === 'sleeper');
  expect(sleeper?.state).toMatchObject({ woken: 1 });
});

test('an actor whose rows are not written keeps its place, however many ask for it', async () => {
  const world = new TallyWorld({ limits: { residentActorsMax: 2 } });
  await world.start();
  const write = world.rows.write.bind(world.rows);
  world.rows.write = () => Promise.reject(new RowsUnavailable('away'));
  for (const name of ['a', 'b']) expect(short(await world.ask(name, { type: 'add', n: 1 }))).toBe(1);
  for (const name of ['c', 'd', 'e', 'f']) expect(short(await world.ask(name, { type: 'add', n: 1 }))).toBe('overloaded');
  world.rows.write = write;
  await world.clock.advance(1_000);
  expect(short(await world.ask('c', { type: 'add', n: 1 }))).toBe(1);
  for (const name of ['a', 'b', 'c']) {
    await world.clock.advance(1_000);
    expect(short(await world.ask(name, { type: 'add', n: 1 }))).toBe(2);
  }
});

test('a client who comes in takes the place of nobody who still owes something (I9)', async () => {
  const world = new TallyWorld({ limits: { residentActorsMax: 2 } });
  await world.start();
  const load = world.rows.load.bind(world.rows);
  world.rows.load = (kind, ids, now) =>
    ids.some(({ id }) => id === 'away') ? Promise.reject(new RowsUnavailable('away')) : load(kind, ids, now);
  world.send('a', { type: 'owe', to: 'away' });
  await world.clock.settle();
  for (const name of ['b', 'c', 'd', 'e', 'f']) {
    await world.clock.advance(100); // rows are written: only the debt keeps anybody
    expect(short(await world.ask(name, { type: 'add', n: 1 }))).toBe(1);
    expect(world.node.status[0]?.debts).toBe(1);
  }
});
