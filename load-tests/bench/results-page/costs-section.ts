/**
 * "Where the time goes": processor time by part as first recorded and now, what the floors would leave for each, and the
 * calls of the thread that decides. Pure.
 */
import type { CostRecord } from '../costs/record.ts';
import { drawFlameGraph } from '../costs/flame-graph.ts';
import type { BenchRecord } from '../record.ts';
import { shown, table } from './words.ts';

/** Measures whose floor asks for so many pieces of a work. */
const measuresOf: Readonly<Record<string, readonly string[]>> = {
  holds: ['N1-serializable', 'N1-read-committed', 'N1-skip-locked', 'N1-redis-lock', 'N2-batched', 'N3-redis-gate', 'N4-hello-world'],
  checkouts: ['N5-simulator'],
};

export function costsSection(costs: readonly CostRecord[], newest: readonly BenchRecord[], charts: Map<string, string>): string[] {
  const names = [...new Set(costs.map(({ work }) => work))];
  if (names.length === 0) return [];
  return [
    '',
    '## Where the time goes',
    '',
    ...introduction,
    ...names.flatMap((name) =>
      sectionOf(
        costs.filter(({ work }) => work === name),
        newest,
        charts,
      ),
    ),
  ];
}

const introduction = [
  'Processor time of everything that takes part, for one of what is done, while as much is asked for as is given. What all',
  'parts together take bounds what a machine of so many cores can do, however well its parts take turns. What a floor asks for',
  'is its part of what the baseline was seen to do.',
];

function sectionOf(records: readonly CostRecord[], newest: readonly BenchRecord[], charts: Map<string, string>): string[] {
  const [first] = records;
  const now = records.at(-1);
  if (first === undefined || now === undefined) return [];
  const kept = first === now ? [now] : [first, now];
  return [
    '',
    `### ${now.work[0]?.toUpperCase() ?? ''}${now.work.slice(1)}`,
    '',
    `${now.pressed[0]?.toUpperCase() ?? ''}${now.pressed.slice(1)}. Microseconds for one ${now.each}:`,
    '',
    ...partsOf(kept),
    '',
    ...floorsOf(now, newest),
    ...kept.flatMap((record, index) => flameOf(record, kept.length > 1 && index === 0, charts)),
  ];
}

function partsOf(kept: readonly CostRecord[]): string[] {
  const names = [...new Set(kept.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const usOf = ({ parts }: CostRecord, name: string) => parts.find((part) => part.name === name)?.us ?? null;
  return table(
    ['part', ...kept.map(({ commit, date }) => `${commit}, ${date.slice(0, 10)}`)],
    [
      ...names.map((name) => [name, ...kept.map((record) => shown(usOf(record, name)))]),
      ['**together**', ...kept.map((record) => `**${shown(sumOf(record))}**`)],
      ['so at most, each second', ...kept.map((record) => shown(mostOf(record)))],
      ['seen, each second', ...kept.map(({ perSecond }) => shown(perSecond))],
      ['cores stolen meanwhile', ...kept.map(({ stolenCores }) => shown(stolenCores))],
    ],
  );
}

function sumOf({ parts }: CostRecord): number {
  return parts.reduce((sum, { us }) => sum + us, 0);
}

function mostOf(record: CostRecord): number {
  return (record.machine.cores * 1e6) / sumOf(record);
}

/** What each floor would leave for one, with no core ever idle. */
function floorsOf(now: CostRecord, newest: readonly BenchRecord[]): string[] {
  const rows = (measuresOf[now.work] ?? []).flatMap((name) => {
    const result = newest.find((record) => record.result.name === name && record.settings.log === 'postgres')?.result;
    if (result === undefined) return [];
    const asked = result.judge === 'ratio' ? result.floor * (result.baseline ?? 0) : result.floor;
    return asked === 0 ? [] : [[name, shown(asked), shown((now.machine.cores * 1e6) / asked), shown(sumOf(now))]];
  });
  if (rows.length === 0) return [];
  return table(['floor of', `asks for ${now.work} a second`, `leaves for one ${now.each}, us`, 'takes, us'], rows);
}

function flameOf(record: CostRecord, isFirst: boolean, charts: Map<string, string>): string[] {
  const title = `The thread that decides, ${record.work}, ${isFirst ? 'as first recorded' : 'now'} (${record.commit})`;
  const file = `where-the-time-goes-${record.work}-${isFirst ? 'first' : 'now'}.svg`;
  charts.set(file, drawFlameGraph(title, record.calls));
  return ['', `![${title}](results/charts/${file})`];
}
