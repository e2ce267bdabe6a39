import { expect, test } from 'vitest';
import { StolenMeter, stolenTicksOf } from './stolen.ts';

test('what was stolen is the eighth number of the line of all cores', () => {
  const procStat = 'cpu  1977009 33275 247360 872491 20116 0 21634 115956 0 0\ncpu0 988504 16637 123680 436245 10058 0 10817 57978 0 0\n';
  expect(stolenTicksOf(procStat)).toBe(115_956);
});

test.each(['', 'cpu  1 2 3 4\n', 'intr 1 2 3 4 5 6 7 8 9\n'])('a system that does not say has no number: %j', (procStat) => {
  expect(stolenTicksOf(procStat)).toBeNull();
});

test('is told in cores, since the meter began', () => {
  let [ticks, now] = [1_000, 5_000];
  const meter = new StolenMeter(
    () => ticks,
    () => now,
  );
  [ticks, now] = [1_150, 7_000];
  expect(meter.read()).toBe(0.75);
});

test('is not told where the system does not say', () => {
  const meter = new StolenMeter(
    () => null,
    () => 1,
  );
  expect(meter.read()).toBeNull();
});
