import { describe, expect, it } from 'vitest';
import { EffortMeter, processTree } from './effort.ts';
import { Latencies } from './latencies.ts';
import { Timeline } from './timeline.ts';

describe('latencies', () => {
  it('gives percentiles within a thousandth, and the exact maximum', () => {
    const latencies = new Latencies();
    for (let value = 1; value <= 1_000; value += 1) latencies.record(value);
    const percentiles = latencies.percentiles();
    expect(percentiles?.p50).toBeCloseTo(500, -1);
    expect(percentiles?.p95).toBeCloseTo(950, -1);
    expect(percentiles?.p99).toBeCloseTo(990, -1);
    expect(percentiles?.max).toBe(1_000);
  });

  it('says nothing when nothing was measured', () => {
    expect(new Latencies().percentiles()).toBeNull();
    expect(new Latencies().percentileMs(99)).toBeNull();
  });

  it('takes a negative difference of two clocks as zero', () => {
    const latencies = new Latencies();
    latencies.record(-3);
    expect(latencies.percentiles()?.max).toBe(0);
  });
});

describe('a timeline', () => {
  it('counts each event in its second and keeps the quiet seconds between', () => {
    const timeline = new Timeline(1_000);
    timeline.record('hold', 1_000, 5);
    timeline.record('hold', 1_999, 7);
    timeline.record('commit', 3_000, 2);
    timeline.record('refusal', 3_500, 2);
    expect(timeline.seconds()).toMatchObject([
      { second: 0, holds: 2, commits: 0, refusals: 0, p50Ms: expect.closeTo(5, 0), p99Ms: expect.closeTo(7, 0) },
      { second: 1, holds: 0, commits: 0, refusals: 0, p50Ms: null, p99Ms: null },
      { second: 2, holds: 0, commits: 1, refusals: 1, p50Ms: expect.closeTo(2, 0), p99Ms: expect.closeTo(2, 0) },
    ]);
  });

  it('keeps the stock last seen through seconds in which nobody looked, and invents none before', () => {
    const timeline = new Timeline(0);
    timeline.record('hold', 100, 1);
    timeline.sample(2_004, { available: 7, held: 2, committed: 1 }); // a tick comes a little late
    timeline.record('hold', 3_500, 1);
    expect(timeline.seconds().map(({ available, held, committed }) => [available, held, committed])).toEqual([
      [null, null, null],
      [7, 2, 1],
      [7, 2, 1],
      [7, 2, 1],
    ]);
  });

  it('has no seconds before the first event', () => {
    expect(new Timeline(0).seconds()).toEqual([]);
  });
});

describe('effort', () => {
  it('knows how busy this process is, and nothing of a server it does not own', () => {
    const effort = new EffortMeter(null).read();
    expect(effort.serverCores).toBeNull();
    expect(effort.generatorBusy).toBeGreaterThanOrEqual(0);
    expect(effort.generatorBusy).toBeLessThanOrEqual(1);
  });

  it.runIf(process.platform === 'linux')('counts a process and its descendants', () => {
    expect(processTree(process.ppid)).toContain(process.pid);
    expect(new EffortMeter(process.pid).read().serverCores).toBeGreaterThanOrEqual(0);
  });
});
