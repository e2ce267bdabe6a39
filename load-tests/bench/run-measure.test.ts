import { describe, expect, it } from 'vitest';
import { StolenMeter } from '../measure/stolen.ts';
import type { BenchSettings, Measure, Reading } from './measure.ts';
import { badPairsMax, runMeasure } from './run-measure.ts';

interface World {
  readonly calls: string[];
  readonly measure: Measure;
  readonly controller: AbortController;
  run(pairs: number, quick?: boolean): ReturnType<typeof runMeasure>;
}

interface Play {
  readonly ours?: (call: number) => Partial<Reading>;
  readonly baseline?: ((call: number) => Partial<Reading>) | null;
  readonly more?: Partial<Measure>;
  readonly missing?: string;
}

function world({ ours = () => ({}), baseline = () => ({}), more = {}, missing }: Play = {}): World {
  const calls: string[] = [];
  const counts = { ours: 0, baseline: 0 };
  const controller = new AbortController();
  const read = (side: 'ours' | 'baseline', play: (call: number) => Partial<Reading>, value: number) => async (): Promise<Reading> => {
    calls.push(side);
    counts[side] += 1;
    return { value, figures: { p99Ms: 4 }, ...play(counts[side]) };
  };
  const measure: Measure = {
    id: 'N1',
    name: 'N1-test',
    what: 'a test',
    unit: 'holds/s',
    better: 'higher',
    judge: 'ratio',
    floor: 2,
    aim: 3,
    readings: 'pairs',
    missing: async () => missing ?? null,
    prepare: async () => ({
      durability: { ours: 'disk', baseline: 'none' },
      versions: { thing: '1' },
      generator: 'a loop',
      ours: read('ours', ours, 250),
      baseline: baseline === null ? null : read('baseline', baseline, 100),
      series: async () => [{ title: 'curve', x: 'a', y: 'b', lines: [] }],
      async [Symbol.asyncDispose]() {
        calls.push('ended');
      },
    }),
    ...more,
  };
  const settings = (quick: boolean): BenchSettings => ({
    log: 'postgres',
    connections: 4,
    seconds: null,
    quick,
    curves: !quick,
    progress: () => {},
    stopped: controller.signal,
  });
  return { calls, measure, controller, run: (pairs, quick = false) => runMeasure(measure, { pairs, settings: settings(quick) }) };
}

describe('readings', () => {
  it('are interleaved, each side first in turn, after a warm-up that does not count', async () => {
    const { run, calls } = world();
    const result = await run(3);
    expect(calls.join(' ')).toBe('ours baseline ours baseline baseline ours ours baseline ended');
    expect(result.pairs).toHaveLength(3);
  });

  it('with a problem are discarded as a pair and taken again', async () => {
    const result = await world({ ours: (call) => (call === 3 ? { problem: 'answers failed' } : {}) }).run(5);
    expect(result.pairs).toHaveLength(5);
    expect(result.discarded).toEqual(['ours: answers failed']);
    expect(result.met).toBe(true);
  });

  it('that are nearly all bad are given up: nothing is said about the rest', async () => {
    const { run, calls } = world({ baseline: (call) => (call > 2 ? { problem: 'away' } : {}) });
    const result = await run(5);
    expect(result.met).toBeNull();
    expect(result.notMeasured).toContain(`${badPairsMax + 1} readings were bad: baseline: away`);
    expect(calls.at(-1)).toBe('ended');
  });

  it('of a baseline that did nothing are no baseline', async () => {
    const result = await world({ baseline: () => ({ value: 0 }) }).run(5);
    expect(result.notMeasured).toContain('it did nothing');
  });

  it('end what was prepared also when a side throws', async () => {
    const { run, calls } = world({
      ours: () => {
        throw new Error('the server ended');
      },
    });
    await expect(run(5)).rejects.toThrow('the server ended');
    expect(calls.at(-1)).toBe('ended');
  });

  it('stop when asked to, with the pairs there are and without a verdict', async () => {
    const one = world({ ours: (call) => (call === 3 && one.controller.abort('SIGINT'), {}) });
    const result = await one.run(9);
    expect(result.pairs).toHaveLength(2);
    expect(result.met).toBeNull();
  });
});

describe('the verdict', () => {
  it('is the median ratio against the floor, with five pairs', async () => {
    const result = await world().run(5);
    expect(result).toMatchObject({ ours: 250, baseline: 100, ratio: 2.5, met: true, aimMet: false, notMeasured: null });
    expect(result.spread).toMatchObject({ count: 5, median: 2.5 });
    expect(result.figures).toMatchObject({ ours: { p99Ms: 4 }, baseline: { p99Ms: 4 } });
    const says = new StolenMeter().read() !== null; // R4
    for (const figures of Object.values(result.figures)) expect('stolenCores' in figures).toBe(says);
  });

  it('is none with four', async () => {
    expect(await world().run(4)).toMatchObject({ ratio: 2.5, met: null, aimMet: null });
  });

  it('of an aim may ask for a latency besides', async () => {
    const strict = await world({ more: { aim: 2, aimAlso: { figure: 'p99Ms', atMost: 3 } } }).run(5);
    const wide = await world({ more: { aim: 2, aimAlso: { figure: 'p99Ms', atMost: 4 } } }).run(5);
    expect([strict.met, strict.aimMet, wide.aimMet]).toEqual([true, false, true]);
  });

  it('of what is sustained rests on one long reading, and on a plain value', async () => {
    const result = await world({ baseline: null, more: { readings: 'once', judge: 'value', floor: 200, aim: 300 } }).run(5);
    expect(result).toMatchObject({ ours: 250, baseline: null, ratio: null, met: true, aimMet: false });
    expect(result.pairs).toHaveLength(1);
  });

  it('of what is sustained is none when the reading was short', async () => {
    const sustained = { readings: 'once', judge: 'value', floor: 200, aim: 300 } as const;
    expect(await world({ baseline: null, more: sustained }).run(5, true)).toMatchObject({ ours: 250, met: null, aimMet: null });
  });

  it('can be that lower is better', async () => {
    const lower = { judge: 'value', better: 'lower', floor: 300, aim: 200 } as const;
    expect(await world({ baseline: null, more: lower }).run(5)).toMatchObject({ met: true, aimMet: false });
  });

  it('is never "met" for what cannot be measured here, which is said', async () => {
    const { run, calls } = world({ missing: 'wrk is not installed.' });
    expect(await run(5)).toMatchObject({ met: null, ours: null, ratio: null, notMeasured: 'wrk is not installed.' });
    expect(calls).toEqual([]);
  });
});

it('series are drawn in full runs only', async () => {
  expect((await world().run(5)).series).toHaveLength(1);
  expect((await world().run(5, true)).series).toHaveLength(0);
});
