/** What a shard promises, shown with an actor that means nothing and a log that obeys the test. */
import { expect, test, vi } from 'vitest';
import { cursedInstant, tallyDefinition } from '../../testing/tally-actor.ts';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { LogDamaged } from '../frame/frame.ts';
import { limits } from '../limits.ts';
import { MemoryLog } from '../log/memory.ts';

async function serving(options: ConstructorParameters<typeof TallyWorld>[0] = {}): Promise<TallyWorld> {
  const world = new TallyWorld(options);
  await world.start();
  return world;
}

/** A resident tally with a total of 10, and a log that waits from now on. */
async function gatedWithTen(options: ConstructorParameters<typeof TallyWorld>[0] = {}): Promise<TallyWorld> {
  const world = await serving(options);
  expect(short(await world.ask('a', { type: 'add', n: 10 }))).toBe(10);
  world.log.gated = true;
  return world;
}

test('an answer leaves only after its frame is acknowledged (I3)', async () => {
  const world = await gatedWithTen();
  const sent = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  expect(sent.outcome).toBeUndefined();
  await world.log.say('ack');
  await world.clock.settle();
  expect(short(sent.outcome)).toBe(11);
});

test('reads and refusals wait for the newest frame they rest on (I3, I4)', async () => {
  const world = await gatedWithTen();
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  const read = world.send('a', { type: 'read' });
  const refused = world.send('a', { type: 'require', least: 99 });
  await world.clock.settle();
  expect([read.outcome, refused.outcome]).toEqual([undefined, undefined]);
  await world.log.say('ack');
  await world.clock.settle();
  expect([short(read.outcome), short(refused.outcome)]).toEqual([11, 'too_small']);
});

test('a read with nothing on its way is answered at once', async () => {
  const world = await gatedWithTen();
  expect(short(await world.ask('a', { type: 'read' }))).toBe(10);
});

test('views are published at the acknowledgement, never before (I4)', async () => {
  const world = await gatedWithTen();
  world.published.length = 0;
  world.send('a', { type: 'add', n: 5 });
  await world.clock.settle();
  expect(world.published).toEqual([]);
  await world.log.say('ack');
  await world.clock.settle();
  expect(world.published).toEqual([{ id: 'a', version: 2, total: 15 }]);
});

test('what is decided while a frame is in flight goes into one next frame', async () => {
  const world = await gatedWithTen();
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  const rest = [1, 2, 3].map((n) => world.send('a', { type: 'add', n }));
  await world.clock.settle();
  expect(world.log.waiting).toHaveLength(1);
  await world.log.say('ack');
  await world.clock.settle();
  expect(world.log.waiting).toHaveLength(1);
  await world.log.say('ack');
  await world.clock.settle();
  expect(rest.map((sent) => short(sent.outcome))).toEqual([12, 14, 17]);
});

test('a frame whose fate is unknown but landed is acknowledged after the barrier is refused', async () => {
  const world = await gatedWithTen();
  const sent = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  await world.log.say('land unheard');
  await world.clock.settle();
  expect(sent.outcome).toBeUndefined();
  expect(world.log.waiting).toHaveLength(1); // the barrier
  await world.log.say('ack'); // the store refuses it: the place is taken
  await world.clock.settle();
  expect(short(sent.outcome)).toBe(11);
});

test('commands of a frame proven absent are decided again, first and in their old order', async () => {
  const world = await gatedWithTen();
  const first = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  const second = world.send('a', { type: 'add', n: 2 });
  const refused = world.send('a', { type: 'require', least: 99 });
  await world.clock.settle();
  await world.log.say('lose');
  await world.clock.settle();
  const late = world.send('a', { type: 'add', n: 100 });
  await world.log.say('ack'); // the barrier takes the place
  await world.clock.settle();
  expect(first.outcome).toBeUndefined();
  await world.log.say('ack'); // decided again
  await world.clock.settle();
  expect([first, second, refused, late].map((sent) => short(sent.outcome))).toEqual([11, 13, 'too_small', 113]);
});

test('a barrier whose own fate is unknown is settled by the next one', async () => {
  const world = await gatedWithTen();
  const sent = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  await world.log.say('lose');
  await world.clock.settle();
  await world.log.say('land unheard'); // the barrier landed, but nobody said so
  await world.clock.advance(1_000);
  await world.log.say('ack'); // the second barrier is refused by the first
  await world.clock.settle();
  await world.log.say('ack');
  await world.clock.settle();
  expect(short(sent.outcome)).toBe(11);
});

