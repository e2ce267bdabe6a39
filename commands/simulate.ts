/** `onhand simulate`: seeded worlds full of faults, with an auditor who looks after every step. */
import { availableParallelism } from 'node:os';
import { failureText, type RunSummary, runSeeds, seedsToMeetEverything } from '../testing/simulation/run.ts';
import { defineCommand, numberOption } from './command.ts';

const workersMax = 2;

function historiesLine({ seeds, histories: { skus, linearizable, operations, undecided, worldsDecided } }: RunSummary): string {
  const why = Object.entries(undecided)
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
  const share = seeds === 0 ? 0 : Math.round((100 * worldsDecided) / seeds);
  return `Linearizable as clients saw it: ${linearizable} of ${skus} SKUs, ${operations} operations, in ${share} % of the worlds; undecided ${skus - linearizable}${why === '' ? '' : ` (${why})`}.`;
}

function checkoutsLine({ checkouts: of }: RunSummary): string {
  return `Orders: ${of.orders}, of which ${of.confirmed} stand (${of.shipped} shipped), ${of.failed} failed, ${of.canceled} were canceled; ${of.couponUses} uses of codes. Payments: ${of.payments}, of which ${of.captured} captured (${of.refunded} refunded) and ${of.voided} voided.`;
}

export const command = defineCommand({
  name: 'simulate',
  summary: 'Run seeded worlds of crashes, pauses, lost answers and jumping clocks, and audit every step.',
  usage: '[--seeds N] [--seed S] [--trace]',
  details: [
    ['--seeds N', 'how many worlds (default 200; 1 when only --seed is given)'],
    ['--seed S', 'the first seed (default 1); alone: that world only'],
    ['--trace', 'print everything that happens; for one world'],
  ],
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean' } },
  async run({ values }, output) {
    const from = numberOption('seed', values.seed, 1, { min: 0, max: Number.MAX_SAFE_INTEGER - 1_000_000_000 });
    const seeds = numberOption('seeds', values.seeds, values.seed === undefined ? 200 : 1, { min: 1, max: 1_000_000_000 });
    const startedMs = performance.now();
    const isOne = seeds === 1;
    const summary = await runSeeds({
      from,
      seeds,
      workers: isOne ? 0 : Math.min(workersMax, availableParallelism()),
      stopped: output.stopped,
      ...(isOne && values.trace === true ? { echo: (line: string) => output.print(line) } : {}),
      onReport(report, done) {
        if (report.failure !== null) output.print(failureText(report));
        output.progress.update(`worlds ${done} of ${seeds}`);
      },
    });
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    output.table(['fault', 'struck'], Object.entries(summary.faults));
    output.print();
    output.print(
      `${summary.seeds} worlds from seed ${from}: ${summary.commands} commands (at least ${summary.commandsLeast} each), ${summary.steps} steps, ${summary.frames} frames, ${summary.virtualHours} virtual hours in ${seconds} s.`,
    );
    output.print(historiesLine(summary));
    output.print(checkoutsLine(summary));
    if (summary.seeds < seeds) output.print(`Stopped after ${summary.seeds} of ${seeds} worlds.`);
    if (summary.failures.length > 0) output.print(`Failed: ${summary.failures.map(({ seed }) => seed).join(', ')}.`);
    else if (summary.neverStruck.length > 0 && seeds >= seedsToMeetEverything)
      output.print(`These faults never struck, so nothing was proven about them: ${summary.neverStruck.join(', ')}.`);
    else if (summary.ok) output.print('Every promise was kept.');
    output.result({ ...summary, failures: summary.failures.map(({ seed, failure }) => ({ seed, ...failure })), seconds });
    return summary.ok ? 0 : 1;
  },
});
