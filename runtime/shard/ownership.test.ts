/** What a shard does when it is lost, or the log was full, and nothing else happens to wake it. */
import { expect, test } from 'vitest';
import { short, TallyWorld } from '../../testing/tally-world.ts';

test('a log that was full takes clients again although what waited for room has given up meanwhile (I8)', async () => {
  const world = new TallyWorld();
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'add', n: 1 }, { class: 'internal', waitMs: 150 });
  await world.clock.settle();
  await world.log.say('full');
  await world.clock.advance(10_000);
  world.log.gated = false;
  expect(short(await world.ask('b', { type: 'add', n: 1 }))).toBe(1);
});

test('a repeat of what is on its way to the log is never told "not done" (S5)', async () => {
  const world = new TallyWorld();
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'receive', from: 'x' });
  await world.clock.settle();
  const repeat = world.send('a', { type: 'receive', from: 'x' }, { waitMs: 1_000 });
  await world.clock.advance(2_000);
  expect(short(repeat.outcome)).toBe('outcome_unknown');
});
