import { expect, test } from 'vitest';
import { FaultCounts } from './faults.ts';
import { SimProcess } from './process.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';

const noClockFaults = { offsetMs: 0, rate: 1, timerLateMs: 0 };

function makeProcess(scheduler: Scheduler, clock = noClockFaults): SimProcess {
  return new SimProcess('node1', scheduler, clock, new Random(1), new FaultCounts());
}

function runAll(scheduler: Scheduler, untilMs: number): void {
  while (scheduler.next(untilMs) !== null);
}

test('events run in the order of their time, then of their planning', () => {
  const scheduler = new Scheduler(0);
  const ran: string[] = [];
  for (const [ms, name] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [3, 'b'],
    [-1, 'first'],
  ] as const)
    scheduler.after(ms, name, () => ran.push(name));
  runAll(scheduler, 10);
  expect(ran).toEqual(['first', 'a', 'b', 'c', 'd']); // D3
  expect(scheduler.nowMs).toBe(10);
});

test('a thousand events planned at random come out sorted', () => {
  const scheduler = new Scheduler(0);
  const random = new Random(3);
  const ran: number[] = [];
  for (let count = 0; count < 1_000; count += 1) scheduler.after(random.integer(0, 99), 'event', () => ran.push(scheduler.nowMs));
  runAll(scheduler, 100);
  expect(ran).toHaveLength(1_000);
  expect(ran).toEqual([...ran].sort((one, other) => one - other));
});

test('a cancelled event does not run and takes no step', () => {
  const scheduler = new Scheduler(0);
  scheduler.after(1, 'never', () => expect.unreachable())();
  expect(scheduler.next(2)).toBeNull();
  expect(scheduler.steps).toBe(0);
});

test('the same seed draws the same, and a fork leaves its parent where it would have been', () => {
  const [one, other] = [new Random(2 ** 40 + 7), new Random(2 ** 40 + 7)];
  const [fork] = [one.fork(), other.fork()];
  for (let count = 0; count < 10; count += 1) fork?.fraction();
  expect(one.fraction()).toBe(other.fraction()); // D2
  expect(new Random(7).fraction()).not.toBe(new Random(2 ** 40 + 7).fraction());
});

test('what reaches a paused process waits, and is released in its old order', () => {
  const scheduler = new Scheduler(0);
  const process = makeProcess(scheduler);
  const ran: string[] = [];
  for (const [ms, name] of [
    [2, 'b'],
    [1, 'a'],
    [3, 'c'],
  ] as const)
    process.deliver(ms, name, () => ran.push(name));
  process.pause();
  runAll(scheduler, 5);
  expect(ran).toEqual([]); // S2
  process.wake();
  runAll(scheduler, 5);
  expect(ran).toEqual(['a', 'b', 'c']);
});

test('nothing runs in a dead process, also not what waited for it to wake', () => {
  const scheduler = new Scheduler(0);
  const process = makeProcess(scheduler);
  process.deliver(1, 'before', () => expect.unreachable());
  process.pause();
  runAll(scheduler, 2);
  process.die();
  process.wake();
  process.deliver(1, 'after', () => expect.unreachable());
  runAll(scheduler, 10); // S1
  expect(process.phase).toBe('dead');
});

test('a wall clock jumps and is repaired; the monotonic one only runs at its own rate', () => {
  const scheduler = new Scheduler(1_000);
  const { clock } = makeProcess(scheduler, { ...noClockFaults, rate: 2 });
  scheduler.next(1_100);
  expect(clock.monotonicMs()).toBe(200);
  clock.jump(-3_600_000);
  expect(clock.wallMs()).toBe(1_200 - 3_600_000);
  expect(clock.monotonicMs()).toBe(200); // S3
  clock.repair();
  expect(clock.wallMs()).toBe(1_100);
});
