/**
 * Everything that keeps data, on one machine: the data folder, the Postgres in it, the log, the rows. Opened
 * by `start`, and by the commands that look at a stopped folder.
 *
 * S1. One process at a time: the folder's lock makes the message, the advisory lock in Postgres decides.
 * S2. Whatever was opened is closed in reverse, also when opening fails half way.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireDataFolder } from '../../engines/data-folder.ts';
import { asEngineError, EngineError } from '../../engines/engine-error.ts';
import { hasCluster, type SupervisedPostgres, supervisePostgres } from '../../engines/postgres/index.ts';
import { Archive } from '../../runtime/archive/archive.ts';
import { systemClock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import { type Cluster, openCluster } from '../../runtime/log/cluster.ts';
import type { Log } from '../../runtime/log/port.ts';
import type { Logger } from '../../runtime/logger.ts';
import { DiskMedia } from '../../runtime/media/disk.ts';
import { migrate } from '../../runtime/migrate.ts';
import type { RowStore } from '../../runtime/rows/port.ts';
import { PostgresRowStore } from '../../runtime/rows/postgres.ts';
import { Closers } from './closers.ts';
import { definitions } from './definitions.ts';
import { type KeptLease, keepLease } from './lease-keeper.ts';
import { assertPossible, type LogChoice, openLog, whicheverLog } from './open-log.ts';

export interface EmbeddedStorage extends AsyncDisposable {
  readonly dataDir: string;
  readonly postgres: SupervisedPostgres;
  readonly lease: KeptLease;
  readonly cluster: Cluster;
  readonly log: Log;
  readonly archive: Archive;
  readonly rows: RowStore;
  readonly durability: string;
  close(): Promise<void>;
}

export interface StorageOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Absent: whichever the data has. */
  readonly log?: LogChoice;
  /** For commands that only look: a folder without data is refused, not filled. A mistyped name has no clean books. */
  readonly mustExist?: boolean;
  /** One short phrase for each step, for whoever waits. */
  readonly onStep?: (step: string) => void;
}

/** Throws `EngineError`. */
export async function openEmbeddedStorage(options: StorageOptions): Promise<EmbeddedStorage> {
  const closers = new Closers();
  try {
    return await open(options, closers);
  } catch (error) {
    await closers.close(); // S2
    throw asEngineError(error, options.dataDir);
  }
}

async function open(
  { dataDir, logger, onStep, mustExist, log: choice = whicheverLog }: StorageOptions,
  closers: Closers,
): Promise<EmbeddedStorage> {
  if (mustExist === true && !hasCluster(join(dataDir, 'postgres')))
    throw new EngineError('folder_empty', `There is no Onhand data in ${dataDir}.`, 'Name the data folder with --data.');
  assertPossible(choice);
  assertWhole(dataDir);
  const folder = acquireDataFolder(dataDir);
  closers.add(() => folder.release());
  onStep?.(`starting Postgres in ${folder.path}`);
  const postgres = await supervisePostgres({ dataDir: join(folder.path, 'postgres'), logger });
  closers.add(() => postgres.stop());
  const url = postgres.url('projector');
  const lease = await keepLease(url, folder.path, systemClock, logger);
  closers.add(() => lease.release());
  onStep?.('migrating');
  await migrate(postgres.url('owner'));
  const cluster = await openCluster({ url, shardCount: limits.shardCountDefault, logKind: choice.kind });
  const log = await openLog(cluster, choice, { postgresUrl: url, postgresDir: postgres.clusterDir, logger });
  closers.add(() => log.close());
  const rows = new PostgresRowStore({ url, kinds: definitions });
  closers.add(() => rows.close());
  const archive = new Archive(new DiskMedia(join(folder.path, 'media')));
  const durability = (await log.durability?.()) ?? 'unknown';
  const close = () => closers.close();
  return { dataDir: folder.path, postgres, lease, cluster, log, archive, rows, durability, close, [Symbol.asyncDispose]: close };
}

/** While a restore is under way, or after one that broke off, its mark is here: half a shop is not served. */
export const restoringMark = 'restoring';

function assertWhole(dataDir: string): void {
  if (!existsSync(join(dataDir, restoringMark))) return;
  throw new EngineError('folder_empty', `The restore into ${dataDir} was not finished.`, 'Delete the folder and restore again.');
}
