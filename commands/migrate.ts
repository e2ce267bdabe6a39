/** `onhand migrate`: brings the database of a data folder up to date. `start` does the same; this is for doing it apart. */
import { join } from 'node:path';
import { acquireDataFolder } from '../engines/data-folder.ts';
import { startPostgres } from '../engines/postgres/index.ts';
import { configFlagDetails, configFlags, loadConfig } from '../runtime/config.ts';
import { migrate, pendingMigrations } from '../runtime/migrate.ts';
import { defineCommand, Hindrance } from './command.ts';

export const command = defineCommand({
  name: 'migrate',
  summary: 'Bring the database of a data folder up to date.',
  usage: '[--data DIR] [--dry-run] [--json FILE]',
  details: [...configFlagDetails.filter(([term]) => term.startsWith('--data')), ['--dry-run', 'only say what would be applied']],
  options: { data: configFlags.data, 'dry-run': { type: 'boolean' } },
  async run({ values }, output) {
    const config = loadConfig(values);
    await using folder = acquireDataFolder(config.dataDir);
    output.progress.update(`starting Postgres in ${folder.path}`);
    await using postgres = await startPostgres({ dataDir: join(folder.path, 'postgres') });
    for (const note of postgres.notes) output.print(note);
    const url = postgres.url('owner');
    const pending = await pendingMigrations(url);
    if (pending.length === 0) output.print('The database is up to date already.');
    for (const { name, breaking } of pending)
      output.print(`${name}${breaking ? '  (the version before cannot work with the database after it)' : ''}`);
    const applied = values['dry-run'] === true ? [] : await applyAll(url);
    if (applied.length > 0) output.print(`Applied ${applied.length}. The database is up to date.`);
    output.result({ pending, applied });
    return 0;
  },
});

async function applyAll(url: string): Promise<readonly string[]> {
  try {
    return await migrate(url);
  } catch (error) {
    throw new Hindrance(
      `${error instanceof Error ? error.message : String(error)}. Nothing of that step was kept; the steps before it were.`,
      { cause: error },
    );
  }
}
