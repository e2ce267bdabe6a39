/**
 * The Postgres of a baseline: the same programs as ours, durable, with the settings that whoever knows it would give to
 * a server that has half of such a machine for itself. Lives as long as the process that started it.
 */
import { type PostgresEngine, startPostgres } from '../../../../engines/postgres/index.ts';
import { postgresFolder } from '../folder.ts';

/** On top of the engine's own: fsync, full_page_writes and synchronous_commit stay on. */
const tunedSettings = {
  // all rows of a run stay in memory
  shared_buffers: '768MB',
  work_mem: '32MB',
  // no checkpoint falls into a run: each run begins with one
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  wal_buffers: '64MB',
  // sessions of the number tried before may still be leaving
  max_connections: '200',
} as const;

export const postgresDurability = 'Postgres, fsync and synchronous_commit on: survives a power cut';

export function startTunedPostgres(folder: string): Promise<PostgresEngine> {
  return startPostgres({ dataDir: postgresFolder(folder), settings: tunedSettings });
}
