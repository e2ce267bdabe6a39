/** `onhand flash-sale`: a crowd of virtual buyers on one product, judged by an auditor. See load-tests/README.md. */
import { availableParallelism } from 'node:os';
import { runChaosSale } from '../load-tests/chaos/chaos-sale.ts';
import { NotRecovered } from '../load-tests/chaos/runner.ts';
import { faultKinds, timesMaxDefault } from '../load-tests/chaos/schedule.ts';
import { type ChaosFindings, flashSaleLines, generatorWarning, reportFlashSale } from '../load-tests/flash-sale/report.ts';
import { type FlashSaleOptions, type FlashSaleOutcome, runFlashSale } from '../load-tests/flash-sale/run.ts';
import { htmlReport } from '../load-tests/html-report/html-report.ts';
import type { OwnServer, Target } from '../load-tests/target.ts';
import { verifyFolder } from '../load-tests/verify-folder.ts';
import { type CommandOutput, defineCommand } from './command.ts';
import { buyersMax, type ChaosPlan, connectionsDefault, readSalePlan, repeatCommand, socketsDefault } from './flash-sale-flags.ts';
import { loadTargetDetails, loadTargetOptions, openTargetOrExplain } from './load-target.ts';
import { assertWritable, writeWhole } from './output.ts';

const patienceMs = 180_000;
/** Faults cost buyers time that is not their own. */
const patienceUnderChaosMs = 300_000;
const notBuiltYet = (flag: string): string => `--${flag} is not built yet.`;

export const command = defineCommand({
  name: 'flash-sale',
  summary: 'Let a crowd of virtual buyers loose on one product and judge what happened.',
  usage:
    '--buyers N --stock N [--seed S] [--rate R] [--duration SECONDS] [--sockets N] [--connections N] [--checkout] [--chaos FAULT,…] [--report FILE.html] [--log postgres|jetstream] [--replicas 1|3] [--target URL --key sk_…] [--json FILE]',
  details: [
    ['--buyers N', `how many come, at most ${buyersMax}`],
    ['--stock N', 'units on sale'],
    ['--seed S', 'decides what each buyer means to do, and the faults; drawn and printed when not given'],
    ['--rate R', 'buyers arriving a second; all at once when not given'],
    ['--duration SECONDS', 'arrivals are spread over this long; with --rate, the doors close after it'],
    ['--sockets N', `open pages with a live socket (default: every buyer, at most ${socketsDefault})`],
    ['--connections N', `HTTP connections the crowd shares (default ${connectionsDefault})`],
    ['--checkout', 'buyers pay: carts and checkouts, declined cards, 3-D Secure, cancellations; the money is judged, too'],
    ['--chaos FAULT,…', `${faultKinds.join(', ')}: each at least once while the crowd buys, at most ${timesMaxDefault} times`],
    ['--report FILE.html', 'write the verdict, charts over time and the faults as one page that needs no network'],
    ...loadTargetDetails,
    ['--target URL', 'play against a running server, on a fresh SKU, instead of starting one'],
    ['--key sk_…', 'secret key of the store at the target'],
  ],
  options: {
    buyers: { type: 'string' },
    stock: { type: 'string' },
    seed: { type: 'string' },
    rate: { type: 'string' },
    duration: { type: 'string' },
    sockets: { type: 'string' },
    connections: { type: 'string' },
    chaos: { type: 'string' },
    report: { type: 'string' },
    ...loadTargetOptions,
    checkout: { type: 'boolean' },
    sale: { type: 'boolean' },
  },
  notBuilt: {
    nodes: notBuiltYet('nodes'),
    sale: notBuiltYet('sale'),
  },
  async run({ values }, output) {
    const { crowd, chaos } = readSalePlan(values);
    if (values.report !== undefined) assertWritable('report', values.report);
    await using target = await openTargetOrExplain(values);
    const sale = {
      ...crowd,
      url: target.url,
      publishableKey: target.publishableKey,
      secretKey: target.secretKey,
      serverPid: target.serverPid,
      checkout: values.checkout === true,
      ownsServer: target.own !== null,
      patienceMs: chaos === null ? patienceMs : patienceUnderChaosMs,
      progress: (line: string) => output.progress.update(line),
    };
    const played = await play(sale, chaos, target, output);
    if (played === null) return 1;
    const facts = { stock: crowd.stock, seed: crowd.seed, durability: target.durability, chaos: played.findings };
    const report = reportFlashSale(played.outcome, facts);
    output.result(report);
    for (const line of flashSaleLines(report)) output.print(line);
    if (played.findings?.verified === false) output.warn(played.findings.verifyOutput);
    const warning = generatorWarning(report);
    if (warning !== null) output.warn(warning);
    if (values.report !== undefined) {
      const machine = { cores: availableParallelism(), node: process.version, platform: `${process.platform} ${process.arch}` };
      writeWhole('report', values.report, htmlReport({ report, command: repeatCommand(values, crowd.seed), machine, warning }));
      output.print(`  report       ${values.report}`);
    }
    return report.ok ? 0 : 1;
  },
});

interface Played {
  readonly outcome: FlashSaleOutcome;
  readonly findings: ChaosFindings | null;
}

/** Null: the system did not come back, so there is no more to report than has been said. */
async function play(sale: FlashSaleOptions, chaos: ChaosPlan | null, target: Target, output: CommandOutput): Promise<Played | null> {
  if (chaos === null) return { outcome: await runFlashSale({ ...sale, doorsClose: output.stopped }), findings: null };
  if (target.own === null) throw new Error('chaos needs a server of its own');
  try {
    return await playUnderChaos(sale, chaos, target.own, output);
  } catch (error) {
    if (!(error instanceof NotRecovered)) throw error;
    output.warn(`${error.message}\n  VERDICT: FAILED`);
    return null;
  }
}

async function playUnderChaos(sale: FlashSaleOptions, chaos: ChaosPlan, own: OwnServer, output: CommandOutput): Promise<Played> {
  // The process that was measured at the start is killed on the way: nothing is said about its share.
  const options = { ...sale, serverPid: null, system: own, schedule: chaos.schedule, stopped: output.stopped };
  const { sale: outcome, faults } = await runChaosSale({ ...options, onFault: (line) => output.print(line) });
  output.progress.update('stopping the server; verifying its folder');
  await own.server.stop();
  const verified = await verifyFolder(own.server.dataDirectory, own.server.environment);
  return { outcome, findings: { faults, verified: verified.exitCode === 0, verifyOutput: verified.output } };
}
