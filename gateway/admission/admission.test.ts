import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Admission, type AdmissionLimits } from './admission.ts';

const limits: Partial<AdmissionLimits> = {
  leastMax: 2,
  startMax: 4,
  mostMax: 8,
  perSecondAtFirst: 10,
  waitingMax: 20,
  leavingMax: 0,
  returnLeastMs: 1_000,
};
const lookEveryMs = 100;

let clock: ManualClock;
let lateMs: number;
let looks: string[];
let door: Admission;
let seen: string[];
let ways: Map<string, () => void>;

function open(more: Partial<AdmissionLimits> = {}): void {
  door = new Admission({
    clock,
    look(storeId, back) {
      looks.push(storeId);
      clock.after(lateMs, back);
    },
    limits: { ...limits, ...more },
  });
}

beforeEach(() => {
  [clock, lateMs, looks, seen, ways] = [new ManualClock(), 1, [], [], new Map()];
  open();
});

function come(name: string, storeId = 'shop', first = false): void {
  door.enter(storeId, {
    first,
    begin(leave) {
      seen.push(name);
      ways.set(name, leave);
    },
    turnAway: (retryAfterMs) => seen.push(`${name} in ${Math.round(retryAfterMs)}`),
  });
}

function comeMany(count: number, storeId = 'shop'): void {
  for (let index = 0; index < count; index++) come(`${storeId} ${index}`, storeId);
}

function leave(name: string): void {
  ways.get(name)!();
  ways.delete(name);
}

describe('who is let in', () => {
  test('as many as may be under way, and the next when one of them leaves', () => {
    comeMany(6);
    expect(seen).toEqual(['shop 0', 'shop 1', 'shop 2', 'shop 3']);
    expect(door.levels).toMatchObject({ underWay: 4, waiting: 2 });
    leave('shop 2');
    expect(seen.at(-1)).toBe('shop 4');
    expect(door.levels).toMatchObject({ underWay: 4, waiting: 1 });
  });

  test('whoever leaves twice makes room once', () => {
    comeMany(6);
    const out = ways.get('shop 0')!;
    out();
    out();
    expect(door.levels).toMatchObject({ underWay: 4, waiting: 1 });
  });

  test('a crowd that leaves at once, one let in by the other, fills no stack', () => {
    open({ waitingMax: 100_000, waitMaxMs: 100_000_000, startMax: 2 });
    comeMany(2);
    let served = 0;
    const begin = (out: () => void): void => {
      served += 1;
      out();
    };
    for (let index = 0; index < 10_000; index++) door.enter('shop', { begin, turnAway: () => seen.push('turned away') });
    leave('shop 0');
    expect(served).toBe(10_000);
    expect(door.levels).toMatchObject({ underWay: 1, waiting: 0 });
  });

  test('stores take turns: a rush on one is not the wait of another', () => {
    comeMany(14, 'rush');
    come('quiet 0', 'quiet');
    for (const name of ['rush 0', 'rush 1']) leave(name);
    expect(seen.slice(-2)).toEqual(['rush 4', 'quiet 0']);
  });

  test('the places at the door are shared by those stores whose buyers wait there', () => {
    comeMany(4 + 20, 'rush'); // four are in
    expect(door.levels).toMatchObject({ waiting: 20, turnedAway: 0 });
    comeMany(12, 'quiet');
    expect(door.levels).toMatchObject({ waiting: 30, turnedAway: 2 });
  });
});

describe('who comes first', () => {
  test('goes before those who came earlier, who still get every fourth turn', () => {
    comeMany(4 + 4);
    for (let index = 0; index < 8; index++) come(`first ${index}`, 'shop', true);
    for (const name of [...ways.keys()]) leave(name);
    expect(seen.slice(4)).toEqual(['first 0', 'first 1', 'first 2', 'shop 4']);
    for (const name of [...ways.keys()]) leave(name);
    expect(seen.slice(8)).toEqual(['first 3', 'first 4', 'first 5', 'shop 5']);
  });

  test('has a place, however many others wait', () => {
    comeMany(4 + 20 + 1);
    come('first', 'shop', true);
    expect(door.levels).toMatchObject({ waiting: 21, turnedAway: 1 });
  });
});

