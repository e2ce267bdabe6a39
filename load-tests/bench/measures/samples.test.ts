import { describe, expect, it } from 'vitest';
import type { Sample } from '../ours/sampler.ts';
import { lagGrows, lagP99, withSamples } from './samples.ts';

const samples = (lags: readonly number[]): Sample[] =>
  lags.map((lagMs, second) => ({ second, perSecond: 1_000 + second, lagMs, behindFrames: 1, serverMb: 300 + second, othersMb: 100 }));
const reading = { value: 1_000, figures: { p99Ms: 9 } };

describe('a sustained run', () => {
  it('tells how late the rows were and what it needed', () => {
    const { figures, problem } = withSamples(reading, samples([20, 40, 30, 35]));
    expect(problem).toBeUndefined();
    expect(figures).toMatchObject({ p99Ms: 9, lagP99Ms: 40, lagMaxMs: 40, slowestSecond: 1_000, serverMbMax: 303, databaseMbMax: 100 });
  });

  it('tells its pace at the beginning and at the end, weighted by how long each look stands for', () => {
    const look = (second: number, perSecond: number): Sample => ({
      second,
      perSecond,
      lagMs: 0,
      behindFrames: 0,
      serverMb: 1,
      othersMb: 1,
    });
    const { figures } = withSamples(reading, [look(1, 100), look(2, 400), look(5, 50), look(8.5, 90), look(10, 30)]);
    expect(figures).toMatchObject({ firstFifthPerSecond: 250, lastFifthPerSecond: Math.round((90 * 3.5 + 30 * 1.5) / 5) });
  });

  it('counts the lag of a look that came late for all the seconds without one', () => {
    const look = (second: number, lagMs: number): Sample => ({ second, perSecond: 1, lagMs, behindFrames: 0, serverMb: 1, othersMb: 1 });
    const looks = Array.from({ length: 197 }, (_, second) => look(second, 10));
    expect(lagP99([...looks, look(197, 4_000)])).toBeCloseTo(10, 1);
    expect(lagP99([...looks, look(202, 4_000)])).toBeGreaterThan(3_900);
  });

  it('whose rows fall further and further behind is none', () => {
    const growing = samples(Array.from({ length: 40 }, (_, second) => second * 300));
    expect(withSamples(reading, growing).problem).toContain('further behind');
  });

  it('may stumble on the way', () => {
    expect(lagGrows(samples([...Array.from({ length: 20 }, () => 50), 9_000, 4_000, ...Array.from({ length: 20 }, () => 60)]))).toBe(false);
    expect(lagGrows(samples([100]))).toBe(false);
  });

  it('keeps the problem it had', () => {
    expect(withSamples({ ...reading, problem: 'answers failed' }, samples([1, 2])).problem).toBe('answers failed');
  });
});
