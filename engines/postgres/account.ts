/**
 * The account Postgres runs under, and which folders that account can reach.
 *
 * A1. Postgres never runs as root: it refuses, and rightly. When we are root it runs as the owner of the
 *     existing cluster, else as `postgres` where there is such a user, else as `nobody`. No user is created.
 * A2. When we are not root it runs as ourselves.
 */
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { EngineError } from '../engine-error.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** Null: as ourselves (A2). */
export type RunAs = Account | null;

export function weAreRoot(): boolean {
  return process.getuid?.() === 0;
}

/** A1, A2. `clusterDir` may not exist yet. */
export function accountFor(clusterDir: string): RunAs {
  const owner = ownerOf(clusterDir);
  if (!weAreRoot()) {
    if (owner !== null && process.getuid !== undefined && owner.uid !== process.getuid()) throw notOurs(clusterDir, owner.name);
    return null;
  }
  return owner !== null && owner.uid !== 0 ? owner : defaultAccount();
}

/** The account for a new cluster. */
export function defaultAccount(): RunAs {
  if (!weAreRoot()) return null;
  const accounts = listAccounts();
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new EngineError(
    'account_missing',
    'Postgres must not run as root, and this machine has neither a user `postgres` nor `nobody` to run it as.',
    'Create a user named postgres, or start as a normal user.',
  );
}

/** For a cluster whose folder was moved or closed after it was made. Throws EngineError `folder_not_ours`. */
export function assertCanEnter(account: RunAs, clusterDir: string): void {
  if (account === null || canEnter(account, clusterDir)) return;
  throw new EngineError(
    'folder_not_ours',
    `Postgres must not run as root, and ${account.name}, who owns its files in ${clusterDir}, cannot get there.`,
    'Open the folders above it to others (chmod o+x), or move the data folder to where they are open.',
  );
}

/** True when the account may pass through every folder above `path` and `path` itself, going by mode bits. */
export function canEnter(account: RunAs, path: string): boolean {
  if (account === null) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    if (!mayPass(account, folder)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function mayPass(account: Account, folder: string): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return true; // will be made by us, with a mode that lets pass
  if (stat.uid === account.uid) return (stat.mode & 0o100) !== 0;
  if (stat.gid === account.gid) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}

function ownerOf(path: string): Account | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const known = listAccounts().find((account) => account.uid === stat.uid);
  return known ?? { uid: stat.uid, gid: stat.gid, name: `user ${stat.uid}` };
}

function listAccounts(): Account[] {
  try {
    return readFileSync('/etc/passwd', 'utf8').split('\n').flatMap(parseAccount);
  } catch {
    return [];
  }
}

function parseAccount(line: string): Account[] {
  const [name, , uid, gid] = line.split(':');
  if (name === undefined || uid === undefined || gid === undefined) return [];
  return [{ name, uid: Number(uid), gid: Number(gid) }];
}

function notOurs(clusterDir: string, owner: string): EngineError {
  return new EngineError(
    'folder_not_ours',
    `The Postgres cluster in ${clusterDir} belongs to ${owner}, and this is ${userInfo().username}.`,
    `Start as ${owner} or as root, or name another folder with --data.`,
  );
}
