import { expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { Rounds } from './rounds.ts';

it('begins after the first pause, and again after the pause that each round names', async () => {
  const clock = new ManualClock();
  const begunAt: number[] = [];
  const startMs = clock.monotonicMs();
  const rounds = new Rounds(clock, async () => {
    begunAt.push(clock.monotonicMs() - startMs);
    return begunAt.length * 100;
  });
  rounds.start(50);
  await clock.advance(400);
  expect(begunAt).toEqual([50, 150, 350]);
  await rounds.stop();
  await clock.advance(10_000);
  expect(begunAt).toHaveLength(3);
});

it('has stopped only when the round that was under way is over, and none follows it (R1)', async () => {
  const clock = new ManualClock();
  let finish: (pauseMs: number) => void = () => {};
  let begun = 0;
  const rounds = new Rounds(clock, () => {
    begun += 1;
    return new Promise((resolve) => (finish = resolve));
  });
  rounds.start();
  await clock.advance(0);
  let stopped = false;
  const stopping = rounds.stop().then(() => (stopped = true));
  await clock.settle();
  expect([begun, stopped]).toEqual([1, false]);
  finish(0);
  await stopping;
  await clock.advance(1_000);
  expect(begun).toBe(1);
});
