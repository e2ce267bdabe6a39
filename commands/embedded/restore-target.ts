/**
 * Puts a backup into an empty data folder.
 *
 * R1. The whole file is checked before the folder is touched.
 * R2. From the first step to the last a mark stands in the folder, and nobody serves a folder with that mark.
 * R3. The restored data is a new life of the cluster: it has a new incarnation, which frames and positions carry from
 *     then on. Whoever remembers the old one drops what it had.
 * R4. What happened after the backup was made is lost here, but not to those who were told of it by webhook or feed. So
 *     the new life also has ids and numbers of its own there, from the end of the log that came with the backup. Where
 *     a clock is wrong, an event may be told twice under two ids, but none under the id of another.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import pg from 'pg';
import type { Instant } from '../../actors/kernel/index.ts';
import { acquireDataFolder } from '../../engines/data-folder.ts';
import { EngineError } from '../../engines/engine-error.ts';
import { startPostgres } from '../../engines/postgres/index.ts';
import { type BackupHeader, type BackupLine, BackupUnusable, checkBackup, readBackup } from '../../runtime/backup/format.ts';
import { TableLoader } from '../../runtime/backup/tables.ts';
import { systemClock } from '../../runtime/clock.ts';
import { decodeFrameHeader } from '../../runtime/frame/codec.ts';
import { LogDamaged } from '../../runtime/frame/frame.ts';
import { JetStreamLog } from '../../runtime/log/jetstream.ts';
import type { EncodedFrame } from '../../runtime/log/port.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { migrate, migrationFiles } from '../../runtime/migrate.ts';
import { assertPossible, type LogChoice } from './open-log.ts';
import { restoringMark } from './storage.ts';

export interface Restored {
  readonly header: BackupHeader;
  readonly incarnation: string;
  readonly rows: number;
  readonly frames: number;
  readonly files: number;
}

/** Throws `BackupUnusable` and `EngineError`, with the folder as it was. */
export async function restoreInto(dataDir: string, file: string, choice: LogChoice, onStep: (step: string) => void): Promise<Restored> {
  onStep('checking the backup');
  const header = await checkBackup(
    file,
    (await migrationFiles()).map(({ name }) => name),
  );
  const log = { ...choice, kind: header.logKind };
  assertPossible(log);
  assertEmpty(dataDir);
  using folder = heldFolder(dataDir);
  writeFileSync(join(folder.path, restoringMark), `${file}\n`); // R2
  onStep('starting Postgres');
  await using postgres = await startPostgres({ dataDir: join(folder.path, 'postgres') });
  await migrate(postgres.url('owner'));
  const client = new pg.Client({ connectionString: postgres.url('superuser') });
  await client.connect();
  try {
    const restored = await load(file, { client, dataDir: folder.path, log, header }, onStep);
    rmSync(join(folder.path, restoringMark));
    return restored;
  } finally {
    await client.end();
  }
}

function assertEmpty(dataDir: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  throw new EngineError(
    'folder_not_ours',
    `${dataDir} is not empty.`,
    'Restore into a folder that is empty or not there; nothing was touched.',
  );
}

function heldFolder(dataDir: string): Disposable & { readonly path: string } {
  const folder = acquireDataFolder(dataDir);
  return { path: folder.path, [Symbol.dispose]: () => folder.release() };
}

interface Loading {
  readonly client: pg.Client;
  readonly dataDir: string;
  readonly log: LogChoice;
  readonly header: BackupHeader;
}

