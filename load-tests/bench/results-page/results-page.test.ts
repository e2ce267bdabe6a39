import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectDirectory } from '../../server.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { notMeasured } from '../result.ts';
import { readCosts, recordCost } from '../costs/record.ts';
import { lastOf, readRecords, recordAll } from '../record.ts';
import { recordOf, resultOf } from '../sample.fixture.ts';
import { drawChart } from './chart.ts';
import { resultsPages } from './page.ts';
import { catalogue, writePages } from './write.ts';

const folder = join(projectDirectory, 'load-tests', 'results');
const small = { measures: [{ id: 'N1', name: 'N1-serializable', what: 'Holds.' }], elsewhere: [{ id: 'N13', why: 'Not built.' }] } as const;
const series = { title: 'Over time', x: 'seconds', y: 'holds/s', lines: [{ label: 'ours', points: [[0, 5] as const, [1, 900] as const] }] };

describe('what is published', () => {
  it('is exactly what the records say: npm run bench -- --render', () => {
    const { markdown, charts } = resultsPages(readRecords(folder), readCosts(folder), catalogue);
    expect(readFileSync(join(folder, '..', 'RESULTS.md'), 'utf8')).toBe(markdown);
    const chartsFolder = join(folder, 'charts');
    const kept = existsSync(chartsFolder) ? readdirSync(chartsFolder).filter((name) => name.endsWith('.svg')) : [];
    expect(kept.toSorted()).toEqual([...charts.keys()].toSorted());
    for (const [name, svg] of charts) expect(readFileSync(join(chartsFolder, name), 'utf8')).toBe(svg);
  });
});

describe('the page', () => {
  it('shows the newest record with its spread, its durability and its verdict', () => {
    const records = [recordOf({ ratios: [1, 1, 1], date: '2026-01-01T00:00:00.000Z' }), recordOf({ ratios: [2, 2.1, 2.5] })];
    const { markdown, charts } = resultsPages(records, [], small);
    expect(markdown).toContain('| 2.1x | 2x to 2.5x (3) | 1.5x | 3x | floor met | abc1234 |');
    expect(markdown).toContain('- The baseline acknowledges: fsync');
    expect(markdown).toContain('| p99Ms | 9 | 40 |');
    expect([...charts.keys()]).toEqual(['n1-serializable-postgres-from-run-to-run.svg']);
  });

  it('marks sides that do not acknowledge the same', () => {
    const unequal = recordOf({ ratios: [2], more: { durability: { ours: 'fsync', baseline: 'memory only' } } });
    expect(resultsPages([unequal], [], small).markdown).toContain('100 [1]');
    expect(resultsPages([recordOf({ ratios: [2] })], [], small).markdown).not.toContain('100 [1]');
  });

  it('marks what was read while the host took the processor away, and what its generator may have bounded', () => {
    const figures = (stolenCores: number, generatorCores: number) => ({ figures: { ours: { stolenCores }, baseline: { generatorCores } } });
    const pageOf = (more: ReturnType<typeof figures>) => resultsPages([recordOf({ ratios: [2], more })], [], small).markdown;
    expect(pageOf(figures(0.6, 0.3))).toContain('200 holds/s [2] | 100 |');
    expect(pageOf(figures(0.1, 0.97))).toContain('200 holds/s | 100 [3] |');
    expect(pageOf(figures(0.1, 0.3))).toContain('200 holds/s | 100 |');
  });

  it('tells of two logs apart', () => {
    const { markdown } = resultsPages([recordOf({ ratios: [2] }), recordOf({ ratios: [3], log: 'jetstream' })], [], small);
    expect(markdown).toContain('## N1-serializable\n');
    expect(markdown).toContain('## N1-serializable on jetstream');
  });

  it('names what was not measured and why, and never as met', () => {
    const missing = notMeasured(
      { ...resultOf({ ratios: [1] }), readings: 'pairs', missing: async () => null, prepare: () => Promise.reject(new Error('no')) },
      'no wrk',
    );
    const { markdown } = resultsPages([{ ...recordOf({ ratios: [1] }), result: missing }], [], small);
    expect(markdown).toContain('- **N1-serializable** Holds. When it was tried: no wrk');
    expect(markdown).toContain('- **N13** Not built.');
    expect(markdown).not.toContain('floor met');
    expect(resultsPages([], [], small).markdown).toContain('- **N1-serializable** Holds. No run was recorded yet.');
  });
});