describe('who is turned away', () => {
  test('those who would wait longer than somebody waits, each with a time of its own', () => {
    open({ startMax: 2, waitMaxMs: 100, waitingMax: 16 });
    comeMany(2 + 16 + 3);
    expect(seen.slice(2)).toEqual(['shop 18 in 1025', 'shop 19 in 1050', 'shop 20 in 1075']); // ten a second, four told for each
    expect(door.levels).toMatchObject({ underWay: 2, waiting: 16, turnedAway: 3 });
  });

  test('nobody is told to come in ages: they are spread over what is bearable', () => {
    open({ startMax: 2, waitMaxMs: 100, waitingMax: 16 });
    comeMany(2 + 16 + 2_000);
    const told = seen.slice(2).map((line) => Number(line.split(' in ')[1]));
    expect(Math.max(...told)).toBeLessThanOrEqual(15_000);
    expect(told.slice(600).filter((ms) => ms < 7_500)).toEqual([]);
    const late = told.slice(-300).map((ms) => Math.floor(ms / 1_000));
    expect(new Set(late).size).toBeGreaterThan(6);
  });

  test('the faster it goes, the more may wait, and the sooner the others are told to come', async () => {
    open({ startMax: 2, mostMax: 2, waitMaxMs: 1_000, waitingMax: 1_000 });
    comeMany(2 + 16);
    for (let second = 0; second < 5; second++) {
      for (let turn = 0; turn < 10; turn++) {
        for (const name of [...ways.keys()].slice(0, 2))
          for (let time = 0; time < 5; time++, come(`more ${second} ${turn} ${time} ${name}`)) leaveAny();
        await clock.advance(lookEveryMs);
      }
    }
    const before = seen.length;
    comeMany(200, 'shop');
    const told = seen.slice(before).map((line) => Number(line.split(' in ')[1]));
    expect(door.levels.waiting).toBeGreaterThan(80); // about a hundred a second for a second
    expect(told[1]! - told[0]!).toBeLessThan(7);
  });
});

function leaveAny(): void {
  const [first] = ways.keys();
  leave(first!);
}

describe('who is turned away and asks again at once', () => {
  test('hears it after a while, with what is left of the time, and so asks no more often than that', async () => {
    open({ startMax: 2, waitMaxMs: 100, waitingMax: 16, mostMax: 2, turnAwayAfterMs: 400, leavingMax: 100 });
    comeMany(2 + 16 + 1);
    await clock.advance(399);
    expect(seen).toHaveLength(2);
    await clock.advance(1);
    expect(seen[2]).toBe('shop 18 in 625');
    expect(door.levels).toMatchObject({ underWay: 2, waiting: 16, turnedAway: 1 });
  });

  test('hears it at once where more are on their way out than there is room for', async () => {
    open({ startMax: 2, waitMaxMs: 100, waitingMax: 16, mostMax: 2, turnAwayAfterMs: 400, leavingMax: 2 });
    comeMany(2 + 16 + 3);
    expect(seen.slice(2)).toEqual(['shop 20 in 1075']);
    await clock.advance(400);
    expect(seen).toHaveLength(5);
    come('later');
    expect(seen).toHaveLength(5);
  });
});

describe('how many may be under way', () => {
  test('more while the machine is in time and more want to: work that waits for somebody outside costs it nothing', async () => {
    comeMany(12);
    await clock.advance(30 * lookEveryMs);
    expect(door.levels).toMatchObject({ allowed: 8, underWay: 8, waiting: 4 });
  });

  test('not more because time goes by', async () => {
    comeMany(3);
    await clock.advance(30 * lookEveryMs);
    expect(door.levels.allowed).toBe(4);
  });

  test('fewer while the machine is late, and some in any case', async () => {
    lateMs = 1_000;
    comeMany(12);
    await clock.advance(40 * lookEveryMs);
    expect(door.levels.allowed).toBe(2);
    lateMs = 1;
    for (const name of [...ways.keys()]) leave(name);
    await clock.advance(40 * lookEveryMs);
    expect(door.levels.allowed).toBe(8);
  });

  test('a look that does not come back tells, too', async () => {
    lateMs = 3_600_000;
    comeMany(12);
    await clock.advance(10 * lookEveryMs);
    expect(looks).toHaveLength(1);
    expect(door.levels.allowed).toBe(2);
  });

  test('an idle door does not look', async () => {
    comeMany(2);
    await clock.advance(5 * lookEveryMs);
    leave('shop 0');
    leave('shop 1');
    await clock.advance(2 * lookEveryMs);
    const before = looks.length;
    await clock.advance(100 * lookEveryMs);
    expect(looks).toHaveLength(before);
    expect(new Set(looks)).toEqual(new Set(['shop']));
    come('later');
    await clock.advance(5 * lookEveryMs);
    expect(looks.length).toBeGreaterThan(before);
  });
});
