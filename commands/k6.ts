/** `onhand k6`: one of the k6 scenarios against a server, judged by thresholds and by the books. See load-tests/k6/README.md. */
import { isScenarioName, type ScenarioName, scenarioNames, scenarios } from '../load-tests/k6/catalogue.ts';
import { findK6, howToGetK6, type K6Program } from '../load-tests/k6/find.ts';
import { K6Failed, type K6Outcome, runScenario } from '../load-tests/k6/run.ts';
import { type CommandOutput, defineCommand, Hindrance, UsageError } from './command.ts';
import { loadTargetDetails, loadTargetOptions, openTargetOrExplain } from './load-target.ts';

export const command = defineCommand({
  name: 'k6',
  summary: 'Play a k6 scenario against the shop; judge it by its thresholds and by the books.',
  usage:
    'SCENARIO [--quick] [--set NAME=VALUE …] [--k6 PATH] [--log postgres|jetstream] [--replicas 1|3] [--target URL --key sk_…] [--json FILE]',
  details: [
    ...scenarioNames.map((name) => [name, scenarios[name].summary] as const),
    ['--quick', 'a few seconds, and no word about speed: whether it works'],
    ['--set NAME=VALUE', 'a setting of the scenario, such as BUYERS=5000; the head of its file names them'],
    ['--k6 PATH', 'which k6; otherwise the one on the PATH, or where `go install` puts it'],
    ...loadTargetDetails,
    ['--target URL', 'play against a running server, on fresh SKUs, instead of starting one'],
    ['--key sk_…', 'secret key of the store at the target'],
  ],
  options: {
    quick: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    k6: { type: 'string' },
    ...loadTargetOptions,
  },
  positionals: true,
  async run({ values, positionals }, output) {
    const scenario = readScenario(positionals);
    const settings = { ...(values.quick === true ? scenarios[scenario].quick : {}), ...readSettings(values.set ?? []) };
    const k6 = findK6OrExplain(values.k6);
    await using target = await openTargetOrExplain(values);
    const progress = (line: string): void => output.progress.update(line);
    const outcome = await runScenario({ k6, scenario, settings, target, progress, stopped: output.stopped }).catch(explain);
    output.result({ scenario, settings, k6: k6.version, durability: target.durability, ...forJson(outcome) });
    show(scenario, outcome, output);
    output.print(`  durability   ${target.durability}`);
    return outcome.ok ? 0 : 1;
  },
});

function readScenario(positionals: readonly string[]): ScenarioName {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError(`One scenario is needed: ${scenarioNames.join(', ')}.`);
  if (!isScenarioName(name)) throw new UsageError(`There is no scenario "${name}"; there are ${scenarioNames.join(', ')}.`);
  return name;
}

function readSettings(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw new UsageError(`--set needs NAME=VALUE, not "${pair}".`);
      return [name, value];
    }),
  );
}

function findK6OrExplain(named: string | undefined): K6Program {
  const found = findK6(named);
  if (found !== null) return found;
  throw new Hindrance(named === undefined ? `There is no k6 on this machine. ${howToGetK6}` : `${named} is not k6, or does not run.`);
}

function explain(error: unknown): never {
  if (error instanceof K6Failed) throw new Hindrance(error.message, { cause: error });
  throw error;
}

function forJson({ run, metrics, units, verified, ok }: K6Outcome): object {
  return { run, thresholds: metrics.thresholds, metrics: Object.fromEntries(metrics.values), units, verified: verified?.ok ?? null, ok };
}

function show(scenario: ScenarioName, { metrics, units, verified, ok }: K6Outcome, output: CommandOutput): void {
  const rows = metrics.thresholds.map(({ metric, threshold, ok: kept }) => [
    metric,
    threshold,
    measured(metrics, metric),
    kept ? 'ok' : 'CROSSED',
  ]);
  output.table(['metric', 'threshold', 'measured', ''], rows);
  output.print(`  units        ${units.sold} sold, ${units.held} held at the end, ${units.oversold} oversold`);
  for (const difference of units.differences) output.warn(`  difference   ${difference}`);
  if (verified !== null) output.print(`  verify       ${verified.ok ? 'the folder of the stopped server is clean' : 'FAILED'}`);
  if (verified?.ok === false) output.warn(verified.output);
  output.print(`  VERDICT: ${scenario} ${ok ? 'passed' : 'FAILED'}`);
}

const shownNumbers = ['count', 'value', 'med', 'p(95)', 'p(99)', 'max'];

function measured({ values }: K6Outcome['metrics'], metric: string): string {
  const numbers = values.get(metric) ?? {};
  const shown = shownNumbers.filter((name) => numbers[name] !== undefined);
  return shown.map((name) => `${name} ${Math.round(numbers[name]! * 100) / 100}`).join(', ');
}
