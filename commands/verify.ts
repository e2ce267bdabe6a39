/** `onhand verify`: log, memory and Postgres against each other and against the laws. */
import { configFlags, loadConfig } from '../runtime/config.ts';
import { silentLogger } from '../runtime/logger.ts';
import { shownDifference, type VerifyReport } from '../runtime/verify/report.ts';
import { type CommandOutput, defineCommand, type ExitCode, Hindrance, UsageError } from './command.ts';
import { askServer } from './ask-server.ts';
import { booksOf } from './embedded/books.ts';
import { logChoiceOf } from './embedded/open-log.ts';
import { checkStoppedBooks } from './embedded/cross-check/check-books.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';

type ShownReport = Omit<VerifyReport, 'differences'> & { readonly differences: readonly { readonly [field: string]: unknown }[] };

export const command = defineCommand({
  name: 'verify',
  summary: 'Check the books: the log, memory and Postgres against each other and against the laws.',
  usage: '[--data DIR | --target URL --key sk_…] [--json FILE]',
  details: [
    ['--data DIR', 'a data folder that nobody serves (ONHAND_DATA, ./.onhand); all stores'],
    ['--target URL', 'a running server; each shard stands still for a moment'],
    ['--key sk_…', 'secret key of the store to check at the target'],
  ],
  options: { data: configFlags.data, target: { type: 'string' }, key: { type: 'string' } },
  async run({ values }, output) {
    const { target, key, data } = values;
    if (target !== undefined && data !== undefined) throw new UsageError('--target and --data name two different books; give one.');
    if ((target === undefined) !== (key === undefined)) throw new UsageError('--target and --key go together.');
    const report = target === undefined ? await verifyFolder(values, output) : await verifyServer(target, key!);
    return tell(report, output);
  },
});

async function verifyFolder(values: { readonly data?: string | undefined }, output: CommandOutput): Promise<ShownReport> {
  const config = loadConfig(values);
  await using storage = await openEmbeddedStorage({
    dataDir: config.dataDir,
    log: logChoiceOf(config),
    logger: silentLogger,
    mustExist: true,
    onStep: (step) => output.progress.update(step),
  });
  const { cluster } = storage;
  const report = await checkStoppedBooks(booksOf(storage), storage.dataDir, (shard, frame) =>
    output.progress.update(`shard ${shard + 1} of ${cluster.shardCount}, frame ${frame}`),
  );
  return { ...report, differences: report.differences.map(shownDifference) };
}

async function verifyServer(target: string, key: string): Promise<ShownReport> {
  const { origin, ok, status, body } = await askServer<ShownReport>({ target, path: '/v1/admin/verify', key });
  if (!ok) throw new Hindrance(`${origin} refused: ${body?.title ?? `status ${status}`}.`);
  if (body?.checked === undefined) throw new Hindrance(`What answers at ${origin} is not Onhand.`);
  return body as ShownReport;
}

const shownMax = 50;

function tell(report: ShownReport, output: CommandOutput): ExitCode {
  const { skus, holds, orders, frames } = report.checked;
  output.progress.done();
  output.print(`Checked ${skus} SKUs, ${holds} holds, ${orders} orders in ${frames} frames.`);
  output.result(report);
  if (report.ok) {
    output.print('The books are clean: log, memory and Postgres agree, and no law is broken.');
    return 0;
  }
  const cell = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 60);
  const rows = report.differences
    .slice(0, shownMax)
    .map(({ store, key, what, log, memory, postgres, payments = null }) => [store, key, what, log, memory, postgres, payments].map(cell));
  output.table(['store', 'key', 'what', 'log', 'memory', 'postgres', 'payments'], rows);
  output.print(`${report.differences.length} differences${report.differences.length > shownMax ? `, the first ${shownMax} shown` : ''}.`);
  return 1;
}
