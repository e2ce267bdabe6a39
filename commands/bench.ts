/** `onhand bench`: the numbers to reach, each against its baseline. See load-tests/bench/README.md. */
import { dirname, join } from 'node:path';
import { choose } from '../load-tests/bench/catalogue.ts';
import { costOf } from '../load-tests/bench/costs/cost-of.ts';
import { recordCost } from '../load-tests/bench/costs/record.ts';
import { works } from '../load-tests/bench/costs/works.ts';
import { checkAgainst } from '../load-tests/bench/check.ts';
import { loadOf } from '../load-tests/bench/load-of.ts';
import type { BenchSettings, Measure } from '../load-tests/bench/measure.ts';
import { type BenchRecord, commitHere, lastOf, machineHere, readRecords, recordAll, type RunSettings } from '../load-tests/bench/record.ts';
import { type BenchResult, notMeasured } from '../load-tests/bench/result.ts';
import { runMeasure } from '../load-tests/bench/run-measure.ts';
import { pairsToJudge, roundTo } from '../load-tests/bench/statistics.ts';
import { writePages } from '../load-tests/bench/results-page/write.ts';
import { projectDirectory } from '../load-tests/server.ts';
import { type CommandOutput, defineCommand, type ExitCode, Hindrance, numberOption, UsageError } from './command.ts';

const failedWords = 'it failed';
const recordedFolder = join(projectDirectory, 'load-tests', 'results');

export const command = defineCommand({
  name: 'bench',
  summary: 'Measure the numbers to reach, each against its baseline, interleaved.',
  usage:
    '[NAME …] [--pairs N] [--seconds N] [--quick] [--connections N] [--log postgres|jetstream] [--no-curves] [--out FOLDER] [--check] [--render] [--costs] [--json FILE]',
  details: [
    ['NAME', 'a number such as N2, or one of its measures such as N1-serializable; all without any'],
    ['--pairs N', `interleaved pairs of readings (${pairsToJudge}); with fewer there is no verdict`],
    ['--seconds N', 'how long one reading lasts (30 for bursts, 600 for what is sustained)'],
    ['--quick', 'a few seconds and two pairs each: whether it works, not what it comes to'],
    ['--connections N', 'HTTP connections of the generator (as many as the measure needs)'],
    ['--log postgres|jetstream', 'the log of our server (postgres)'],
    ['--no-curves', 'leave out what more readings are taken for: scaling over products, batch size against latency'],
    ['--out FOLDER', 'add one line per measure there, and write RESULTS.md and its charts beside FOLDER anew'],
    ['--check', 'compare with what was recorded last (load-tests/results, or --out): worse beyond the spread fails'],
    ['--costs', 'instead of numbers: where the time of a hold and of a checkout goes (processor time by part, and a flame graph)'],
    ['--render', 'measure nothing: write RESULTS.md and its charts anew from the lines in --out'],
  ],
  options: {
    pairs: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean' },
    connections: { type: 'string' },
    log: { type: 'string' },
    'no-curves': { type: 'boolean' },
    out: { type: 'string' },
    check: { type: 'boolean' },
    render: { type: 'boolean' },
    costs: { type: 'boolean' },
  },
  positionals: true,
  async run({ values, positionals }, output) {
    const wish = readWish(values);
    if (wish.costs) return lookAtCosts(positionals, wish, output);
    const choice = choose(positionals);
    if ('problem' in choice) throw new UsageError(choice.problem);
    if (wish.render) return render(wish.folder, output);
    const run: Run = { ...wish, recorded: readRecords(wish.folder), output };
    const results = await measureAll(choice.chosen, run);
    show(results, output);
    if (wish.record) output.print(`\nRecorded in ${wish.folder}.`);
    return wish.check ? verdictOfCheck(results, run) : verdictOf(results, output);
  },
});

interface Wish {
  readonly pairs: number;
  readonly seconds: number | null;
  readonly quick: boolean;
  /** Null: as the measure says. */
  readonly connections: number | null;
  readonly log: 'postgres' | 'jetstream';
  readonly curves: boolean;
  readonly folder: string;
  readonly record: boolean;
  readonly check: boolean;
  readonly render: boolean;
  readonly costs: boolean;
}

