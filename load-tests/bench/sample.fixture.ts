/** Results and records as tests need them. */
import type { BenchRecord, Machine } from './record.ts';
import type { BenchResult } from './result.ts';
import { spreadOf } from './statistics.ts';

export const machine: Machine = { cpu: 'a processor', cores: 2, memoryGb: 24, platform: 'linux x64', node: 'v20.20.0' };

export interface Sample {
  readonly ratios: readonly number[];
  readonly judge?: 'ratio' | 'value';
  readonly name?: string;
  readonly more?: Partial<BenchResult>;
}

/** The baseline does 100 of whatever it is. */
export function resultOf({ ratios, judge = 'ratio', name = 'N1-serializable', more = {} }: Sample): BenchResult {
  const spread = spreadOf(ratios);
  return {
    id: 'N1',
    name,
    what: 'Durable holds a second on one hot SKU.',
    ours: spread.median * 100,
    baseline: judge === 'ratio' ? 100 : null,
    unit: 'holds/s',
    ratio: judge === 'ratio' ? spread.median : null,
    judge,
    better: 'higher',
    floor: 1.5,
    aim: 3,
    met: spread.median >= 1.5,
    aimMet: spread.median >= 3,
    notMeasured: null,
    durability: { ours: 'fsync', baseline: judge === 'ratio' ? 'fsync' : null },
    spread,
    versions: { node: 'v20.20.0' },
    generator: 'wrk 4.1.0, 1 thread, 256 connections',
    pairs: ratios.map((ratio) => ({ ours: ratio * 100, baseline: judge === 'ratio' ? 100 : null })),
    discarded: [],
    figures: { ours: { p50Ms: 3, p99Ms: 9 }, baseline: judge === 'ratio' ? { p99Ms: 40 } : {} },
    series: [],
    ...more,
  };
}

export function recordOf(sample: Sample & { readonly date?: string; readonly log?: 'postgres' | 'jetstream' }): BenchRecord {
  return {
    date: sample.date ?? '2026-03-01T10:00:00.000Z',
    commit: 'abc1234',
    machine,
    settings: { log: sample.log ?? 'postgres', connections: 256, seconds: null, pairs: sample.ratios.length },
    result: resultOf(sample),
  };
}
