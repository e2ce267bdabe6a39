import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorse, medianOf, ratiosOf, reaches, roundTo, type Spread, spreadOf } from './statistics.ts';

describe('a spread', () => {
  it('has the quartiles that R gives', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ count: 4, min: 1, q1: 1.75, median: 2.5, q3: 3.25, max: 4 });
    expect(spreadOf([7])).toEqual({ count: 1, min: 7, q1: 7, median: 7, q3: 7, max: 7 });
  });

  it('is in order and within what was measured, in whatever order that came', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, (measured) => {
        const { min, q1, median, q3, max } = spreadOf(measured);
        expect([min, q1, median, q3, max]).toEqual([min, q1, median, q3, max].toSorted((a, b) => a - b));
        expect(measured).toContain(min);
        expect(measured).toContain(max);
        expect(spreadOf(measured.toReversed())).toEqual(spreadOf(measured));
      }),
    );
  });

  it('is refused for nothing, and for what is no number', () => {
    expect(() => spreadOf([])).toThrow('at least one');
    expect(() => spreadOf([1, Number.NaN])).toThrow('finite');
    expect(() => spreadOf([1, Number.POSITIVE_INFINITY])).toThrow('finite');
  });

  it('is not moved by one bad reading: its median stays', () => {
    expect(medianOf([10, 11, 12, 11, 10])).toBe(11);
    expect(medianOf([10, 11, 0.1, 11, 10])).toBe(10);
  });
});

describe('ratios', () => {
  it('are taken within pairs, so that a machine that slows down changes nothing', () => {
    const pairs = [1, 0.9, 0.5, 0.3, 0.2].map((speed) => ({ ours: 300 * speed, baseline: 100 * speed }));
    const ratios = spreadOf(ratiosOf(pairs));
    expect(ratios.min).toBeCloseTo(3, 10);
    expect(ratios.max).toBeCloseTo(3, 10);
  });

  it('to a baseline that did nothing do not exist', () => {
    expect(() => ratiosOf([{ ours: 5, baseline: 0 }])).toThrow('no baseline');
  });
});

describe('a bound', () => {
  it('is reached when it is met exactly', () => {
    expect(reaches(50, 50, 'higher')).toBe(true);
    expect(reaches(49.9, 50, 'higher')).toBe(false);
    expect(reaches(10, 10, 'lower')).toBe(true);
    expect(reaches(10.1, 10, 'lower')).toBe(false);
  });
});

describe('worse than recorded', () => {
  const around = (median: number, by: number): Spread => spreadOf([median - by, median, median + by]);

  it('is only what lies outside all that was recorded', () => {
    expect(isWorse(around(1, 0.1), around(0.95, 0.05), 'higher')).toBe(false);
    expect(isWorse(around(1, 0.1), around(0.85, 0.05), 'higher')).toBe(true);
    expect(isWorse(around(10, 1), around(12, 0.5), 'lower')).toBe(true);
    expect(isWorse(around(10, 1), around(10.5, 0.5), 'lower')).toBe(false);
  });

  it('is not said of readings that scatter over what was recorded', () => {
    expect(isWorse(around(1, 0.1), around(0.85, 0.2), 'higher')).toBe(false);
  });

  it('is never what is better', () => {
    expect(isWorse(around(1, 0.1), around(5, 0.1), 'higher')).toBe(false);
    expect(isWorse(around(10, 1), around(1, 0.1), 'lower')).toBe(false);
  });
});

it('numbers for people keep the digits that matter', () => {
  expect([roundTo(12_345.678, 3), roundTo(0.012_345, 3), roundTo(0, 3)]).toEqual([12_300, 0.0123, 0]);
});