interface Run extends Wish {
  readonly recorded: readonly BenchRecord[];
  readonly output: CommandOutput;
}

interface Values {
  readonly pairs?: string | undefined;
  readonly seconds?: string | undefined;
  readonly quick?: boolean | undefined;
  readonly connections?: string | undefined;
  readonly log?: string | undefined;
  readonly 'no-curves'?: boolean | undefined;
  readonly out?: string | undefined;
  readonly check?: boolean | undefined;
  readonly render?: boolean | undefined;
  readonly costs?: boolean | undefined;
}

/** Throws UsageError. */
function readWish(values: Values): Wish {
  const { log = 'postgres', quick = false, check = false, render: renderOnly = false, costs = false, out } = values;
  if (log !== 'postgres' && log !== 'jetstream') throw new UsageError(`--log is postgres or jetstream, not "${log}".`);
  if (quick && out !== undefined) throw new UsageError('--quick measures too little to be recorded; leave out --out.');
  if (costs && (check || renderOnly)) throw new UsageError('--costs looks, --check compares, --render draws; choose one.');
  if (check && renderOnly) throw new UsageError('--check measures, --render does not; choose one.');
  return {
    pairs: numberOption('pairs', values.pairs, quick ? 2 : pairsToJudge, { min: 1, max: 1_000 }),
    seconds: values.seconds === undefined ? null : numberOption('seconds', values.seconds, 0, { min: 1, max: 86_400 }),
    quick,
    connections: values.connections === undefined ? null : numberOption('connections', values.connections, 0, { min: 1, max: 10_000 }),
    log,
    curves: values['no-curves'] !== true && !check && !quick,
    folder: out ?? recordedFolder,
    record: out !== undefined && !check && !renderOnly,
    check,
    render: renderOnly,
    costs,
  };
}

function render(folder: string, output: CommandOutput): ExitCode {
  const written = writePages(folder);
  output.print(`${join(dirname(folder), 'RESULTS.md')} written, with ${written.charts} charts.`);
  return 0;
}

async function lookAtCosts(names: readonly string[], wish: Wish, output: CommandOutput): Promise<ExitCode> {
  const all = works(wish);
  const unknown = names.find((name) => !all.some((work) => work.name === name));
  if (unknown !== undefined) throw new UsageError(`There is no work "${unknown}"; there are ${all.map(({ name }) => name).join(', ')}.`);
  for (const work of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const cost = await costOf(work, { ...wish, progress: (line) => output.progress.update(line) });
    const { name, each, pressed } = work;
    output.print(`${name}: ${cost.perSecond} a second; microseconds of processor time for one ${each}:`);
    output.table(
      ['part', 'us'],
      cost.parts.map((part) => [part.name, short(part.us)]),
    );
    if (!wish.record) continue;
    recordCost(wish.folder, {
      date: new Date().toISOString(),
      commit: commitHere(),
      machine: machineHere(),
      work: name,
      pressed,
      each,
      ...cost,
    });
    writePages(wish.folder);
  }
  return 0;
}

/** One that fails does not take the others with it, and what was measured is kept at once: a whole run takes hours. */
async function measureAll(chosen: readonly Measure[], run: Run): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const measure of chosen) {
    const settings = settingsFor(measure, run);
    const result = await runMeasure(measure, { pairs: run.pairs, settings }).catch((error: unknown) =>
      notMeasured(measure, `${failedWords}: ${firstLine(error)}`),
    );
    results.push(result);
    run.output.result(results);
    run.output.print(inOneLine(result));
    if (run.record) keep(result, { ...run, ...settings });
  }
  return results;
}

/** The rest may be the whole output of a server, with paths of this machine in it. */
function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.slice(0, 200);
}