test('a frame that was surely never sent is simply sent again', async () => {
  const world = await gatedWithTen();
  const sent = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  await world.log.say('not sent');
  await world.clock.advance(1_000);
  expect(world.log.waiting[0]?.frame.frame).toBe(3);
  await world.log.say('ack');
  await world.clock.settle();
  expect(short(sent.outcome)).toBe(11);
});

test('an older owner is refused by the log, says "unknown" of what it decided and "not ready" of the rest', async () => {
  const world = await gatedWithTen();
  world.log.gated = false;
  const successor = world.newNode();
  await world.start(successor);
  const decided = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  expect(short(decided.outcome)).toBe('outcome_unknown');
  expect(world.lost).toEqual([0]);
  expect(short(await world.ask('a', { type: 'read' }))).toBe('not_ready');
  expect(short(await world.ask('a', { type: 'read' }, successor))).toBe(10);
});

test('a new owner replays the frames that rows do not contain yet', async () => {
  const world = await serving();
  await world.ask('a', { type: 'add', n: 3 });
  await world.clock.advance(1_000); // projected
  await world.ask('a', { type: 'add', n: 4 });
  await world.ask('b', { type: 'add', n: 5 });
  world.node.halt(); // not projected
  const successor = world.newNode();
  await world.start(successor);
  expect([short(await world.ask('a', { type: 'read' }, successor)), short(await world.ask('b', { type: 'read' }, successor))]).toEqual([
    7, 5,
  ]);
});

test('senders whose time is up hear "not done" of what was never decided and "unknown" of what was', async () => {
  const world = await gatedWithTen();
  const decided = world.send('a', { type: 'add', n: 1 }, { waitMs: 1_000 });
  const refused = world.send('a', { type: 'require', least: 99 }, { waitMs: 1_000 });
  await world.clock.advance(2_000);
  expect([short(decided.outcome), short(refused.outcome)]).toEqual(['outcome_unknown', 'not_done']);
});

test('what was told "not done" is never done, even when its frame is decided again', async () => {
  const world = await gatedWithTen();
  const lost = world.send('a', { type: 'add', n: 5 });
  await world.clock.settle();
  const refused = world.send('a', { type: 'require', least: 99 }, { waitMs: 500 });
  await world.clock.settle();
  await world.clock.advance(1_000);
  expect(short(refused.outcome)).toBe('not_done');
  await world.log.say('lose');
  await world.clock.settle();
  await world.log.say('ack'); // the barrier
  await world.clock.settle();
  await world.log.say('ack'); // decided again
  await world.clock.settle();
  expect([short(lost.outcome), short(refused.outcome)]).toEqual([15, 'not_done']);
});

test('a full mailbox refuses at once and keeps room for internal commands (I7)', async () => {
  const world = await serving({ limits: { mailboxClientMax: 2, mailboxInternalMax: 1 } });
  const sent = [1, 2, 3].map((n) => world.send('a', { type: 'add', n }));
  const internal = [1, 2].map((n) => world.send('a', { type: 'add', n }, { class: 'internal' }));
  expect(sent.map((one) => short(one.outcome))).toEqual([undefined, undefined, 'overloaded']);
  expect(internal.map((one) => short(one.outcome))).toEqual([undefined, 'overloaded']);
});

test('internal commands go before those of clients', async () => {
  const world = await serving();
  await world.ask('a', { type: 'add', n: 1 });
  const client = world.send('a', { type: 'add', n: 1 });
  const internal = world.send('a', { type: 'add', n: 10 }, { class: 'internal' });
  await world.clock.settle();
  expect([short(internal.outcome), short(client.outcome)]).toEqual([11, 12]);
});

test('a command that throws in decide or apply changes nothing and the actor goes on', async () => {
  const world = await serving();
  await world.ask('a', { type: 'add', n: 1 });
  expect(short(await world.ask('a', { type: 'throwInDecide' }))).toBe('actor_stopped');
  expect(short(await world.ask('a', { type: 'throwInApply' }))).toBe('actor_stopped');
  expect(short(await world.ask('a', { type: 'add', n: 1 }))).toBe(2);
});

