/** What becomes of a frame whose fate is unknown: only a frame that takes the same place settles it (L3). */
import { expect, test } from 'vitest';
import { GatedLog } from '../../testing/gated-log.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { frameAfter, positionOf } from '../log/conformance.ts';
import { logStart } from '../log/port.ts';
import { appendSettled, type AppendVerdict } from './append.ts';

function begin() {
  const clock = new ManualClock();
  const log = new GatedLog(clock);
  log.gated = true;
  const frame = frameAfter(logStart, 'the frame');
  let barriers = 0;
  let verdict: AppendVerdict | undefined;
  const deps = {
    log,
    shard: 0,
    clock,
    retryMs: 100,
    halted: () => false,
    onUnknown: () => {},
    barrier: (expected: typeof logStart) => frameAfter(expected, `barrier ${barriers++}`),
  };
  void appendSettled(deps, logStart, frame).then((known) => {
    verdict = known;
  });
  return { clock, log, frame, verdict: () => verdict };
}

test('a frame that landed unheard is found landed', async () => {
  const { clock, log, verdict } = begin();
  await log.say('land unheard');
  await clock.settle();
  expect(verdict()).toBeUndefined();
  await log.say('ack'); // the barrier is refused: the place is taken
  await clock.settle();
  expect(verdict()).toEqual({ kind: 'landed' });
});

test('a frame that is still on its way is absent only once a barrier has its place', async () => {
  const { clock, log, frame, verdict } = begin();
  await log.say('lose');
  await clock.settle();
  expect(verdict()).toBeUndefined();
  await log.say('ack');
  await clock.settle();
  expect(verdict()).toMatchObject({ kind: 'absent', tail: { frame: 0 } });
  expect(await log.stored.append(0, logStart, frame)).toEqual({ kind: 'stale' }); // it comes late, and in vain
});

test('a frame that lands while the barrier is on its way is landed', async () => {
  const { clock, log, frame, verdict } = begin();
  await log.say('lose');
  await clock.settle();
  await log.stored.append(0, logStart, frame);
  await log.say('ack');
  await clock.settle();
  expect(verdict()).toEqual({ kind: 'landed' });
});

test('a barrier without an answer is settled by another one, also when it was the first that landed', async () => {
  const { clock, log, verdict } = begin();
  await log.say('lose');
  await clock.settle();
  await log.say('land unheard');
  await clock.advance(100);
  await log.say('ack');
  await clock.settle();
  expect(verdict()).toMatchObject({ kind: 'absent', tail: { frame: 0 } });
});

test('an append that was never sent is sent again, without a barrier', async () => {
  const { clock, log, frame, verdict } = begin();
  await log.say('not sent');
  await clock.advance(100);
  expect(log.waiting.map((waiting) => waiting.frame.hash)).toEqual([frame.hash]);
  await log.say('ack');
  await clock.settle();
  expect(verdict()).toEqual({ kind: 'landed' });
});

test('a place that another owner has taken is a fence', async () => {
  const { clock, log, verdict } = begin();
  const theirs = frameAfter(logStart, 'theirs');
  await log.stored.append(0, logStart, theirs);
  await log.say('ack');
  await clock.settle();
  expect(verdict()).toEqual({ kind: 'fenced' });
  const later = begin();
  await later.log.say('lose');
  await later.clock.settle();
  await later.log.stored.append(0, logStart, frameAfter(logStart, 'theirs'));
  await later.log.say('ack');
  await later.clock.settle();
  expect(later.verdict()).toEqual({ kind: 'fenced' });
  expect(positionOf(theirs).frame).toBe(0);
});