/** A check takes readings as long as those it compares with, over as many connections, unless told otherwise. */
function settingsFor(measure: Measure, run: Run): BenchSettings {
  const { log, quick, curves, output } = run;
  const before = run.check ? lastOf(run.recorded, measure.name, log) : null;
  return {
    log,
    ...loadOf(measure, run, before?.settings ?? null),
    quick,
    curves,
    progress: (line) => output.progress.update(line),
    stopped: output.stopped,
  };
}

function inOneLine({ name, ours, unit, ratio, notMeasured: why }: BenchResult): string {
  if (why !== null) return `${name}: not measured: ${why}`;
  return `${name}: ${short(ours)} ${unit}${ratio === null ? '' : `, ${short(ratio)}x`}`;
}

function show(results: readonly BenchResult[], output: CommandOutput): void {
  const rows = results.map((result) => [
    result.name,
    short(result.ours),
    short(result.baseline),
    result.unit,
    result.ratio === null ? '' : `${short(result.ratio)}x`,
    bound(result, result.floor),
    bound(result, result.aim),
    verdictInWords(result),
  ]);
  output.print();
  output.table(['measure', 'ours', 'baseline', 'unit', 'ratio', 'floor', 'aim', 'verdict'], rows);
  for (const { name, durability, generator, spread, notMeasured: why } of results) {
    if (why !== null) continue;
    output.print();
    output.print(`${name}: ${generator ?? ''}`);
    output.print(`  ours acknowledges: ${durability.ours ?? ''}`);
    if (durability.baseline !== null) output.print(`  baseline acknowledges: ${durability.baseline}`);
    if (spread !== null)
      output.print(
        `  spread: ${short(spread.min)} to ${short(spread.max)}, quartiles ${short(spread.q1)} and ${short(spread.q3)}, ${spread.count} readings`,
      );
  }
}

function bound({ judge }: BenchResult, value: number): string {
  return judge === 'ratio' ? `${value}x` : short(value);
}

function verdictInWords({ notMeasured: why, met, aimMet }: BenchResult): string {
  if (why !== null) return 'not measured';
  if (met === null) return 'too little to judge';
  if (!met) return 'UNDER THE FLOOR';
  return aimMet === true ? 'aim reached' : 'floor met';
}

function short(value: number | null): string {
  return value === null ? '' : roundTo(value, 4).toLocaleString('en', { maximumFractionDigits: 6 });
}

function keep(result: BenchResult, { folder, log, connections, seconds, pairs }: RunSettings & Pick<Run, 'folder'>): void {
  const settings: RunSettings = { log, connections, seconds, pairs };
  recordAll(folder, [{ date: new Date().toISOString(), commit: commitHere(), machine: machineHere(), settings, result }]);
  writePages(folder);
}

/** Throws Hindrance when nothing at all could be measured, or when a measure failed and none lies under its floor. */
function verdictOf(results: readonly BenchResult[], output: CommandOutput): ExitCode {
  const missing = results.filter((result) => result.notMeasured !== null);
  const words = missing.map(({ name, notMeasured: why }) => `${name} (${why ?? ''})`).join('; ');
  if (missing.length === results.length) throw new Hindrance(`Nothing was measured: ${words}.`);
  if (missing.length > 0) output.warn(`\nNot measured: ${words}`);
  if (results.some(({ met }) => met === false)) return 1;
  if (missing.some(({ notMeasured: why }) => why?.startsWith(failedWords))) throw new Hindrance('A measure failed; see above.');
  return 0;
}

function verdictOfCheck(results: readonly BenchResult[], { recorded, log, output }: Run): ExitCode {
  const machine = machineHere();
  const verdicts = results.map((result) => ({ name: result.name, ...checkAgainst(result, machine, lastOf(recorded, result.name, log)) }));
  output.print();
  for (const { name, ...verdict } of verdicts) output.print(`${name}: ${verdict.kind}${'why' in verdict ? ` (${verdict.why})` : ''}`);
  if (verdicts.every(({ kind }) => kind === 'unknown')) throw new Hindrance('Nothing could be compared.');
  return verdicts.some(({ kind }) => kind === 'worse') ? 1 : 0;
}
