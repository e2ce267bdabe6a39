/**
 * RESULTS.md and its charts, from what was recorded. Pure: the same records give the same text.
 *
 * P1. Shows the newest record of each measure and log; the older ones as a history.
 * P2. Whatever has no number stands in "What was not measured", with the reason.
 */
import type { Measure, Series } from '../measure.ts';
import type { BenchRecord } from '../record.ts';
import type { BenchResult } from '../result.ts';
import type { CostRecord } from '../costs/record.ts';
import { drawChart } from './chart.ts';
import { costsSection } from './costs-section.ts';
import { shown, table } from './words.ts';

export interface Catalogue {
  readonly measures: readonly Pick<Measure, 'id' | 'name' | 'what'>[];
  readonly elsewhere: readonly { readonly id: string; readonly why: string }[];
}

export interface Pages {
  readonly markdown: string;
  /** By file name. */
  readonly charts: ReadonlyMap<string, string>;
}

/** Oldest first. */
type History = readonly [BenchRecord, ...BenchRecord[]];

/** `costs`: oldest first. */
export function resultsPages(records: readonly BenchRecord[], costs: readonly CostRecord[], catalogue: Catalogue): Pages {
  const charts = new Map<string, string>();
  const histories = historiesOf(records, catalogue);
  const sections = histories.flatMap((history) => sectionOf(history, charts));
  const where = costsSection(costs, histories.map(newestOf), charts);
  const lines = [...introduction, '', ...summary(histories), ...where, ...sections, '', ...gaps(records, catalogue), ''];
  return { markdown: lines.join('\n'), charts };
}

const introduction = [
  '# Results of the benchmarks',
  '',
  'Made by `npm run bench -- --render` from `results/*.jsonl`; a test compares. Do not edit.',
  '',
  'Both sides ran on the same machine, interleaved. Ours and the baseline are medians; the ratio is the median of the ratios',
  'of neighbouring readings, its spread the least and the greatest of them. What an acknowledgement survives stands beside',
  'each number. What the measures are: [bench/README.md](bench/README.md).',
];

/** P1. In the order of the catalogue; what it no longer has is history. */
function historiesOf(records: readonly BenchRecord[], { measures }: Catalogue): readonly History[] {
  return measures.flatMap(({ name }) =>
    (['postgres', 'jetstream'] as const).flatMap((log) => {
      const [first, ...rest] = records.filter(
        ({ result, settings }) => result.name === name && settings.log === log && result.notMeasured === null,
      );
      return first === undefined ? [] : [[first, ...rest] as const];
    }),
  );
}

function newestOf(history: History): BenchRecord {
  return history.at(-1) ?? history[0];
}

function summary(histories: readonly History[]): string[] {
  if (histories.length === 0) return ['Nothing was recorded yet.'];
  const rows = histories.map((history) => {
    const { result, settings, commit } = newestOf(history);
    const { name, ours, baseline, unit, ratio, floor, aim, spread, durability } = result;
    const judged = (value: number) => (result.judge === 'ratio' ? `${shown(value)}x` : shown(value));
    const range = spread === null ? '' : `${judged(spread.min)} to ${judged(spread.max)} (${spread.count})`;
    const difference = durability.baseline === null || durability.baseline === durability.ours ? '' : ' [1]';
    const marks = marksOf(result);
    return [
      `[${name}](#${anchorOf(name, settings.log)})`,
      settings.log,
      `${shown(ours)} ${unit}${marks.ours}`,
      baseline === null ? '' : `${shown(baseline)}${difference}${marks.baseline}`,
      ratio === null ? '' : `${shown(ratio)}x`,
      range,
      judged(floor),
      judged(aim),
      verdictOf(result),
      commit,
    ];
  });
  const heading = ['measure', 'log', 'ours', 'baseline', 'ratio', 'spread (readings)', 'floor', 'aim', 'verdict', 'commit'];
  return [...table(heading, rows), '', ...footnotes];
}

const footnotes = [
  '[1] The sides do not acknowledge the same: see the section.  ',
  '[2] The host of the machine kept more than half a core from it meanwhile: values say little, ratios a little more.  ',
  '[3] The generator was busy all the time: this side may do more.',
];
const stolenCoresMax = 0.5;
const busyCoresMin = 0.95;

function marksOf({ figures }: BenchResult): { readonly ours: string; readonly baseline: string } {
  const markOf = ({ stolenCores = 0, generatorCores = 0 }: BenchResult['figures']['ours']): string =>
    `${stolenCores > stolenCoresMax ? ' [2]' : ''}${generatorCores >= busyCoresMin ? ' [3]' : ''}`;
  return { ours: markOf(figures.ours), baseline: markOf(figures.baseline) };
}

