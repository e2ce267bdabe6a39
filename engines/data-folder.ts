/**
 * The data folder and who may use it: one process at a time.
 *
 * D1. A folder is ours from the moment our lock file is in it until we remove it or our process ends.
 * D2. A lock file is stale when the process it names (id and start, see process-identity.ts) is gone.
 * D3. A stale lock is taken over by moving it aside and looking at what was moved: if another process was
 *     faster and it is that process's live lock, it is put back and we lose.
 *
 * The lock file makes the plain message. What decides in the end is the advisory lock in Postgres
 * (postgres/lease.ts), which also holds where process ids cannot be compared, as between containers.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { asEngineError, EngineError } from './engine-error.ts';
import { identityOf, isSameProcess, type ProcessIdentity } from './process-identity.ts';

export interface DataFolder extends AsyncDisposable {
  readonly path: string;
  /** Gives the folder free. Calling it again does nothing. */
  release(): void;
}

interface LockContent extends ProcessIdentity {
  readonly nonce: string;
  readonly since: string;
}

const lockName = 'onhand.lock';
const takeOversMax = 5;

/** Makes the folder if it is missing, and takes it. Throws EngineError `folder_live`, `folder_not_writable`, `disk_full`. */
export function acquireDataFolder(dataDir: string): DataFolder {
  const path = resolve(dataDir);
  try {
    makeFolders(path);
    return takeLock(path);
  } catch (error) {
    throw asEngineError(error, path);
  }
}

/** The process that has the folder now, or null. For commands that only look. */
export function dataFolderOwner(dataDir: string): ProcessIdentity | null {
  const content = readLock(join(resolve(dataDir), lockName));
  return content !== null && isSameProcess(content) ? content : null;
}

/** Makes missing folders enterable for every account, whatever the umask: Postgres may run under another one. Secrets in them have modes of their own. */
export function makeFolders(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return;
  if (there !== undefined) throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' });
  makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return;
  }
  chmodSync(path, 0o755);
}

function takeLock(path: string): DataFolder {
  const lock = join(path, lockName);
  const content: LockContent = { ...identityOf(process.pid), nonce: randomUUID(), since: new Date().toISOString() };
  for (let attempt = 0; attempt < takeOversMax; attempt += 1) {
    if (createLock(lock, content)) return ownedFolder(path, lock, content);
    const holder = readLock(lock);
    if (holder !== null && isSameProcess(holder)) throw folderLive(path, holder);
    moveAside(lock); // D2
  }
  throw folderLive(path, readLock(lock));
}

/** The content is complete before the name exists, so that nobody ever reads half a lock. */
function createLock(lock: string, content: LockContent): boolean {
  const draft = `${lock}.${content.nonce}`;
  writeFileSync(draft, `${JSON.stringify(content)}\n`);
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** D3. */
function moveAside(lock: string): void {
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readLock(aside);
  if (moved !== null && isSameProcess(moved)) linkSync(aside, lock);
  rmSync(aside, { force: true });
}

function ownedFolder(path: string, lock: string, content: LockContent): DataFolder {
  const release = () => {
    process.off('exit', release);
    if (readLock(lock)?.nonce === content.nonce) rmSync(lock, { force: true });
  };
  process.on('exit', release);
  return {
    path,
    release,
    async [Symbol.asyncDispose]() {
      release();
    },
  };
}

/** Null also when the file is damaged: a lock that names nobody holds nobody off. */
function readLock(lock: string): LockContent | null {
  try {
    const value = JSON.parse(readFileSync(lock, 'utf8')) as Partial<LockContent>;
    if (typeof value.pid !== 'number' || typeof value.nonce !== 'string') return null;
    return { pid: value.pid, started: value.started ?? null, nonce: value.nonce, since: value.since ?? '' };
  } catch {
    return null;
  }
}

export function folderLive(path: string, holder: ProcessIdentity | null): EngineError {
  const who = holder === null ? 'another process' : `process ${holder.pid}`;
  return new EngineError(
    'folder_live',
    `The data folder ${path} is in use by ${who}.`,
    'Stop that one first, or name another folder with --data.',
  );
}
