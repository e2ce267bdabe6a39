import { describe, expect, test } from 'vitest';
import { Allowance } from './allowance.ts';

const options = { leastMax: 4, startMax: 16, mostMax: 200, inTimeMs: 60, lateMs: 150 };
const looks = 200;

/** After many looks at a machine that answers after `ofOthersMs`, and `perWorkMs` more for each that is under way. */
function settled(allowance: Allowance, ofOthersMs: number, perWorkMs: number): number {
  for (let look = 0; look < looks; look++) allowance.looked(ofOthersMs + allowance.max * perWorkMs, true);
  return allowance.max;
}

describe('how much may be under way', () => {
  test('is as much as the machine does in time', () => {
    const max = settled(new Allowance(options), 1, 2);
    expect(max).toBeGreaterThan(25);
    expect(max).toBeLessThan(75);
  });

  test('is the least on a machine that has work enough without it, and more again when that is over (A1, A2)', () => {
    const allowance = new Allowance(options);
    expect(settled(allowance, 1_000, 0)).toBe(4);
    expect(settled(allowance, 1, 0)).toBe(200);
  });

  test('is not the least on a slow disk, whose waits all would share (A3)', () => {
    expect(settled(new Allowance(options), 100, 0)).toBe(200);
    const max = settled(new Allowance(options), 160, 1);
    expect(max).toBeGreaterThan(40);
    expect(max).toBeLessThan(200);
  });

  test('shrinks at once when a quick disk becomes slow, whatever it was before', () => {
    const allowance = new Allowance(options);
    settled(allowance, 200, 0);
    allowance.looked(1, true);
    for (let look = 0; look < 10; look++) allowance.looked(200, true);
    expect(allowance.max).toBeLessThan(50);
  });

  test('is not the least where moments come and go in which others have the machine (A1)', () => {
    const allowance = new Allowance(options);
    for (let look = 0; look < looks; look++) allowance.looked(look % 3 === 0 ? 1 : 1_000, true);
    expect(allowance.max).toBe(200);
  });

  test('stays as it is at the first two late looks and shrinks at the third (A1)', () => {
    const allowance = new Allowance(options);
    allowance.looked(1, false);
    const seen = [1_000, 1_000, 1_000, 1_000].map((ms) => (allowance.looked(ms, true), allowance.max));
    expect(seen).toEqual([16, 16, 12, 9]);
  });
});
