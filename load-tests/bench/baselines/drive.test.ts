import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { drive } from './drive.ts';
import { bestOf, sweep } from './sweep.ts';

describe('a closed loop', () => {
  it('has never more questions under way than callers, and counts each answer as what it is', async () => {
    let underWay = 0;
    let most = 0;
    const result = await drive({ connections: 5, seconds: 0.3, skus: 1 }, async (number) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(1);
      underWay -= 1;
      if (number % 4 === 0) throw new Error('broken');
      return number % 4 === 1 ? 'refused' : 'done';
    });
    expect(most).toBe(5);
    expect(underWay).toBe(0);
    expect(result.done).toBeGreaterThan(0);
    expect(result.perSecond).toBeCloseTo(result.done / 0.3, 6);
    expect(Math.abs(result.failed - result.refused)).toBeLessThanOrEqual(5);
    expect(Math.abs(result.done - result.failed - result.refused)).toBeLessThanOrEqual(10);
    expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms);
  });

  it('does not count what is answered too late', async () => {
    const result = await drive({ connections: 3, seconds: 0.05, skus: 1 }, async () => {
      await sleep(120);
      return 'done';
    });
    expect(result).toMatchObject({ done: 0, refused: 0, failed: 0, p99Ms: 0 });
  });
});

describe('an open loop', () => {
  it('asks as often as it is told, though nobody answers, and waits for the last answer', async () => {
    let asked = 0;
    let answered = 0;
    await drive({ connections: 1, seconds: 0.2, skus: 1, buyersPerSecond: 500 }, async () => {
      asked += 1;
      await sleep(50);
      answered += 1;
      return 'done';
    });
    expect(asked).toBe(100);
    expect(answered).toBe(asked);
  });
});

describe('a sweep', () => {
  it('tries every candidate once, in order, and names the fastest', async () => {
    const tried = await sweep([1, 2, 4, 8], async (candidate) => 100 - (candidate - 4) ** 2);
    expect(tried.map(({ candidate }) => candidate)).toEqual([1, 2, 4, 8]);
    expect(bestOf(tried)).toBe(4);
    expect(() => bestOf([])).toThrow('at least one');
  });
});
