/** `onhand backup`: one consistent copy of a data folder in one file, also while it is being served. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { asEngineError } from '../engines/engine-error.ts';
import { type BackupLine, writeBackup } from '../runtime/backup/format.ts';
import { configFlags, loadConfig } from '../runtime/config.ts';
import { defineCommand, Hindrance, UsageError } from './command.ts';
import { backupLines, openBackupSource } from './embedded/backup-source.ts';
import { logChoiceOf } from './embedded/open-log.ts';

export const command = defineCommand({
  name: 'backup',
  summary: 'Copy all data into one file, also while it is being served.',
  usage: '--out FILE [--data DIR] [--json FILE]',
  details: [
    ['--out FILE', 'the file to write; it holds keys and secrets, so that only its owner may read it'],
    ['--data DIR', 'the data folder (ONHAND_DATA, ./.onhand)'],
  ],
  options: { out: { type: 'string' }, data: configFlags.data },
  async run({ values }, output) {
    if (values.out === undefined) throw new UsageError('--out is needed.');
    const file = resolve(values.out);
    if (existsSync(file)) throw new Hindrance(`${file} is there already; a backup replaces nothing.`);
    const config = loadConfig(values);
    const startedAtMs = performance.now();
    const counts = { rows: 0, frames: 0, files: 0 };
    try {
      await using source = await openBackupSource(config.dataDir);
      const lines = backupLines(source, logChoiceOf(config), (table) => output.progress.update(table));
      await writeBackup(file, counted(lines, counts));
    } catch (error) {
      throw asEngineError(error, file);
    }
    output.progress.done();
    const result = { file, bytes: statSync(file).size, ...counts, seconds: Math.round(performance.now() - startedAtMs) / 1_000 };
    output.result(result);
    output.print(
      `${file}: ${counts.rows} rows, ${counts.frames} frames of the log beside them, ${counts.files} files, ${result.bytes} bytes.`,
    );
    return 0;
  },
});

interface Counts {
  rows: number;
  frames: number;
  files: number;
}

async function* counted(lines: AsyncIterable<BackupLine>, counts: Counts): AsyncIterable<BackupLine> {
  for await (const line of lines) {
    if (line.kind === 'R') counts.rows += 1;
    if (line.kind === 'F') counts.frames += 1;
    if (line.kind === 'O') counts.files += 1;
    yield line;
  }
}
