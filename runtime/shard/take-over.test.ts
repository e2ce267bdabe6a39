import { expect, test, vi } from 'vitest';
import { TallyWorld } from '../../testing/tally-world.ts';
import { LogUnavailable } from '../log/port.ts';
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
