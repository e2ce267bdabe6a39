/**
 * One running server process: started, watched, ended.
 *
 * O1. The server is in a session of its own, so that Ctrl-C at the terminal reaches us and not it: it must
 *     outlive the last append.
 * O2. It has ended when the process has ended; nothing here believes a closed connection.
 * O3. A server found running is ended only when it is the one of this very cluster, by its own pid file and
 *     its command line.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asEngineError, diskFull, EngineError, saysDiskFull } from '../engine-error.ts';
import { commandLineOf, isAlive } from '../process-identity.ts';
import type { RunAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import { postgresEnvironment } from './cluster.ts';
import type { Settings } from './settings.ts';

export interface PostmasterPlan {
  readonly clusterDir: string;
  readonly logFile: string;
  readonly binaries: Binaries;
  readonly account: RunAs;
  readonly settings: Settings;
  readonly port: number;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Postmaster {
  readonly pid: number;
  /** Settles when the process has ended (O2). */
  readonly exited: Promise<ServerExit>;
  /** Ends it: politely, then without asking. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** Recovery after a crash may take long; while the process lives it is waited for. */
export const readyWithinMs = 600_000;
const readyPollMs = 10;
const fastShutdownWithinMs = 20_000;
const leftoverShutdownWithinMs = 5_000;
const logBytesMax = 16 * 1024 * 1024;

/** Resolves when the server takes connections. Throws EngineError. */
export async function startPostmaster(plan: PostmasterPlan): Promise<Postmaster> {
  const log = openLog(plan.logFile);
  const logStartsAt = fstatSync(log).size;
  const child = launch(plan, log);
  closeSync(log);
  const postmaster = watch(child);
  if (await becameReady(plan.clusterDir, postmaster)) return postmaster;
  await postmaster.stop();
  throw startFailure(plan, readFrom(plan.logFile, logStartsAt));
}

function openLog(logFile: string): number {
  try {
    if (existsSync(logFile) && statSync(logFile).size > logBytesMax) truncateSync(logFile); // I7
    return openSync(logFile, 'a', 0o600);
  } catch (error) {
    throw asEngineError(error, logFile);
  }
}

function launch(plan: PostmasterPlan, log: number): ChildProcess {
  const settings = Object.entries({ ...plan.settings, port: String(plan.port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const identity = plan.account === null ? {} : { uid: plan.account.uid, gid: plan.account.gid };
  return spawn(plan.binaries.postgres, ['-D', plan.clusterDir, ...settings], {
    ...identity,
    cwd: '/',
    env: postgresEnvironment(),
    stdio: ['ignore', log, log],
    detached: true, // O1
  });
}

function watch(child: ChildProcess): Postmaster {
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: -1, signal: null }));
  });
  const endWithUs = () => child.kill('SIGINT');
  process.on('exit', endWithUs);
  void exited.then(() => process.off('exit', endWithUs));
  let stopping: Promise<void> | null = null;
  return {
    pid: child.pid ?? -1,
    exited,
    stop() {
      stopping ??= endChild(child, exited);
      return stopping;
    },
  };
}

async function endChild(child: ChildProcess, exited: Promise<ServerExit>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal);
    if (await within(fastShutdownWithinMs, exited)) return;
  }
}

/** The server writes `ready` into its pid file; asking there costs it nothing. */
async function becameReady(clusterDir: string, postmaster: Postmaster): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs;
  let ended = false;
  void postmaster.exited.then(() => {
    ended = true;
  });
  while (!ended && performance.now() < deadline) {
    const pidFile = readPidFile(clusterDir);
    if (pidFile?.pid === postmaster.pid && pidFile.ready) return true;
    await sleep(readyPollMs);
  }
  return false;
}

interface PidFile {
  readonly pid: number;
  readonly clusterDir: string;
  readonly port: number;
  readonly ready: boolean;
}

/** See `pidfile.h` of Postgres: pid, data folder, start, port, socket folder, listen address, shared memory, status. */
export function readPidFile(clusterDir: string): PidFile | null {
  try {
    const lines = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 0) return null;
    return { pid, clusterDir: lines[1] ?? '', port: Number(lines[3]), ready: (lines[7] ?? '').trim() === 'ready' };
  } catch {
    return null;
  }
}

/** The server of this cluster that an owner which was killed left running, or null (O3). */
export function findLeftover(clusterDir: string): PidFile | null {
  const pidFile = readPidFile(clusterDir);
  if (pidFile === null || pidFile.clusterDir !== clusterDir || !isAlive(pidFile.pid)) return null;
  return commandLineOf(pidFile.pid).includes(`-D ${clusterDir}`) ? pidFile : null;
}

export async function endLeftover(leftover: PidFile): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(leftover.pid, signal);
    } catch {
      return; // gone already
    }
    const deadline = performance.now() + leftoverShutdownWithinMs;
    while (performance.now() < deadline) {
      if (!isAlive(leftover.pid)) return;
      await sleep(readyPollMs);
    }
  }
}

async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const timedOut = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const ended = await Promise.race([promise.then(() => true), timedOut]);
  timer.abort();
  return ended;
}

function readFrom(file: string, offset: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const piece = Buffer.alloc(64 * 1024);
    return piece.toString('utf8', 0, readSync(descriptor, piece, 0, piece.length, offset));
  } finally {
    closeSync(descriptor);
  }
}

/** What the server wrote before it gave up, as the sentence a person needs. */
function startFailure(plan: PostmasterPlan, output: string): EngineError {
  if (saysDiskFull(output)) return diskFull(plan.clusterDir, new Error(output));
  if (/address already in use/i.test(output)) {
    return new EngineError(
      'port_taken',
      `Port ${plan.port} on 127.0.0.1 is taken by another program.`,
      'End that program, or let a free port be chosen.',
      new Error(output),
    );
  }
  if (/read-only file system|permission denied/i.test(output)) {
    return new EngineError(
      'folder_not_writable',
      `Postgres cannot write to its files in ${plan.clusterDir}.`,
      'Make the folder writable, or name another one with --data.',
      new Error(output),
    );
  }
  const fatal = output
    .split('\n')
    .filter((line) => /FATAL|PANIC|could not/.test(line))
    .at(-1);
  return new EngineError(
    'start_failed',
    `Postgres did not start: ${(fatal ?? 'it gave no reason').replace(/^.*?(FATAL|PANIC):\s*/, '')}.`,
    `Its own words are in ${plan.logFile}.`,
    new Error(output),
  );
}
