/**
 * `onhand backup`: one file, one consistent copy, also while the folder is served.
 *
 * K1. Tables are locked against being dropped, then segments of the archive are listed, then the snapshot is
 *     taken: what is in the archive is in the snapshot's log or before it, and nothing falls in between.
 * K2. The file is there whole or not at all, and only its owner may read it: it holds every secret.
 */
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import pg from 'pg';
import { acquireDataFolder, dataFolderOwner } from '../engines/data-folder.ts';
import { clusterDirOf, findLeftover, startPostgres } from '../engines/postgres/index.ts';
import { urlMaker } from '../engines/postgres/engine.ts';
import { loadPasswords } from '../engines/postgres/passwords.ts';
import { configFlags, loadConfig } from '../runtime/config.ts';
import { Closers } from './embedded/closers.ts';
import { copyOut } from './backup/copy.ts';
import { BackupWriter } from './backup/file.ts';
import { type Tables, tablesOf } from './backup/tables.ts';
import { type CommandOutput, defineCommand, Hindrance, UsageError } from './command.ts';

const secretFiles = ['keys.json', 'buyer-signing.key'];

export const command = defineCommand({
  name: 'backup',
  summary: 'Copy all data into one file, also while it is being served.',
  usage: '--out FILE [--data DIR] [--json FILE]',
  details: [
    ['--out FILE', 'where to; never overwrites. It holds every secret of the folder: keep it safe'],
    ['--data DIR', 'the data folder, served or not (ONHAND_DATA, ./.onhand)'],
  ],
  options: { out: { type: 'string' }, data: configFlags.data },
  async run({ values }, output) {
    if (values.out === undefined) throw new UsageError('--out FILE says where to write the backup.');
    const { dataDir } = loadConfig({ data: values.data });
    const file = resolve(values.out);
    if (existsSync(file)) throw new Hindrance(`${file} exists already and is not overwritten.`);
    const startedMs = performance.now();
    const closers = new Closers();
    try {
      const client = await connect(dataDir, closers);
      const result = await writeFileWhole(file, (writer) => writeAll(writer, client, dataDir, output));
      const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
      output.result({ file, ...result, seconds });
      output.progress.done();
      output.print(`Wrote ${file}: ${result.bytes} bytes, ${result.tables} tables, ${result.rows} rows, ${result.frames} of them frames.`);
      return 0;
    } finally {
      await closers.close();
    }
  },
});

/** To the Postgres that serves the folder, or to one started for this. */
async function connect(dataDir: string, closers: Closers): Promise<pg.Client> {
  const engineDir = join(dataDir, 'postgres');
  const clusterDir = clusterDirOf(engineDir);
  if (clusterDir === null) throw new Hindrance(`There is no Onhand data in ${dataDir}. Name the data folder with --data.`);
  let url: string;
  const running = dataFolderOwner(dataDir) === null ? null : findLeftover(clusterDir);
  if (running === null) {
    const folder = acquireDataFolder(dataDir);
    closers.add(() => folder.release());
    const postgres = await startPostgres({ dataDir: engineDir });
    closers.add(() => postgres.stop());
    url = postgres.url('superuser');
  } else url = urlMaker(loadPasswords(engineDir), running.port)('superuser');
  const client = new pg.Client({ connectionString: url, application_name: 'onhand backup' });
  client.on('error', () => {}); // a server that dies now is reported by the query that fails
  await client.connect();
  closers.add(() => client.end());
  return client;
}

/** K2. */
async function writeFileWhole<Result>(file: string, write: (writer: BackupWriter) => Promise<Result>): Promise<Result> {
  const draft = `${file}.new`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    let result: Result;
    try {
      result = await write(new BackupWriter(handle));
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    const folder = await open(dirname(file));
    await folder.sync().finally(() => folder.close());
    return result;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new Hindrance(`${draft} exists: another backup is being written, or one was killed. Delete it if so.`);
    await rm(draft, { force: true });
    if (code === 'ENOSPC') throw new Hindrance(`The disk of ${file} is full. No backup was written.`);
    if (code === 'ENOENT' || code === 'EACCES') throw new Hindrance(`${file} cannot be written: ${(error as Error).message}.`);
    throw error;
  }
}

async function writeAll(writer: BackupWriter, client: pg.Client, dataDir: string, output: CommandOutput) {
  await client.query('begin isolation level repeatable read read only');
  const names = await tablesOf(client);
  await client.query('commit');
  await client.query('begin isolation level repeatable read read only');
  await client.query(`lock table ${names.map(({ sql }) => sql).join(', ')} in access share mode`); // K1
  const media = await filesUnder(join(dataDir, 'media'));
  const { rows: clusters } = await client.query('select cluster_id, incarnation, shard_count, log_kind from onhand_log.cluster');
  const cluster = clusters[0];
  if (cluster === undefined) throw new Hindrance(`${dataDir} was never served: there is nothing to back up.`);
  if (cluster.log_kind !== 'postgres') throw new Hindrance('The log of this data is in JetStream; backup copies only a log in Postgres.');
  const { rows: applied } = await client.query<{ name: string }>('select name from onhand_migrations.applied order by id');
  const { rows: checkpoints } = await client.query('select shard, frame, hash, epoch from onhand.checkpoints order by shard');
  await writer.begin();
  await writer.section({ name: 'about', migrations: applied.map(({ name }) => name), cluster, checkpoints }, one(Buffer.alloc(0)));
  for (const name of secretFiles)
    if (existsSync(join(dataDir, name))) await writer.section({ name: 'secret', path: name }, one(await readFile(join(dataDir, name))));
  for (const path of media) await writer.section({ name: 'media', path }, piecesOf(join(dataDir, 'media', path)));
  const counts = await writeTables(writer, client, names, output);
  await client.query('commit');
  await writer.end();
  return { bytes: writer.bytes, tables: names.length, ...counts, incarnation: cluster.incarnation as string };
}

async function writeTables(writer: BackupWriter, client: pg.Client, tables: Tables, output: CommandOutput) {
  let rows = 0;
  let frames = 0;
  for (const { sql, columns } of tables) {
    output.progress.update(`copying ${sql}`);
    const counted = await client.query<{ count: string }>(`select count(*)::text as count from ${sql}`);
    const count = Number(counted.rows[0]!.count);
    rows += count;
    if (sql === 'onhand_log.frames') {
      frames = count;
      const { rows: partitions } = await client.query(
        `select shard, min(frame)::text as frame from onhand_log.frames group by shard, frame / onhand_log.frames_per_partition() order by 1, 2`,
      );
      await writer.section({ name: 'partitions', partitions }, one(Buffer.alloc(0)));
    }
    await writer.section(
      { name: 'table', table: sql, columns, rows: count },
      copyOut(client, `copy (select ${columns} from ${sql}) to stdout`),
    );
  }
  return { rows, frames };
}

async function* one(bytes: Buffer): AsyncIterable<Buffer> {
  if (bytes.length > 0) yield bytes;
}

async function* piecesOf(path: string): AsyncIterable<Buffer> {
  const handle = await open(path);
  try {
    for await (const piece of handle.createReadStream({ autoClose: false })) yield piece as Buffer;
  } finally {
    await handle.close();
  }
}

async function filesUnder(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = await readdir(folder, { recursive: true });
  const files: string[] = [];
  for (const name of names) if ((await stat(join(folder, name))).isFile()) files.push(relative('.', name));
  return files.sort();
}