test('a waiting answer comes with the decision that settles its ticket', async () => {
  const world = await serving();
  const waiting = world.send('a', { type: 'wait', ticket: 't' });
  await world.clock.settle();
  expect(waiting.outcome).toBeUndefined();
  await world.ask('a', { type: 'settle', ticket: 't' });
  expect(short(waiting.outcome)).toBe(2);
});

test('a deadline wakes its actor once, also after a crash', async () => {
  const world = await serving();
  await world.ask('a', { type: 'wakeAt', at: world.node.shard(0).now + 5_000 });
  await world.clock.advance(1_000);
  world.node.halt();
  world.node = world.newNode();
  await world.start();
  await world.clock.advance(10_000);
  const state = [...world.node.shard(0).residents][0]?.state as unknown as { woken: number };
  expect(state.woken).toBe(1);
});

test('a tick that throws is tried again now and then, not in a hot loop, and the actor goes on', async () => {
  const world = await serving();
  let ticks = 0;
  const decide = tallyDefinition.decide;
  const counting = vi.spyOn(tallyDefinition, 'decide').mockImplementation((state, command, at) => {
    if (command.type === 'tick') ticks++;
    return decide(state, command, at);
  });
  await world.ask('a', { type: 'wakeAt', at: cursedInstant });
  await world.clock.advance(10_000);
  counting.mockRestore();
  expect(ticks).toBeGreaterThanOrEqual(9);
  expect(ticks).toBeLessThanOrEqual(12);
  expect(short(await world.ask('a', { type: 'add', n: 1 }))).toBe(1);
});

test('an effect goes out after its frame, is delivered again until it is settled, and counts once (I5)', async () => {
  const world = await gatedWithTen();
  world.send('a', { type: 'owe', to: 'b' });
  await world.clock.settle();
  expect(world.node.status[0]?.debts).toBe(0);
  await world.log.say('ack');
  await world.clock.settle();
  expect(world.node.status[0]?.debts).toBe(1);
  await world.clock.advance(30_000); // its receiver's frame hangs: delivered again and again
  world.log.gated = false;
  while (world.log.waiting.length > 0) await world.log.say('ack');
  await world.clock.advance(10_000);
  expect(short(await world.ask('b', { type: 'read' }))).toBe(1);
  expect(world.node.status[0]?.debts).toBe(0);
});

test('a debt survives a crash: the next owner delivers it', async () => {
  const world = await gatedWithTen();
  world.send('a', { type: 'owe', to: 'b' });
  await world.clock.settle();
  await world.log.say('land unheard');
  world.node.halt();
  world.log.gated = false;
  world.log.waiting.length = 0;
  world.node = world.newNode();
  await world.start();
  await world.clock.advance(1_000);
  expect(short(await world.ask('b', { type: 'read' }))).toBe(1);
});

test('a full log refuses clients, and takes them again when there is room', async () => {
  const world = await gatedWithTen();
  const sent = world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  await world.log.say('full');
  await world.clock.settle();
  expect(short(sent.outcome)).toBe('overloaded');
  expect(short(world.send('a', { type: 'add', n: 1 }).outcome)).toBe('overloaded');
  await world.clock.advance(1_000);
  world.log.gated = false;
  expect(short(await world.ask('a', { type: 'add', n: 1 }))).toBe(11);
});

test('actors leave memory when there are too many, and come back as they were (M2)', async () => {
  const world = await serving({ limits: { residentActorsMax: 3 } });
  for (let n = 0; n < 10; n++) {
    await world.ask(`t${n}`, { type: 'add', n });
    await world.clock.advance(100);
  }
  expect(world.node.status[0]!.residents).toBeLessThanOrEqual(3);
  for (let n = 0; n < 10; n++) expect(short(await world.ask(`t${n}`, { type: 'read' }))).toBe(n);
});

test('a flood of unknown names neither fills the memory nor is remembered without bound (I7)', async () => {
  const world = await serving({ limits: { unknownActorsMax: 50, residentActorsMax: 20 } });
  for (let n = 0; n < 300; n++) await world.ask(`nobody${n}`, { type: 'read' });
  expect(world.node.status[0]!.residents).toBeLessThanOrEqual(20);
  expect(world.node.status[0]!.unknown).toBeLessThanOrEqual(50);
});

