/**
 * What a backup copies: one snapshot of Postgres, then the part of the log that is not in it, the archive, and the
 * files that hold keys. Works beside a running server, which it asks for nothing and keeps from nothing.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { dataFolderOwner } from '../../engines/data-folder.ts';
import { EngineError } from '../../engines/engine-error.ts';
import { clusterDirOf, findLeftover, hasCluster, postgresUrl, startPostgres } from '../../engines/postgres/index.ts';
import { backupFormat, type BackupHeader, type BackupLine } from '../../runtime/backup/format.ts';
import { dumpTables } from '../../runtime/backup/tables.ts';
import type { LogKind } from '../../runtime/log/cluster.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { Closers } from './closers.ts';
import { type LogChoice, openLog } from './open-log.ts';

export interface BackupSource extends AsyncDisposable {
  readonly client: pg.Client;
  /** Postgres' own folder, which is not copied file by file. */
  readonly dataDir: string;
}

/** Beside the server that serves the folder, or with a Postgres started for this. Throws `EngineError`. */
export async function openBackupSource(dataDir: string): Promise<BackupSource> {
  const engineDir = join(dataDir, 'postgres');
  if (!hasCluster(engineDir))
    throw new EngineError('folder_empty', `There is no Onhand data in ${dataDir}.`, 'Name the data folder with --data.');
  const closers = new Closers();
  try {
    const client = new pg.Client({ connectionString: await urlOf(dataDir, engineDir, closers), application_name: 'onhand backup' });
    client.on('error', () => {}); // told by the query that meets it
    await client.connect();
    closers.add(() => client.end());
    return { client, dataDir, [Symbol.asyncDispose]: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function urlOf(dataDir: string, engineDir: string, closers: Closers): Promise<string> {
  if (dataFolderOwner(dataDir) !== null) {
    const clusterDir = clusterDirOf(engineDir);
    const running = clusterDir === null ? null : findLeftover(clusterDir);
    if (running === null)
      throw new EngineError('start_failed', `${dataDir} is being served, but its Postgres is not there now.`, 'Try again in a moment.');
    return postgresUrl(engineDir, running.port, 'superuser');
  }
  const postgres = await startPostgres({ dataDir: engineDir });
  closers.add(() => postgres.stop());
  return postgres.url('superuser');
}

/** Every line of the backup. The snapshot is taken first; what is read after it can only be newer. */
export async function* backupLines(source: BackupSource, choice: LogChoice, onTable: (table: string) => void): AsyncIterable<BackupLine> {
  const { client, dataDir } = source;
  await client.query('begin transaction isolation level repeatable read read only');
  const header = await readHeader(client);
  yield { kind: 'H', header };
  for await (const line of dumpTables(client)) {
    if (line.kind === 'T') onTable(line.table);
    yield line;
  }
  await client.query('commit');
  if (header.logKind === 'jetstream') yield* dumpFrames(client, header, choice, onTable);
  yield* dumpFiles(dataDir);
}

async function readHeader(client: pg.Client): Promise<BackupHeader> {
  const [migrations, cluster, checkpoints] = [
    await client.query<{ name: string }>('select name from onhand_migrations.applied order by name'),
    await client.query<{ cluster_id: string; incarnation: string; log_kind: LogKind; made_at: string }>(
      'select cluster_id, incarnation, log_kind, now()::text as made_at from onhand_log.cluster',
    ),
    await client.query<{ shard: number; frame: string }>('select shard, frame from onhand.checkpoints'),
  ];
  const row = cluster.rows[0];
  if (row === undefined) throw new EngineError('folder_empty', 'This data was never served.', 'Start it once.');
  return {
    format: backupFormat,
    migrations: migrations.rows.map(({ name }) => name),
    clusterId: row.cluster_id,
    incarnation: row.incarnation,
    logKind: row.log_kind,
    madeAt: row.made_at,
    checkpoints: Object.fromEntries(checkpoints.rows.map(({ shard, frame }) => [shard, Number(frame)])),
  };
}

async function* dumpFrames(
  client: pg.Client,
  { clusterId, incarnation, logKind }: BackupHeader,
  choice: LogChoice,
  onTable: (table: string) => void,
): AsyncIterable<BackupLine> {
  const { rows } = await client.query<{ shard_count: number }>('select shard_count from onhand_log.cluster');
  const shardCount = rows[0]!.shard_count;
  const log = await openLog({ clusterId, incarnation, shardCount, logKind }, choice, {
    postgresUrl: '',
    postgresDir: '',
    logger: silentLogger,
  });
  try {
    for (let shard = 0; shard < shardCount; shard++) {
      onTable(`frames of shard ${shard}`);
      for await (const { frame, hash, bytes } of log.read(shard, 0))
        yield { kind: 'F', shard, frame, hash, bytes: Buffer.from(bytes).toString('base64') };
    }
  } finally {
    await log.close();
  }
}

/** Keys and secrets, and the archive. Not Postgres, nor what belongs to this process or machine alone. */
async function* dumpFiles(dataDir: string): AsyncIterable<BackupLine> {
  for (const name of filesOf(dataDir, '')) {
    const file = join(dataDir, name);
    if (!existsSync(file)) continue; // a file that was being written has its name now
    yield { kind: 'O', name, mode: statSync(file).mode & 0o777, bytes: readFileSync(file).toString('base64') };
  }
}

const notCopied = new Set(['postgres', 'nats', 'onhand.lock']);

function filesOf(dataDir: string, folder: string): string[] {
  return readdirSync(join(dataDir, folder), { withFileTypes: true })
    .filter(({ name }) => folder !== '' || !notCopied.has(name))
    .flatMap((entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesOf(dataDir, name);
      return entry.isFile() && !/\.(part|new)$/.test(name) ? [name] : [];
    });
}
