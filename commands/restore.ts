/**
 * `onhand restore`: a data folder made from a backup, as a new incarnation.
 *
 * R1. The whole file is checked before anything is made; only an empty or missing folder is filled.
 * R2. Everything is loaded under another name and renamed at the end: what failed half way is nowhere that
 *     `start` would serve.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { makeFolders } from '../engines/data-folder.ts';
import { removeCluster, startPostgres } from '../engines/postgres/index.ts';
import { configFlags, loadConfig } from '../runtime/config.ts';
import { silentLogger } from '../runtime/logger.ts';
import { migrate, migrationFiles, migrationsDir } from '../runtime/migrate.ts';
import { shownDifference, type VerifyReport, verifyStopped } from '../runtime/verify/report.ts';
import { copyIn } from './backup/copy.ts';
import { BackupUnreadable, checkFile, readSections, type SectionHead } from './backup/file.ts';
import { tablesOf } from './backup/tables.ts';
import { type CommandOutput, defineCommand, Hindrance, UsageError } from './command.ts';
import { booksOf } from './embedded/books.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';

export const command = defineCommand({
  name: 'restore',
  summary: 'Make a data folder from a backup, as a new incarnation, and verify its books.',
  usage: '--from FILE [--data DIR] [--json FILE]',
  details: [
    ['--from FILE', 'a file that `onhand backup` wrote; checked whole before anything is made'],
    ['--data DIR', 'an empty or missing folder (ONHAND_DATA, ./.onhand)'],
  ],
  options: { from: { type: 'string' }, data: configFlags.data },
  async run({ values }, output) {
    if (values.from === undefined) throw new UsageError('--from FILE names the backup.');
    const dataDir = resolve(loadConfig({ data: values.data }).dataDir);
    if (existsSync(dataDir) && (await readdir(dataDir)).length > 0)
      throw new Hindrance(`${dataDir} is not empty. Nothing was touched; name an empty or missing folder with --data.`);
    const from = values.from;
    const file = await open(from).catch((error: Error) => {
      throw new Hindrance(`${from} cannot be read: ${error.message}.`);
    });
    try {
      return await restore(file, dataDir, output);
    } catch (error) {
      throw error instanceof BackupUnreadable ? new Hindrance(error.message, { cause: error }) : error;
    } finally {
      await file.close();
    }
  },
});

async function restore(file: FileHandle, dataDir: string, output: CommandOutput): Promise<0 | 1> {
  output.progress.update('checking the backup');
  const about = await checkFile(file); // R1
  const migrations = about['migrations'] as readonly string[];
  await assertKnown(migrations);
  const draft = `${dataDir}.restoring-${randomUUID().slice(0, 8)}`;
  const incarnation = randomUUID();
  let report: VerifyReport;
  try {
    makeFolders(draft);
    await load(file, draft, migrations, incarnation, output);
    output.progress.update('verifying the books');
    await using storage = await openEmbeddedStorage({ dataDir: draft, logger: silentLogger, mustExist: true });
    report = await verifyStopped(booksOf(storage), () => {});
  } catch (error) {
    removeCluster(join(draft, 'postgres'));
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await rename(draft, dataDir); // R2
  output.progress.done();
  output.result({ dataDir, incarnation, ok: report.ok, checked: report.checked, differences: report.differences.map(shownDifference) });
  output.print(`Restored ${dataDir} as incarnation ${incarnation}: ${report.checked.frames} frames, ${report.checked.skus} SKUs.`);
  output.print(report.ok ? 'The books are clean.' : `${report.differences.length} differences; see onhand verify.`);
  return report.ok ? 0 : 1;
}

async function assertKnown(migrations: readonly string[]): Promise<void> {
  const known = new Set((await migrationFiles()).map(({ name }) => name));
  const newer = migrations.find((name) => !known.has(name));
  if (newer !== undefined)
    throw new Hindrance(`This backup has migration ${newer}, which this version does not know. Nothing was restored; use a newer Onhand.`);
}

async function load(file: FileHandle, draft: string, migrations: readonly string[], incarnation: string, output: CommandOutput) {
  await using postgres = await startPostgres({ dataDir: join(draft, 'postgres') });
  await migrateTo(postgres.url('owner'), migrations);
  const client = new pg.Client({ connectionString: postgres.url('superuser'), application_name: 'onhand restore' });
  client.on('error', () => {}); // a server that dies now is reported by the query that fails
  await client.connect();
  try {
    await client.query(`set session_replication_role = replica`); // rows come table by table, whatever refers to what
    const tables = await tablesOf(client);
    await client.query('begin');
    await client.query(`truncate ${tables.map(({ sql }) => sql).join(', ')}`);
    for await (const { head, content } of readSections(file)) {
      output.progress.update(`loading ${head.name} ${String(head['table'] ?? '')}`);
      await loadSection(client, draft, head, content);
    }
    await client.query('update onhand_log.cluster set incarnation = $1', [incarnation]);
    await client.query('commit');
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

/** To the version of the backup; opening the folder afterwards migrates on. */
async function migrateTo(url: string, migrations: readonly string[]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'onhand-migrations-'));
  try {
    for (const name of migrations) await copyFile(join(migrationsDir, `${name}.sql`), join(dir, `${name}.sql`));
    await migrate(url, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function loadSection(client: pg.Client, draft: string, head: SectionHead, content: AsyncIterable<Buffer>): Promise<void> {
  const path = join(draft, head.name === 'media' ? 'media' : '', String(head['path'] ?? ''));
  if (head.name === 'table') return copyIn(client, `copy ${String(head['table'])} (${String(head['columns'])}) from stdin`, content);
  if (head.name === 'secret' || head.name === 'media') {
    if (!resolve(path).startsWith(`${resolve(draft)}/`)) throw new BackupUnreadable('This backup names a file outside the folder.');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode: 0o600, flush: true });
    return;
  }
  for await (const _ of content);
  if (head.name !== 'partitions') return;
  for (const { shard, frame } of head['partitions'] as readonly { shard: number; frame: string }[])
    await client.query('select onhand_log.make_partition($1, $2)', [shard, frame]);
}
