/**
 * Where a data folder's cluster lives: inside it, unless the account that runs Postgres cannot get there
 * (root's own folders are closed to everyone else); then in a shared folder, under a name made from the
 * data folder's name and identity.
 *
 * C1. Once placed, a cluster stays: the place is written down in the data folder and found again, also
 *     after the data folder was moved.
 * C2. A data folder that was deleted and made anew is a new one: it has a new identity, never meets the old
 *     one's cluster, and clears it away.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeFolders } from '../data-folder.ts';
import { asEngineError } from '../engine-error.ts';
import { isAlive } from '../process-identity.ts';
import { canEnter, defaultAccount, type RunAs } from './account.ts';

export interface Placement {
  /** PGDATA. Its parent belongs to us alone. */
  readonly clusterDir: string;
  /** Said at start when the place is not the obvious one. */
  readonly notes: readonly string[];
}

interface PlaceFile {
  readonly id: string;
  readonly clusterDir: string;
}

const placeName = 'place.json';
const originName = 'origin.json';

/** C1. `engineDir` is the folder inside the data folder that is the engine's own. */
export function placeCluster(engineDir: string): Placement {
  try {
    makeFolders(engineDir);
    const place = readJson<PlaceFile>(join(engineDir, placeName)) ?? newPlace(engineDir);
    return { clusterDir: place.clusterDir, notes: place.clusterDir.startsWith(engineDir) ? [] : [note(engineDir, place.clusterDir)] };
  } catch (error) {
    throw asEngineError(error, engineDir);
  }
}

/** Deletes a cluster wherever it was placed. Its server must have ended. For tests and for starting afresh. */
export function removeCluster(engineDir: string): void {
  const place = readJson<PlaceFile>(join(engineDir, placeName));
  if (place !== null) rmSync(place.clusterDir.startsWith(engineDir) ? place.clusterDir : dirname(place.clusterDir), { recursive: true, force: true });
  rmSync(engineDir, { recursive: true, force: true });
}

/** A folder outside the data folder that the account can reach. */
export function sharedFolder(account: RunAs): string {
  const candidates = ['/var/lib/onhand', join(tmpdir(), 'onhand'), '/tmp/onhand'];
  for (const folder of candidates) {
    try {
      mkdirSync(folder, { recursive: true });
      if (process.getuid?.() === 0) chmodSync(folder, 0o755);
      if (canEnter(account, folder)) return folder;
    } catch {
      // read-only or not ours: the next one may do
    }
  }
  throw asEngineError(Object.assign(new Error('no shared folder'), { code: 'EACCES' }), candidates.join(', '));
}

function newPlace(engineDir: string): PlaceFile {
  const id = randomUUID();
  const account = defaultAccount();
  const parent = canEnter(account, engineDir) ? engineDir : elsewhere(engineDir, id, account);
  const place: PlaceFile = { id, clusterDir: join(parent, 'cluster') };
  writeFileSync(join(engineDir, placeName), `${JSON.stringify(place)}\n`);
  return place;
}

function elsewhere(engineDir: string, id: string, account: RunAs): string {
  const shared = sharedFolder(account);
  clearAbandoned(shared, engineDir);
  const readable = basename(dirname(dirname(engineDir))).replaceAll(/[^\w-]+/g, '-').slice(0, 32) || 'data';
  const parent = join(shared, `${readable}-${createHash('sha256').update(`${engineDir}/${id}`).digest('hex').slice(0, 12)}`);
  makeFolders(parent);
  writeFileSync(join(parent, originName), `${JSON.stringify({ engineDir, id })}\n`);
  return parent;
}

/** C2. Only clusters that say they belong to this very path, and whose server is not running. */
function clearAbandoned(shared: string, engineDir: string): void {
  for (const name of readdirSync(shared)) {
    const parent = join(shared, name);
    if (readJson<{ engineDir: string }>(join(parent, originName))?.engineDir !== engineDir) continue;
    if (!serverRuns(join(parent, 'cluster'))) rmSync(parent, { recursive: true, force: true });
  }
}

function serverRuns(clusterDir: string): boolean {
  const file = join(clusterDir, 'postmaster.pid');
  if (!existsSync(file)) return false;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return pid > 0 && isAlive(pid);
}

function note(engineDir: string, clusterDir: string): string {
  return `Postgres keeps its files in ${clusterDir}, because it must not run as root and nobody else can enter ${dirname(engineDir)}.`;
}

function readJson<Value>(file: string): Value | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value;
  } catch {
    return null;
  }
}
