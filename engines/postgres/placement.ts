/**
 * Where a data folder's cluster lives: inside it, unless the account that runs Postgres cannot get there
 * (root's own folders are closed to everyone else); then in a shared folder, under a name made from the
 * data folder's name and identity.
 *
 * C1. Once placed, a cluster stays: the place is written down in the data folder and found again, also
 *     after the data folder was moved.
 * C2. A data folder that was deleted and made anew is a new one: it has a new identity and never meets the
 *     old one's cluster. That is named in the notes but never deleted: the old folder may only have been moved.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { makeFolders } from '../data-folder.ts';
import { asEngineError } from '../engine-error.ts';
import { canEnter, defaultAccount, type RunAs } from './account.ts';

export interface Placement {
  /** PGDATA. Its parent belongs to us alone. */
  readonly clusterDir: string;
  /** Said at start when the place is not the obvious one. */
  readonly notes: readonly string[];
}

interface PlaceFile {
  readonly id: string;
  /** Counted from the engine's folder when inside it, so that a moved folder takes its cluster along. */
  readonly clusterDir: string;
}

const placeName = 'place.json';
const originName = 'origin.json';

/** C1. `engineDir` is the folder inside the data folder that is the engine's own. */
export function placeCluster(engineDir: string): Placement {
  try {
    makeFolders(engineDir);
    const clusterDir = placeOf(engineDir) ?? newPlace(engineDir);
    return { clusterDir, notes: isInside(engineDir, clusterDir) ? [] : notesFor(engineDir, clusterDir) };
  } catch (error) {
    throw asEngineError(error, engineDir);
  }
}

/** Whether a cluster was ever placed for this folder. Makes nothing. */
export function hasCluster(engineDir: string): boolean {
  return placeOf(engineDir) !== null;
}

/** Where the cluster of this folder is, or null. Makes nothing. */
export function clusterDirOf(engineDir: string): string | null {
  return placeOf(engineDir);
}

/** Deletes a cluster wherever it was placed. Its server must have ended. For tests and for starting afresh. */
export function removeCluster(engineDir: string): void {
  const clusterDir = placeOf(engineDir);
  if (clusterDir !== null) rmSync(isInside(engineDir, clusterDir) ? clusterDir : dirname(clusterDir), { recursive: true, force: true });
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

function placeOf(engineDir: string): string | null {
  const place = readJson<PlaceFile>(join(engineDir, placeName));
  return place === null ? null : resolve(engineDir, place.clusterDir);
}

function newPlace(engineDir: string): string {
  const id = randomUUID();
  const account = defaultAccount();
  const inside = canEnter(account, engineDir);
  const clusterDir = inside ? 'cluster' : join(elsewhere(engineDir, id, account), 'cluster');
  const place: PlaceFile = { id, clusterDir };
  writeFileSync(join(engineDir, placeName), `${JSON.stringify(place)}\n`);
  return resolve(engineDir, clusterDir);
}

function elsewhere(engineDir: string, id: string, account: RunAs): string {
  const shared = sharedFolder(account);
  const readable =
    basename(dirname(dirname(engineDir)))
      .replaceAll(/[^\w-]+/g, '-')
      .slice(0, 32) || 'data';
  const parent = join(shared, `${readable}-${createHash('sha256').update(`${engineDir}/${id}`).digest('hex').slice(0, 12)}`);
  makeFolders(parent);
  writeFileSync(join(parent, originName), `${JSON.stringify({ engineDir, id })}\n`);
  return parent;
}

function notesFor(engineDir: string, clusterDir: string): string[] {
  const why = `Postgres keeps its files in ${clusterDir}, because it must not run as root and nobody else can enter ${dirname(engineDir)}.`;
  return [
    why,
    ...abandonedBy(engineDir, clusterDir).map(
      (parent) => `${parent} is from an earlier data folder of this name: delete it if that is gone for good.`,
    ),
  ];
}

/** C2. Clusters that were made for this very path, and are not the one in use. */
function abandonedBy(engineDir: string, clusterDir: string): string[] {
  const shared = dirname(dirname(clusterDir));
  return readdirSync(shared)
    .map((name) => join(shared, name))
    .filter((parent) => parent !== dirname(clusterDir))
    .filter((parent) => readJson<{ engineDir: string }>(join(parent, originName))?.engineDir === engineDir);
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder + sep);
}

function readJson<Value>(file: string): Value | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value;
  } catch {
    return null;
  }
}
