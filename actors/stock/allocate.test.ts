import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, nearest } from './allocate.ts';
import type { Pool } from './allocate.ts';

/** `a3 b1` is 3 units at a and 1 at b. */
function pools(text: string): readonly Pool[] {
  return text === '' ? [] : text.split(' ').map((one) => ({ location: one[0]!, quantity: Number(one.slice(1)) }));
}

/** `a1 b2` ranks a nearest. */
function ranks(text: string) {
  return pools(text).map(({ location, quantity }) => ({ location, rank: quantity }));
}

function taken(quantity: number, from: string, near: string): string {
  return allocate(quantity, pools(from), ranks(near))
    .map((one) => `${one.location}${one.quantity}`)
    .join(' ');
}

describe('where units are taken from', () => {
  const rows: readonly [what: string, quantity: number, from: string, near: string, expected: string][] = [
    ['one location', 2, 'a5', '', 'a2'],
    ['the nearest first, though another would do alone', 3, 'a2 b9', 'a1 b2', 'a2 b1'],
    ['the nearest that has any', 1, 'a0 b9', 'a1 b2', 'b1'],
    ['among equally near: one parcel rather than two', 5, 'a4 b5 c4', 'a1 b1 c1', 'b5'],
    ['among equally near: the fullest first when none does alone', 7, 'a1 b3 c4', 'a1 b1 c1', 'c4 b3'],
    ['among equally near and full: by id', 2, 'b4 a4', 'a1 b1', 'a2'],
    ['unranked ones last, by id rather than by size', 6, 'c9 b2 a1', 'a5', 'a1 b2 c3'],
    ['no ranks at all: by id', 3, 'b9 a2', '', 'a2 b1'],
    ['ranks of places that are not there are nothing', 1, 'a1', 'z1 a2', 'a1'],
    ['as much as there is', 9, 'a1 b2', 'a1', 'a1 b2'],
    ['nothing from nowhere', 9, '', 'a1', ''],
    ['nothing when nothing is wanted', 0, 'a1', '', ''],
  ];
  test.each(rows)('%s', (_what, quantity, from, near, expected) => {
    expect(taken(quantity, from, near)).toBe(expected);
  });

  test('what nobody has is owed by the nearest location, however full', () => {
    expect(nearest(pools('a9 b0'), ranks('b1 a2'))).toBe('b');
    expect(nearest(pools('b9 a0'), [])).toBe('a');
    expect(() => nearest([], [])).toThrow(RangeError);
  });
});

const anyPools = fc.uniqueArray(fc.record({ location: fc.constantFrom('a', 'b', 'c', 'd', 'e'), quantity: fc.nat(9) }), {
  selector: (pool) => pool.location,
});
const anyRanks = fc.array(fc.record({ location: fc.constantFrom('a', 'b', 'c', 'd'), rank: fc.nat(2) }), { maxLength: 4 });

describe('any allocation', () => {
  test('is exactly what was asked or all there is, never more than a location has, each location once', () => {
    fc.assert(
      fc.property(fc.nat(30), anyPools, anyRanks, (quantity, from, near) => {
        const list = allocate(quantity, from, near);
        const sum = list.reduce((all, one) => all + one.quantity, 0);
        expect(sum).toBe(
          Math.min(
            quantity,
            from.reduce((all, one) => all + one.quantity, 0),
          ),
        );
        expect(new Set(list.map((one) => one.location)).size).toBe(list.length);
        for (const one of list) expect(one.quantity).toBeLessThanOrEqual(from.find((pool) => pool.location === one.location)!.quantity);
        for (const one of list) expect(one.quantity).toBeGreaterThan(0);
      }),
    );
  });

  test('leaves nothing at a nearer location while it takes from a farther one', () => {
    fc.assert(
      fc.property(fc.nat(30), anyPools, anyRanks, (quantity, from, near) => {
        const rank = new Map<string, number>(near.map((one) => [one.location, one.rank]));
        const list = allocate(quantity, from, near);
        const farthest = Math.max(-1, ...list.map((one) => rank.get(one.location) ?? 99));
        for (const pool of from) {
          if ((rank.get(pool.location) ?? 99) < farthest)
            expect(list.find((one) => one.location === pool.location)?.quantity ?? 0).toBe(pool.quantity);
        }
      }),
    );
  });

  test('does not depend on the order of the pools', () => {
    fc.assert(
      fc.property(fc.nat(30), anyPools, anyRanks, (quantity, from, near) => {
        expect(allocate(quantity, [...from].reverse(), near)).toEqual(allocate(quantity, from, near));
      }),
    );
  });
});
