/** `onhand flash-sale`: a crowd of virtual buyers on one product, judged by an auditor. See load-tests/README.md. */
import { flashSaleLines, generatorWarning, reportFlashSale } from '../load-tests/flash-sale/report.ts';
import { runFlashSale } from '../load-tests/flash-sale/run.ts';
import { UsageError, defineCommand, numberOption } from './command.ts';
import { loadTargetDetails, loadTargetOptions, openTargetOrExplain } from './load-target.ts';

const buyersMax = 200_000;
const stockMax = 1_000_000;
const socketsDefault = 2_000;
const patienceMs = 180_000;
const notBuiltYet = (flag: string): string => `--${flag} is not built yet.`;

export const command = defineCommand({
  name: 'flash-sale',
  summary: 'Let a crowd of virtual buyers loose on one product and judge what happened.',
  usage:
    '--buyers N --stock N [--seed S] [--rate R] [--duration SECONDS] [--sockets N] [--connections N] [--log postgres|jetstream] [--replicas 1|3] [--target URL --key sk_…] [--json FILE]',
  details: [
    ['--buyers N', `how many come, at most ${buyersMax}`],
    ['--stock N', 'units on sale'],
    ['--seed S', 'decides what each buyer means to do; drawn and printed when not given'],
    ['--rate R', 'buyers arriving a second; all at once when not given'],
    ['--duration SECONDS', 'arrivals are spread over this long; with --rate, the doors close after it'],
    ['--sockets N', `open pages with a live socket (default: every buyer, at most ${socketsDefault})`],
    ['--connections N', 'HTTP connections the crowd shares (default 256)'],
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
    ...loadTargetOptions,
    checkout: { type: 'boolean' },
    sale: { type: 'boolean' },
  },
  notBuilt: {
    checkout: notBuiltYet('checkout'),
    nodes: notBuiltYet('nodes'),
    sale: notBuiltYet('sale'),
    chaos: notBuiltYet('chaos'),
  },
  async run({ values }, output) {
    const crowd = readCrowd(values);
    await using target = await openTargetOrExplain(values);
    const outcome = await runFlashSale({
      ...crowd,
      url: target.url,
      publishableKey: target.publishableKey,
      secretKey: target.secretKey,
      serverPid: target.serverPid,
      patienceMs,
      progress: (line) => output.progress.update(line),
      doorsClose: output.stopped,
    });
    const report = reportFlashSale(outcome, crowd.stock, crowd.seed, target.durability);
    output.result(report);
    for (const line of flashSaleLines(report)) output.print(line);
    const warning = generatorWarning(report);
    if (warning !== null) output.warn(warning);
    return report.ok ? 0 : 1;
  },
});

type Values = {
  readonly [Flag in 'buyers' | 'stock' | 'seed' | 'rate' | 'duration' | 'sockets' | 'connections' | 'target' | 'key']?: string | undefined;
};

function readCrowd(values: Values) {
  if (values.buyers === undefined || values.stock === undefined) throw new UsageError('--buyers and --stock are needed.');
  const asked = numberOption('buyers', values.buyers, 0, { min: 1, max: buyersMax });
  const rate = values.rate === undefined ? null : numberOption('rate', values.rate, 0, { min: 0.1, max: 100_000, integer: false });
  const duration =
    values.duration === undefined ? null : numberOption('duration', values.duration, 0, { min: 1, max: 86_400, integer: false });
  const buyers = rate === null || duration === null ? asked : Math.max(1, Math.min(asked, Math.floor(rate * duration)));
  return {
    buyers,
    stock: numberOption('stock', values.stock, 0, { min: 1, max: stockMax }),
    seed: numberOption('seed', values.seed, Math.floor(Math.random() * 0x7fff_ffff), { min: 0, max: 0x7fff_ffff }),
    ratePerSecond: rate ?? (duration === null ? null : buyers / duration),
    socketsMax: numberOption('sockets', values.sockets, Math.min(buyers, socketsDefault), { min: 0, max: 50_000 }),
    connectionsMax: numberOption('connections', values.connections, 256, { min: 1, max: 10_000 }),
  };
}
