/** Rounding: the numbers of its header. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, amountMinorMax, includedIn, payable, percentageOf, portion, product, slice, sumOf } from './rounding.ts';

const amount = fc.integer({ min: 0, max: 10_000_000_000 });

describe('R1 rounding is half up', () => {
  it.each([
    [69_600, 90_000, 6_264],
    [50, 10_000, 1],
    [49, 10_000, 0],
    [150, 10_000, 2],
    [250, 10_000, 3],
    [2_999, 80_000, 240],
    [0, 90_000, 0],
    [12_345, 0, 0],
    [1, 1_000_000, 1],
  ])('%i at %i millionths is %i', (amountMinor, rate, expected) => {
    expect(percentageOf(amountMinor, rate)).toBe(expected);
  });

  it.each([
    [12_000, 200_000, 2_000],
    [11_900, 190_000, 1_900],
    [100, 200_000, 17],
    [100, 0, 0],
  ])('of %i with %i millionths inside, %i is tax', (gross, rate, expected) => {
    expect(includedIn(gross, rate)).toBe(expected);
  });

  it('is exact where a double is not', () => {
    expect(portion(amountMinorMax, 999_999, 1_000_000)).toBe(999_999_000_000_000);
    expect(percentageOf(900_719_925_474_099, 333_333)).toBe(Number((900_719_925_474_099n * 333_333n + 500_000n) / 1_000_000n));
  });

  it('says no to what is no amount', () => {
    for (const wrong of [-1, 0.5, Number.NaN, amountMinorMax + 1]) expect(() => portion(wrong, 1, 1)).toThrow(/no amount/);
    expect(() => portion(1, 1, 0)).toThrow(/denominator/);
    expect(() => allocate(1, [0, 0])).toThrow(/somebody/);
  });
});

describe('R5 what is paid comes in steps', () => {
  it.each([
    [1_755, 10, 1_760],
    [1_754, 10, 1_750],
    [1_750, 10, 1_750],
    [4, 10, 10],
    [0, 10, 0],
    [149, 100, 100],
    [150, 100, 200],
    [1_755, 1, 1_755],
  ])('%i in steps of %i is %i: half up, and nothing that costs something is free', (amountMinor, stepMinor, expected) => {
    expect(payable(amountMinor, stepMinor)).toBe(expected);
  });

  it('so do percentages, parts and slices, which still sum to the whole and are no more than what they are of', () => {
    expect(percentageOf(1_750, 50_000, 10)).toBe(90); // 87.5
    expect(allocate(100, [30, 30, 40], 10)).toEqual([30, 30, 40]);
    expect(() => allocate(105, [30, 75], 10)).toThrow(/steps/);
    const steps = fc.constantFrom(1, 10, 100);
    const some = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, some, fc.integer({ min: 0, max: 1_000_000 }), (stepMinor, counts, rate) => {
        const weights = counts.map((count) => count * stepMinor);
        const whole = percentageOf(sumOf(weights), rate, stepMinor);
        expect([whole % stepMinor, whole <= sumOf(weights)]).toEqual([0, true]);
        const parts = allocate(whole, weights, stepMinor);
        expect(sumOf(parts)).toBe(whole);
        parts.forEach((part, index) => expect([part % stepMinor, part <= (weights[index] ?? 0)]).toEqual([0, true]));
        const slices = counts.map((_, index) => slice(whole, index, index + 1, counts.length, stepMinor));
        expect([sumOf(slices), slices.every((each) => each % stepMinor === 0)]).toEqual([whole, true]);
      }),
    );
  });
});

describe('R2 parts sum to the whole', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [1, [1, 1], [1, 0]],
    [5, [0, 3, 0, 3], [0, 3, 0, 2]],
    [10, [1, 2, 7], [1, 2, 7]],
    [0, [0, 0], [0, 0]],
  ])('%i over %j is %j', (whole, weights, parts) => {
    expect(allocate(whole, weights)).toEqual(parts);
  });

  it('for any weights, each part next to its exact share, and none beyond its weight', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 1, maxLength: 20 }), (wholeWanted, weights) => {
        const weightSum = sumOf(weights);
        const whole = Math.min(wholeWanted, weightSum);
        const parts = allocate(whole, weights);
        expect(sumOf(parts)).toBe(whole);
        parts.forEach((part, index) => {
          const weight = BigInt(weights[index] ?? 0);
          const floor = weightSum === 0 ? 0n : (BigInt(whole) * weight) / BigInt(weightSum);
          expect([floor, floor + 1n]).toContain(BigInt(part));
          expect(part).toBeLessThanOrEqual(Number(weight));
        });
      }),
    );
  });
});

describe('R3 slices sum to the whole', () => {
  it('whatever the ranges', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 0, max: 500 })), (whole, count, cuts) => {
        const ends = [...cuts.map((cut) => cut % (count + 1)), count].sort((left, right) => left - right);
        let from = 0;
        let sum = 0;
        for (const to of ends) {
          const part = slice(whole, from, to, count);
          expect(part).toBeGreaterThanOrEqual(0);
          sum += part;
          from = to;
        }
        expect(sum).toBe(whole);
      }),
    );
  });

  it('of no units is nothing', () => {
    expect(slice(0, 0, 0, 0)).toBe(0);
    expect(() => slice(10, 2, 1, 3)).toThrow(/no range/);
  });
});

describe('R4 products', () => {
  it('are exact or refused', () => {
    expect(product(34_800, 2)).toBe(69_600);
    expect(product(1_000_000_000, 1_000_000)).toBe(amountMinorMax);
    expect(product(1_000_000_001, 1_000_000)).toBeNull();
  });
});