async function load(file: string, loading: Loading, onStep: (step: string) => void): Promise<Restored> {
  const { client, dataDir, header } = loading;
  const incarnation = randomUUID();
  const tables = new TableLoader(client);
  const counts = { frames: 0, files: 0 };
  const frames = new Map<number, EncodedFrame[]>();
  await client.query('begin');
  await client.query('set local session_replication_role = replica'); // tables come in the order of their names, not of their keys
  for await (const line of readBackup(file)) {
    if (line.kind === 'T') {
      onStep(line.table);
      await tables.begin({ name: line.table, columns: line.columns });
    } else if (line.kind === 'R') await tables.add(line.json);
    else if (line.kind === 'F') keep(frames, line, counts);
    else if (line.kind === 'O') putFile(dataDir, line, counts);
  }
  await tables.finish();
  await client.query('update onhand_log.cluster set incarnation = $1', [incarnation]); // R3
  await beginLife(client, incarnation, Math.max(await endOfTable(client), endOf(frames)));
  await fillStreams(loading.log, frames, onStep);
  await client.query('commit');
  return { header, incarnation, rows: tables.loaded, ...counts };
}

const numbersPerMs = 100;

/** R4. Numbers follow the wall clock: no store has a hundred thousand events a second for as long as it lives. */
async function beginLife(client: pg.Client, incarnation: string, logEndsAt: Instant): Promise<void> {
  const now = systemClock.wallMs();
  await client.query('insert into onhand.lives (incarnation, begins_after, numbers_from) values ($1, $2, $3)', [
    incarnation,
    Math.min(logEndsAt, now),
    now * numbersPerMs,
  ]);
}

/** When the last thing happened that the log knows of. */
async function endOfTable(client: pg.Client): Promise<Instant> {
  const { rows } = await client.query<{ shard: number; frame: string; hash: Buffer; bytes: Buffer }>(
    `select shard, frame, hash, bytes from onhand_log.frames
      join (select shard, max(frame) as frame from onhand_log.frames group by shard) as last using (shard, frame)`,
  );
  return Math.max(
    0,
    ...rows.map(({ shard, frame, hash, bytes }) => timeOf(shard, { frame: Number(frame), hash: hash.toString('hex'), bytes })),
  );
}

function endOf(frames: ReadonlyMap<number, readonly EncodedFrame[]>): Instant {
  return Math.max(0, ...[...frames].map(([shard, own]) => timeOf(shard, own.at(-1)!)));
}

/** What is damaged is found by whoever checks the books: it is no reason to restore nothing. */
function timeOf(shard: number, frame: EncodedFrame): Instant {
  try {
    return decodeFrameHeader(shard, frame).at;
  } catch (error) {
    if (error instanceof LogDamaged) return 0;
    throw error;
  }
}

function keep(frames: Map<number, EncodedFrame[]>, line: Extract<BackupLine, { kind: 'F' }>, counts: { frames: number }): void {
  const frame = { frame: line.frame, hash: line.hash, bytes: Buffer.from(line.bytes, 'base64') };
  const known = frames.get(line.shard);
  if (known === undefined) frames.set(line.shard, [frame]);
  else known.push(frame);
  counts.frames += 1;
}

/** Names come from a file: none may lead out of the folder. */
function putFile(dataDir: string, { name, mode, bytes }: Extract<BackupLine, { kind: 'O' }>, counts: { files: number }): void {
  const path = normalize(join(dataDir, name));
  if (!path.startsWith(`${normalize(dataDir)}${sep}`)) throw new BackupUnusable(`it names a file outside the folder: ${name}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.from(bytes, 'base64'), { mode });
  counts.files += 1;
}

async function fillStreams(
  choice: LogChoice,
  frames: ReadonlyMap<number, readonly EncodedFrame[]>,
  onStep: (step: string) => void,
): Promise<void> {
  if (choice.kind !== 'jetstream') return;
  const log = await JetStreamLog.open({ url: choice.natsUrl!, replicas: choice.replicas, logger: silentLogger });
  try {
    for (const [shard, own] of frames) {
      onStep(`frames of shard ${shard}`);
      await log.importFrames(shard, inOrder(own));
    }
  } finally {
    await log.close();
  }
}

async function* inOrder(frames: readonly EncodedFrame[]): AsyncIterable<EncodedFrame> {
  yield* frames;
}
