/** `onhand restore`: a backup into an empty data folder, then the books. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { asEngineError } from '../engines/engine-error.ts';
import { configFlags, loadConfig } from '../runtime/config.ts';
import { BackupUnusable } from '../runtime/backup/format.ts';
import { silentLogger } from '../runtime/logger.ts';
import { shownDifference, verifyStopped } from '../runtime/verify/report.ts';
import { defineCommand, Hindrance, UsageError } from './command.ts';
import { booksOf } from './embedded/books.ts';
import { logChoiceOf } from './embedded/open-log.ts';
import { type Restored, restoreInto } from './embedded/restore-target.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';

export const command = defineCommand({
  name: 'restore',
  summary: 'Put a backup into an empty data folder, and check the books of what was restored.',
  usage: '--from FILE [--data DIR] [--json FILE]',
  details: [
    ['--from FILE', 'a file that `backup` wrote'],
    ['--data DIR', 'a folder that is empty or not there (ONHAND_DATA, ./.onhand)'],
    ['NATS_URL', 'for a log on JetStream: servers that hold no log yet'],
  ],
  options: { from: { type: 'string' }, data: configFlags.data },
  async run({ values }, output) {
    if (values.from === undefined) throw new UsageError('--from is needed.');
    const file = resolve(values.from);
    if (!existsSync(file)) throw new Hindrance(`There is no ${file}.`);
    const config = loadConfig(values);
    const log = logChoiceOf(config);
    const onStep = (step: string) => output.progress.update(step);
    const restored = await restoreOrExplain(config.dataDir, file, () => restoreInto(config.dataDir, file, log, onStep));
    await using storage = await openEmbeddedStorage({ dataDir: config.dataDir, log, logger: silentLogger, onStep });
    const { checked, differences, ok } = await verifyStopped(booksOf(storage));
    output.progress.done();
    const { incarnation, rows, frames, files } = restored;
    output.result({
      dataDir: config.dataDir,
      incarnation,
      rows,
      frames,
      files,
      verified: ok,
      checked,
      differences: differences.map(shownDifference),
    });
    output.print(
      `${config.dataDir}: ${rows} rows, ${frames} frames of the log beside them, ${files} files; made ${restored.header.madeAt}.`,
    );
    output.print(ok ? 'The books are clean. Start it with: onhand start' : `${differences.length} differences: see onhand verify.`);
    return ok ? 0 : 1;
  },
});

async function restoreOrExplain(dataDir: string, file: string, restore: () => Promise<Restored>): Promise<Restored> {
  try {
    return await restore();
  } catch (error) {
    if (error instanceof BackupUnusable)
      throw new Hindrance(`${file} cannot be restored: ${error.message}. Nothing was touched.`, { cause: error });
    throw asEngineError(error, dataDir);
  }
}
