import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../runtime/logger.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Forgetting, forgettingLimits } from './forgetting.ts';

const { keptMs, everyMs, rowsAtOnce, pauseMs } = forgettingLimits;
const startMs = 1_700_000_000_000;

/** Holds so many old rows, and fails as often as told. */
function rows(count: number, failures = 0) {
  const asked: { readonly before: number; readonly count: number }[] = [];
  let left = count;
  async function forget(before: number, atMost: number): Promise<number> {
    asked.push({ before, count: atMost });
    if (failures-- > 0) throw new Error('the database is away');
    const forgotten = Math.min(left, atMost);
    left -= forgotten;
    return forgotten;
  }
  return { asked, forget };
}

function forgetting(...of: ReturnType<typeof rows>[]) {
  const clock = new ManualClock(startMs);
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) };
  const one = new Forgetting({ of, clock, logger });
  one.start();
  onTestFinished(() => one.stop());
  return { clock, warnings, one };
}

it('asks every so often for what was told before the time that things are kept', async () => {
  const few = rows(3);
  const { clock } = forgetting(few);
  await clock.advance(pauseMs);
  expect(few.asked).toEqual([{ before: startMs + pauseMs - keptMs, count: rowsAtOnce }]);
  await clock.advance(everyMs);
  expect(few.asked.at(-1)).toEqual({ before: startMs + pauseMs + everyMs - keptMs, count: rowsAtOnce });
  expect(few.asked).toHaveLength(2);
});

it('takes many away in batches, one after a pause (F2)', async () => {
  const many = rows(2 * rowsAtOnce + 1);
  const few = rows(0);
  const { clock } = forgetting(few, many);
  await clock.advance(3 * pauseMs);
  expect(many.asked).toHaveLength(3);
  await clock.advance(everyMs - 1);
  expect(many.asked).toHaveLength(3);
});

it('goes on with the others when one fails, and tries that one again later (F3)', async () => {
  const away = rows(1, 1);
  const there = rows(1);
  const { clock, warnings } = forgetting(away, there);
  await clock.advance(pauseMs);
  expect([away.asked.length, there.asked.length, warnings.length]).toEqual([1, 1, 1]);
  await clock.advance(everyMs);
  expect([away.asked.length, warnings.length]).toEqual([2, 1]);
});

it('stopped: asks no more', async () => {
  const few = rows(1);
  const { clock, one } = forgetting(few);
  await clock.advance(pauseMs);
  await one.stop();
  await clock.advance(2 * everyMs);
  expect(few.asked).toHaveLength(1);
});