test('a frame larger than the limit is closed and the next one takes the rest', async () => {
  const world = await gatedWithTen({ limits: { frameBytesMax: 400 } });
  const sent = Array.from({ length: 20 }, () => world.send('a', { type: 'add', n: 1 }));
  await world.clock.settle();
  for (let rounds = 0; rounds < 30 && world.log.waiting.length > 0; rounds++) {
    expect(world.log.waiting[0]!.frame.bytes.byteLength).toBeLessThan(400 + 112 + 200);
    await world.log.say('ack');
    await world.clock.settle();
  }
  expect(sent.map((one) => short(one.outcome))).toEqual(Array.from({ length: 20 }, (_, n) => 11 + n));
});

test('draining decides what was taken, refuses the rest, and leaves rows complete', async () => {
  const world = await serving();
  await world.ask('a', { type: 'add', n: 1 });
  const last = world.send('a', { type: 'add', n: 1 });
  const drained = world.node.drain();
  expect(short(world.send('a', { type: 'add', n: 1 }).outcome)).toBe('not_ready');
  await world.clock.advance(1_000);
  await drained;
  expect(short(last.outcome)).toBe(2);
  expect((await world.rows.checkpoint(0))?.frame).toBe((await world.log.tail(0)).frame);
});

test('a log of another cluster is not served', async () => {
  const world = await serving();
  world.node.halt();
  const stranger = world.newNode('00000000-0000-4000-8000-00000000ffff');
  await expect(world.start(stranger)).rejects.toThrow(LogDamaged);
});

test('a log that ends before what rows were written from has lost its tail and is not served', async () => {
  const world = await serving();
  await world.ask('a', { type: 'add', n: 1 });
  await world.clock.advance(1_000);
  world.node.halt();
  const emptied = new TallyWorld({ rows: () => world.rows });
  const failed = emptied.node.start();
  failed.catch(() => {});
  await emptied.clock.advance(30_000);
  await expect(failed).rejects.toThrow(/rows know of frame 2 and epoch 1, but the log is empty/);
});

test('clocks that differ too much keep the shard from serving until they agree', async () => {
  const world = new TallyWorld();
  const realNow = world.log.now.bind(world.log);
  let skewMs = 3_600_000;
  world.log.now = async () => (await realNow()) + skewMs;
  const started = world.node.start();
  await world.clock.advance(1_000);
  expect(world.node.ready.ready).toBe(false);
  expect(world.node.ready.why.join()).toMatch(/clocks differ/);
  skewMs = 0;
  await world.clock.advance(1_000);
  await started;
  expect(world.node.ready.ready).toBe(true);
});

test('a wall clock that jumps between frames does not move shard time', async () => {
  const world = await serving();
  const before = world.node.shard(0).now;
  world.clock.wallOffsetMs = 3_600_000;
  await world.clock.advance(1_000);
  expect(world.node.shard(0).now - before).toBe(1_000);
});

test('a shard stands still with everything acknowledged and projected, then goes on', async () => {
  const world = await serving();
  await world.ask('a', { type: 'add', n: 1 });
  const during: (number | string | undefined)[] = [];
  const still = world.node.shard(0).standStill(async ({ frame }) => {
    const sent = world.send('a', { type: 'add', n: 1 });
    await world.clock.settle();
    during.push(short(sent.outcome));
    return { frame, checkpoint: (await world.rows.checkpoint(0))?.frame };
  });
  await world.clock.advance(100);
  const seen = await still;
  expect(seen.frame).toBe(seen.checkpoint);
  await world.clock.settle();
  expect(during).toEqual([undefined]);
  expect(short(await world.ask('a', { type: 'read' }))).toBe(2);
});

test('a shard whose log does not answer says so, and serves again when it does', async () => {
  const world = await serving();
  world.log.gated = true;
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  await world.log.say('lose');
  await world.clock.advance(limits.logAppendTimeoutMs + 1_000);
  expect(world.node.ready).toMatchObject({ ready: false, why: ['shard 0 waits for the log'] });
  await world.log.say('ack'); // the barrier
  world.log.gated = false;
  await world.clock.settle();
  expect(world.node.ready.ready).toBe(true);
});

test('an owner whose log was emptied while an append was under way stops being the owner', async () => {
  const world = await serving();
  world.log.gated = true;
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  await world.log.say('lose');
  world.log.stored = new MemoryLog({ clock: world.clock });
  world.log.gated = false;
  await world.log.say('ack');
  await world.clock.advance(10_000);
  expect(world.lost).toEqual([0]);
});
