/** What an actor owes to a service and not to another actor. */
import { expect, test } from 'vitest';
import type { EffectOutcome } from '../../actors/kernel/index.ts';
import { TallyWorld } from '../../testing/tally-world.ts';

/** A bank whose answers the test gives, in the order of the questions. */
function bank() {
  const asked: { answer: (outcome: EffectOutcome | null) => void; fail: (error: Error) => void }[] = [];
  const service = (): Promise<EffectOutcome | null> => new Promise((answer, fail) => asked.push({ answer, fail }));
  return { asked, services: new Map([['bank', service]]) };
}

async function owing(services: ConstructorParameters<typeof TallyWorld>[0]) {
  const world = new TallyWorld(services);
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'owe', to: 'bank' });
  await world.clock.settle();
  return world;
}

test('a service is asked after the frame is acknowledged, and its answer ends the debt (I3)', async () => {
  const { asked, services } = bank();
  const world = await owing({ services });
  expect(asked).toHaveLength(0);
  world.log.gated = false;
  await world.log.say('ack');
  await world.clock.settle();
  expect(asked).toHaveLength(1);
  asked[0]!.answer({ reply: 'paid' });
  await world.clock.settle();
  expect(world.node.status[0]?.debts).toBe(0);
});

test.each([
  ['cannot tell', (call: ReturnType<typeof bank>['asked'][number]) => call.answer(null)],
  ['fails', (call: ReturnType<typeof bank>['asked'][number]) => call.fail(new Error('no line'))],
  ['says nothing', () => {}],
])('a service that %s is asked again, with backoff, until it answers', async (_what, silence) => {
  const { asked, services } = bank();
  const world = await owing({ services });
  world.log.gated = false;
  await world.log.say('ack');
  await world.clock.settle();
  silence(asked[0]!);
  await world.clock.advance(10_000);
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(asked.length).toBeLessThanOrEqual(4);
  expect(world.node.status[0]?.debts).toBe(1);
  asked.at(-1)!.answer({ reply: 'paid' });
  await world.clock.advance(100_000);
  expect(world.node.status[0]?.debts).toBe(0);
});

test.each([7_000, 60_000, 1_800_000])('a service that is back after %i ms hears within 5 s of what is owed to it (E5)', async (awayMs) => {
  let away = true;
  let asked = 0;
  const service = async (): Promise<EffectOutcome | null> => {
    asked += 1;
    return away ? null : { reply: 'paid' };
  };
  const world = await owing({ services: new Map([['bank', service]]) });
  world.log.gated = false;
  await world.log.say('ack');
  await world.clock.advance(awayMs);
  expect(world.node.status[0]?.debts).toBe(1);
  expect(asked).toBeLessThanOrEqual(2 + awayMs / 4_000);
  away = false;
  await world.clock.advance(5_000);
  expect(world.node.status[0]?.debts).toBe(0);
});

test('an answer that comes after the node stopped changes nothing', async () => {
  const { asked, services } = bank();
  const world = await owing({ services });
  world.log.gated = false;
  await world.log.say('ack');
  await world.clock.settle();
  world.node.halt();
  asked[0]!.answer({ reply: 'paid' });
  await world.clock.settle();
  expect(world.log.waiting).toHaveLength(0);
});