function verdictOf({ met, aimMet }: BenchResult): string {
  if (met === null) return 'too little to judge';
  if (!met) return '**under the floor**';
  return aimMet === true ? 'aim reached' : 'floor met';
}

function sectionOf(history: History, charts: Map<string, string>): string[] {
  const { result, settings, machine, commit, date } = newestOf(history);
  const { name, what, durability, generator, versions, discarded } = result;
  const { log, seconds, connections } = settings;
  const length = seconds === null ? 'the length the measure says' : `${seconds} s each`;
  const facts = [
    `- Ours acknowledges: ${durability.ours ?? 'nothing'}`,
    ...(durability.baseline === null ? [] : [`- The baseline acknowledges: ${durability.baseline}`]),
    `- Pressed by: ${generator ?? 'nobody'}`,
    `- Readings: ${result.pairs.length}, ${length}, ${connections} connections${discarded.length === 0 ? '' : `; discarded: ${discarded.join('; ')}`}`,
    `- Versions: ${Object.entries(versions)
      .map(([part, version]) => `${part} ${version}`)
      .join(', ')}`,
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}; ${date.slice(0, 10)}, commit ${commit}`,
  ];
  const series = [...result.series, ...historyOf(history)];
  return [
    '',
    `## ${headingOf(name, log)}`,
    '',
    what,
    '',
    ...facts,
    '',
    ...figuresOf(result),
    ...series.flatMap((one) => chartOf(name, log, one, charts)),
  ];
}

function headingOf(name: string, log: string): string {
  return log === 'postgres' ? name : `${name} on ${log}`;
}

function anchorOf(name: string, log: string): string {
  return headingOf(name, log).toLowerCase().replaceAll(' ', '-');
}

function figuresOf({ figures, pairs, unit }: BenchResult): string[] {
  const names = [...new Set([...Object.keys(figures.ours), ...Object.keys(figures.baseline)])];
  const rows = names.map((name) => [name, shown(figures.ours[name] ?? null), shown(figures.baseline[name] ?? null)]);
  const readings = pairs.map(({ ours, baseline }) => `${shown(ours)}${baseline === null ? '' : ` / ${shown(baseline)}`}`);
  return [
    ...(rows.length === 0 ? [] : [...table(['beside it, medians', 'ours', 'baseline'], rows), '']),
    `Readings, ${unit}${pairs[0]?.baseline === null ? '' : ', ours / baseline'}: ${readings.join(', ')}.`,
  ];
}

/** How it went from commit to commit. */
function historyOf(history: History): Series[] {
  if (history.length < 2) return [];
  const judged = ({ result }: BenchRecord) => result.spread?.median ?? 0;
  const ordered = history.map((record, index) => [index + 1, judged(record)] as const);
  const y = history[0].result.judge === 'ratio' ? 'ratio' : history[0].result.unit;
  return [{ title: 'From run to run', x: 'recorded run', y, lines: [{ label: 'median', points: ordered }] }];
}

function chartOf(name: string, log: string, series: Series, charts: Map<string, string>): string[] {
  if (series.lines.every(({ points }) => points.length === 0)) return [];
  const words = `${name} ${log} ${series.title}`.toLowerCase();
  const file = `${words.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}.svg`;
  charts.set(file, drawChart(series));
  return ['', `![${series.title}](results/charts/${file})`];
}

/** P2. */
function gaps(records: readonly BenchRecord[], { measures, elsewhere }: Catalogue): string[] {
  const missing = measures.flatMap(({ name, what }) => {
    const own = records.filter(({ result }) => result.name === name);
    if (own.some(({ result }) => result.notMeasured === null)) return [];
    const why = own.at(-1)?.result.notMeasured;
    return [`- **${name}** ${what} ${why === null || why === undefined ? 'No run was recorded yet.' : `When it was tried: ${why}`}`];
  });
  return [
    '## What was not measured',
    '',
    ...missing,
    ...elsewhere.map(({ id, why }) => `- **${id}** ${why}`),
    '- Other machines: server, database, baseline and generator share the cores of one machine. Ratios carry over better than plain values.',
    '- Latency under a closed loop knows nothing of those who would have come while it waited; only N6, N11, N15-overload and N15-holds are open loops.',
    '- Power cuts: `durability` is what each store promises with its settings, not what was pulled from the wall.',
  ];
}
