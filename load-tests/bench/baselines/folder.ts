/** The folder of a baseline, and the servers that may still run in it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterDirOf, findLeftover, removeCluster } from '../../../engines/postgres/index.ts';
import { endLeftover } from '../../../engines/postgres/postmaster.ts';
import { endLeftRedis } from './redis/server.ts';

/** Open to other accounts: Postgres may run as a user of its own. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-baseline-'));
  chmodSync(folder, 0o755);
  return folder;
}

export function postgresFolder(folder: string): string {
  return join(folder, 'postgres');
}

/** Ends servers that were left behind, and removes everything. Done again it changes nothing. */
export async function removeFolder(folder: string): Promise<void> {
  await endLeftRedis(folder);
  const engineDir = postgresFolder(folder);
  const clusterDir = clusterDirOf(engineDir);
  const leftover = clusterDir === null ? null : findLeftover(clusterDir);
  if (leftover !== null) await endLeftover(leftover);
  removeCluster(engineDir);
  rmSync(folder, { recursive: true, force: true });
}
