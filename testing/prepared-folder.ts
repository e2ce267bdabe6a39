/**
 * Data folders that begin with a Postgres that is made and migrated: what a first start would do first, at a tenth of
 * the processor's time. All else (identity, keys, stores, stock) is made by the start that follows, as in an empty folder.
 *
 * P1. The original was stopped in order, and is copied with its owners: Postgres may run under an account of its own.
 * P2. Copies have the passwords in common, and nothing else: a cluster that had to be placed elsewhere is not copied.
 *
 * Not for tests of the first start: they begin with an empty folder.
 */
import { spawnSync } from 'node:child_process';
import { join, sep } from 'node:path';
import { inject } from 'vitest';
import { makeFolders } from '../engines/data-folder.ts';
import { startPostgres } from '../engines/postgres/index.ts';
import { migrate } from '../runtime/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder that others begin as copies of; null: they begin empty. */
    preparedFolder: string | null;
  }
}

/** For the set-up (postgres-setup.ts), once. The folder to provide. */
export async function makePreparedFolder(dataDir: string): Promise<string | null> {
  const engine = await startPostgres({ dataDir: join(dataDir, 'postgres'), throwAway: true });
  try {
    await migrate(engine.url('owner'));
  } finally {
    await engine.stop(); // P1
  }
  return engine.clusterDir.startsWith(dataDir + sep) ? dataDir : null; // P2
}

/** Fills a data folder that is empty or not there yet, before its first start. */
export function prepareFolder(dataDir: string): void {
  copyPrepared(inject('preparedFolder'), dataDir);
}

export function copyPrepared(original: string | null, dataDir: string): void {
  if (original === null) return; // the start does it
  makeFolders(dataDir);
  const { status, stderr } = spawnSync('cp', ['-a', `${original}/.`, dataDir], { encoding: 'utf8' }); // P1
  if (status !== 0) throw new Error(`the prepared folder could not be copied: ${stderr}`);
}
