import { expect, test, vi } from 'vitest';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { MemoryLog } from '../log/memory.ts';
import { type EncodedFrame, LogUnavailable, logStart } from '../log/port.ts';
import { silentLogger } from '../logger.ts';

test('the time a take-over takes has passed on the shard clock', async () => {
  const world = new TallyWorld();
  world.log.gated = true;
  const started = world.node.start();
  await world.clock.settle();
  await world.log.say('ack'); // the identity
  await world.clock.advance(4_000); // the EPOCH frame is slow
  world.log.gated = false;
  await world.log.say('ack');
  await world.clock.settle();
  await started;
  expect(world.node.shard(0).now).toBe(world.clock.wallMs());
});

test('an answer about the time that was long on its way is not believed', async () => {
  const world = new TallyWorld();
  const stored = world.log.now.bind(world.log);
  let answer: () => void = () => {};
  world.log.now = async () => {
    const at = await stored();
    await new Promise<void>((resolve) => (answer = resolve));
    return at;
  };
  const started = world.node.start();
  await world.clock.advance(5_000);
  world.log.now = stored;
  answer();
  await world.clock.settle();
  expect(world.node.ready.why.join()).toMatch(/clocks differ/);
  await world.clock.advance(1_000);
  await started;
  expect(world.node.shard(0).now).toBe(world.clock.wallMs());
});

test('a take-over that fails again and again for one reason says so once', async () => {
  const warn = vi.spyOn(silentLogger, 'warn');
  const world = new TallyWorld();
  world.log.now = () => Promise.reject(new LogUnavailable('no room'));
  void world.node.start();
  await world.clock.advance(10_000);
  const said = warn.mock.calls.filter(([, message]) => message.startsWith('could not take over'));
  warn.mockRestore();
  world.node.halt();
  expect(said).toHaveLength(1);
});

test('a log that was emptied is refused, and nothing is written to it', async () => {
  const world = new TallyWorld();
  await world.start();
  await world.ask('a', { type: 'add', n: 1 });
  world.node.halt();
  world.log.stored = new MemoryLog({ clock: world.clock });
  const failed = world.newNode().start();
  failed.catch(() => {});
  await world.clock.advance(30_000);
  await expect(failed).rejects.toThrow(/the log is empty: it was emptied, cut, or is another log/);
  expect(await world.log.tail(0)).toEqual(logStart);
});

test('a log that lost its newest epochs is refused although no row was ever written', async () => {
  const world = new TallyWorld();
  await world.start();
  world.node.halt();
  const early = world.log.stored;
  const cut = new MemoryLog({ clock: world.clock });
  let tail = logStart;
  for await (const frame of early.read(0, 0)) {
    await cut.append(0, tail, frame);
    tail = { frame: frame.frame, hash: frame.hash };
  }
  const second = world.newNode();
  await world.start(second);
  second.halt();
  world.log.stored = cut;
  const failed = world.newNode().start();
  failed.catch(() => {});
  await world.clock.advance(30_000);
  await expect(failed).rejects.toThrow(/epoch 2, but the log ends at frame 1 of epoch 1/);
  expect(await world.log.tail(0)).toEqual(tail);
});

test('a replica that shows an old tail for a while does not keep a shard from being served', async () => {
  const world = new TallyWorld();
  await world.start();
  world.node.halt();
  const tail = world.log.tail.bind(world.log);
  world.log.tail = async () => logStart;
  const next = world.newNode();
  const started = next.start();
  await world.clock.advance(2_000);
  expect(next.ready.ready).toBe(false);
  world.log.tail = tail;
  await world.clock.advance(2_000);
  await started;
  expect(next.ready.ready).toBe(true);
});

test('events that the loaded rows already contain are not applied again', async () => {
  const world = new TallyWorld();
  await world.start();
  await world.ask('a', { type: 'add', n: 1 });
  await world.ask('a', { type: 'add', n: 1 });
  await world.clock.advance(1_000); // its rows are written
  world.node.halt();
  const claim = world.rows.claim.bind(world.rows);
  const epochFrame = await frameNumbered(world, 1);
  world.rows.claim = async (shard, epoch) => ({ ...(await claim(shard, epoch)), frame: 1, hash: epochFrame.hash });
  const next = world.newNode();
  await world.start(next);
  expect(short(await world.ask('a', { type: 'read' }, next))).toBe(2);
});

async function frameNumbered(world: TallyWorld, number: number): Promise<EncodedFrame> {
  for await (const frame of world.log.read(0, number)) return frame;
  throw new Error(`there is no frame ${number}`);
}
