import { describe, expect, it } from 'vitest';
import type { Sample } from '../ours/sampler.ts';
import { lagGrows, withSamples } from './samples.ts';

const samples = (lags: readonly number[]): Sample[] =>
  lags.map((lagMs, second) => ({ second, perSecond: 1_000 + second, lagMs, behindFrames: 1, serverMb: 300 + second, othersMb: 100 }));
const reading = { value: 1_000, figures: { p99Ms: 9 } };

describe('a sustained run', () => {
  it('tells how late the rows were and what it needed', () => {
    const { figures, problem } = withSamples(reading, samples([20, 40, 30, 35]));
    expect(problem).toBeUndefined();
    expect(figures).toMatchObject({ p99Ms: 9, lagP99Ms: 40, lagMaxMs: 40, slowestSecond: 1_000, serverMbMax: 303, databaseMbMax: 100 });
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