describe('where the time goes', () => {
  const cost = (commit: string, us: number, date: string) => ({
    date,
    commit,
    machine: recordOf({ ratios: [1] }).machine,
    work: 'holds',
    pressed: 'holds of one product',
    each: 'hold',
    perSecond: 900,
    parts: [
      { name: 'the thread that decides', us },
      { name: 'Postgres', us: 40 },
    ],
    stolenCores: 0.1,
    calls: { name: 'all', share: 1, children: [{ name: 'decide', share: 0.5, children: [] }] },
  });
  const before = cost('aaa1111', 100, '2026-01-01T00:00:00.000Z');
  const now = cost('bbb2222', 60, '2026-02-01T00:00:00.000Z');

  it('stands beside what it was at first, with what the floors would leave', () => {
    const { markdown, charts } = resultsPages([recordOf({ ratios: [2] })], [before, now], small);
    const { cores } = now.machine;
    expect(markdown).toContain('| part | aaa1111, 2026-01-01 | bbb2222, 2026-02-01 |');
    expect(markdown).toContain('| the thread that decides | 100 | 60 |');
    expect(markdown).toContain('| **together** | **140** | **100** |');
    expect(markdown).toContain(`| ${(cores * 10_000).toLocaleString('en')} |\n`);
    // the baseline of the sample does 100, the floor is 1.5 times that
    expect(markdown).toContain(
      `| N1-serializable | 150 | ${((cores * 1e6) / 150).toLocaleString('en', { maximumSignificantDigits: 4 })} | 100 |`,
    );
    expect([...charts.keys()]).toEqual(['where-the-time-goes-holds-first.svg', 'where-the-time-goes-holds-now.svg']);
  });

  it('has one picture while there is one record, and no section without any', () => {
    expect([...resultsPages([], [now], small).charts.keys()]).toEqual(['where-the-time-goes-holds-now.svg']);
    expect(resultsPages([], [], small).markdown).not.toContain('Where the time goes');
  });

  it('is read back as it was written, oldest first', () => {
    using temporary = temporaryFolder();
    recordCost(temporary.path, now);
    recordCost(temporary.path, before);
    expect(readCosts(temporary.path)).toEqual([before, now]);
    expect(readRecords(temporary.path)).toEqual([]);
  });
});

describe('records', () => {
  it('are read back as they were written, oldest first, and found by measure and log', () => {
    using temporary = temporaryFolder();
    const [older, newer] = [recordOf({ ratios: [1], date: '2026-01-01T00:00:00.000Z' }), recordOf({ ratios: [2] })];
    const elsewhere = recordOf({ ratios: [3], log: 'jetstream' });
    recordAll(join(temporary.path, 'results'), [newer, elsewhere]);
    recordAll(join(temporary.path, 'results'), [older]);
    const records = readRecords(join(temporary.path, 'results'));
    expect(records).toEqual([older, newer, elsewhere]);
    expect(lastOf(records, 'N1-serializable', 'postgres')).toEqual(newer);
    expect(lastOf(records, 'N2', 'postgres')).toBeNull();
  });

  it('become pages beside their folder; charts that nobody draws any more go', () => {
    using temporary = temporaryFolder();
    const results = join(temporary.path, 'results');
    recordAll(results, [recordOf({ ratios: [2], more: { series: [series] } })]);
    expect(writePages(results).charts).toBe(1);
    expect(readdirSync(join(results, 'charts'))).toEqual(['n1-serializable-postgres-over-time.svg']);
    rmSync(join(results, 'N1.jsonl'));
    expect(writePages(results).charts).toBe(0);
    expect(readdirSync(join(results, 'charts'))).toEqual([]);
    expect(readFileSync(join(temporary.path, 'RESULTS.md'), 'utf8')).toContain('Nothing was recorded yet.');
  });
});

describe('a chart', () => {
  it('runs from zero, and over powers of ten where values span more than a hundredfold', () => {
    expect(drawChart(series)).toContain('>1,000</text>');
    expect(
      drawChart({
        ...series,
        lines: [
          {
            label: 'p99',
            points: [
              [1, 60],
              [2, 100],
            ],
          },
        ],
      }),
    ).toContain('>0</text>');
    const wide = drawChart({
      ...series,
      lines: [
        {
          label: 'p99',
          points: [
            [1, 3],
            [2_048, 70_000],
          ],
        },
      ],
    });
    for (const tick of ['>1<', '>10,000<', '>100,000<']) expect(wide).toContain(tick);
  });

  it('escapes its words, and can be empty', () => {
    expect(drawChart({ title: 'a < b & "c"', x: 'x', y: 'y', lines: [] })).toContain('a &lt; b &amp; &quot;c&quot;');
  });

  it('leaves no coordinate that is not a number', () => {
    expect(
      drawChart({
        ...series,
        lines: [
          {
            label: 'flat',
            points: [
              [0, 0],
              [0, 0],
            ],
          },
        ],
      }),
    ).not.toContain('NaN');
  });
});
