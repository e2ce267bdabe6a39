/** `onhand migrate`: brings the database of a data folder up to date. `start` does the same; this is for doing it apart. */
import { join } from 'node:path';
import { acquireDataFolder } from '../engines/data-folder.ts';
import { migratePostgres, startPostgres } from '../engines/postgres/index.ts';
import { configFlagDetails, configFlags, loadConfig } from '../runtime/config.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  name: 'migrate',
  summary: 'Bring the database of a data folder up to date.',
  usage: '[--data DIR] [--json FILE]',
  details: configFlagDetails.filter(([term]) => term.startsWith('--data')),
  options: { data: configFlags.data },
  async run({ values }, output) {
    const config = loadConfig(values);
    await using folder = acquireDataFolder(config.dataDir);
    output.progress.update(`starting Postgres in ${folder.path}`);
    await using postgres = await startPostgres({ dataDir: join(folder.path, 'postgres') });
    for (const note of postgres.notes) output.print(note);
    output.progress.update('migrating');
    const applied = await migratePostgres(postgres.url('owner'));
    for (const name of applied) output.print(`applied ${name}`);
    output.print(applied.length === 0 ? 'The database was up to date already.' : 'The database is up to date.');
    output.result({ applied });
    return 0;
  },
});
