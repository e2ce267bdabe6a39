/**
 * Makes a cluster where there is none.
 *
 * M1. A cluster has its name only when it is complete: it is made beside its place and renamed, so that a
 *     start that was cut off leaves nothing half made.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asEngineError, diskFull, EngineError, saysDiskFull } from '../engine-error.ts';
import type { RunAs } from './account.ts';
import type { Binaries } from './binaries.ts';

const initWithinMs = 120_000;

export function clusterExists(clusterDir: string): boolean {
  return existsSync(join(clusterDir, 'PG_VERSION'));
}

/** Throws EngineError. */
export async function createCluster(clusterDir: string, binaries: Binaries, account: RunAs, password: string): Promise<void> {
  clearDrafts(clusterDir);
  const draft = `${clusterDir}.new-${randomUUID()}`;
  const passwordFile = `${draft}.password`;
  try {
    makeOwned(draft, account);
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (account !== null) chownSync(passwordFile, account.uid, account.gid);
    await runInitdb(binaries, account, draft, passwordFile);
    renameSync(draft, clusterDir); // M1
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw asEngineError(error, dirname(clusterDir));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** What earlier starts left that were cut off. */
function clearDrafts(clusterDir: string): void {
  const parent = dirname(clusterDir);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(clusterDir)}.new-`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function makeOwned(folder: string, account: RunAs): void {
  mkdirSync(folder, { mode: 0o700 });
  if (account !== null) chownSync(folder, account.uid, account.gid);
}

async function runInitdb(binaries: Binaries, account: RunAs, target: string, passwordFile: string): Promise<void> {
  const flags = [
    `--pgdata=${target}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // sorts by code point whatever the machine's language is: the same on every machine, and fast
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // a page that the disk changed is refused when it is read, instead of believed
    '--data-checksums',
    '--no-instructions',
  ];
  const { code, output } = await runToEnd(binaries.initdb, flags, account);
  if (code === 0) return;
  if (saysDiskFull(output)) throw diskFull(dirname(target));
  throw new EngineError(
    'start_failed',
    `Postgres could not make its files in ${dirname(target)}: ${lastLine(output)}.`,
    "The lines above it are in the error's cause.",
    new Error(output),
  );
}

function runToEnd(program: string, flags: readonly string[], account: RunAs): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const identity = account === null ? {} : { uid: account.uid, gid: account.gid };
    const child = spawn(program, flags, {
      ...identity,
      cwd: '/',
      env: postgresEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: initWithinMs,
    });
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: Buffer.concat(pieces).toString('utf8') }));
  });
}

/** Nothing of ours leaks in: neither secrets nor PG* variables, which would change what the server does. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function lastLine(output: string): string {
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => line.includes('rror') || line.includes('FATAL'));
  return (lines.at(-1) ?? output.trim().split('\n').at(-1) ?? 'no message').trim();
}
