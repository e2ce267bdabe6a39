/** `onhand repair`: the smallest corrections for what `verify` found, written to the log, never straight into rows. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../runtime/clock.ts';
import { configFlags, loadConfig } from '../runtime/config.ts';
import type { RowCorrection } from '../runtime/frame/frame.ts';
import { limits } from '../runtime/limits.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { planRepair, writeRepair } from '../runtime/verify/repair.ts';
import { shownDifference } from '../runtime/verify/report.ts';
import type { Difference } from '../runtime/verify/verify-shard.ts';
import { type CommandOutput, defineCommand, UsageError } from './command.ts';
import { checkStoppedBooks } from './embedded/cross-check/check-books.ts';
import { booksOf } from './embedded/books.ts';
import { definitions } from './embedded/definitions.ts';
import { logChoiceOf } from './embedded/open-log.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from './embedded/storage.ts';

export const command = defineCommand({
  name: 'repair',
  summary: 'Mend what verify found: corrections as frames of the log, each naming the frame it rests on.',
  usage: '[--data DIR] --dry-run|--apply [--json FILE]',
  details: [
    ['--data DIR', 'a data folder that nobody serves (ONHAND_DATA, ./.onhand)'],
    ['--dry-run', 'only say what would be mended'],
    ['--apply', 'write the corrections, then check the books again'],
  ],
  options: { data: configFlags.data, 'dry-run': { type: 'boolean' }, apply: { type: 'boolean' } },
  async run({ values }, output) {
    if ((values['dry-run'] === true) === (values.apply === true)) throw new UsageError('Say --dry-run or --apply.');
    const config = loadConfig(values);
    await using storage = await openEmbeddedStorage({
      dataDir: config.dataDir,
      log: logChoiceOf(config),
      logger: silentLogger,
      mustExist: true,
      onStep: (step) => output.progress.update(step),
    });
    const books = booksOf(storage);
    output.progress.update('checking the books');
    const { differences } = await checkStoppedBooks(books, storage.dataDir);
    const { corrections, unmendable } = planRepair(differences);
    output.progress.done();
    showCorrections(corrections, unmendable, output);
    if (values.apply !== true) {
      output.result({ corrections, unmendable: unmendable.map(shownDifference), applied: false, ok: differences.length === 0 });
      return differences.length === 0 ? 0 : 1;
    }
    await applyCorrections(storage, differences, corrections);
    const after = await checkStoppedBooks(books, storage.dataDir);
    output.print(after.ok ? 'The books are clean now.' : `${after.differences.length} differences remain.`);
    output.result({ corrections, unmendable: unmendable.map(shownDifference), applied: corrections.length > 0, ok: after.ok });
    return after.ok ? 0 : 1;
  },
});

function showCorrections(corrections: readonly RowCorrection[], unmendable: readonly Difference[], output: CommandOutput): void {
  if (corrections.length === 0 && unmendable.length === 0) output.print('Nothing to mend.');
  const action = ({ remove, put }: RowCorrection) => (put === null ? 'take away' : remove === null ? 'put back' : 'set right');
  const rows = corrections.map((correction) => [
    correction.store,
    correction.key,
    correction.what,
    action(correction),
    correction.basis === null ? 'no frame' : `frame ${correction.basis}`,
  ]);
  if (rows.length > 0) output.table(['store', 'row', 'what', 'correction', 'rests on'], rows);
  for (const { key, what } of unmendable) output.print(`Cannot be mended from the log: ${key}: ${what}`);
}

/** Shard by shard into the log; then one ordinary take-over turns them into rows, before anything is loaded. */
async function applyCorrections(
  storage: EmbeddedStorage,
  differences: readonly Difference[],
  corrections: readonly RowCorrection[],
): Promise<void> {
  if (corrections.length === 0) return;
  const shardOfRow = new Map(differences.map(({ store, key, shard }) => [`${store}/${key}`, shard]));
  for (const shard of new Set(shardOfRow.values())) {
    const own = corrections.filter(({ store, key }) => shardOfRow.get(`${store}/${key}`) === shard);
    if (own.length > 0) await writeRepair(takeOverDeps(storage, shard), own);
  }
  const node = new Node({
    ...storage.cluster,
    definitions,
    log: storage.log,
    rows: storage.rows,
    clock: systemClock,
    logger: silentLogger,
  });
  await node.start();
  await node.drain();
}

function takeOverDeps({ cluster, log, rows }: EmbeddedStorage, shard: number) {
  const nonce = randomBytes(8).toString('hex');
  return { ...cluster, shard, nonce, log, rows, clock: systemClock, limits, logger: silentLogger, halted: () => false };
}
