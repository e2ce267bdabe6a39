/**
 * A real Postgres inside a data folder: made on first use, started, its roles and database ready.
 *
 * N1. When `startPostgres` returns, every role can log in and database `onhand` exists.
 * N2. At most one server runs on a cluster. A server left by a killed owner is ended first; one whose owner
 *     lives (it holds the lease) is not touched, and the start is refused with `folder_live`.
 *
 * Does not migrate, and does not restart by itself: see supervise.ts.
 */
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderLive } from '../data-folder.ts';
import { asEngineError, EngineError } from '../engine-error.ts';
import { type EngineLogger, silentLogger } from '../logger.ts';
import { accountFor, assertCanEnter } from './account.ts';
import { findBinaries } from './binaries.ts';
import { clusterExists, createCluster } from './cluster.ts';
import { takeLease } from './lease.ts';
import { loadPasswords, type Passwords, type PostgresRole, roleNames } from './passwords.ts';
import { placeCluster } from './placement.ts';
import { findFreePort } from '../ports.ts';
import { endLeftover, findLeftover, type Postmaster, type PostmasterPlan, type ServerExit, startPostmaster } from './postmaster.ts';
import { databaseName, prepareDatabase } from './roles.ts';
import { removeSockets, socketFolderFor, socketSettings } from './socket.ts';
import { durableSettings, type Settings, throwAwaySettings } from './settings.ts';

export interface PostgresOptions {
  /** The engine's own folder, usually `<data folder>/postgres`. */
  readonly dataDir: string;
  readonly logger?: EngineLogger;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Throw-away servers of tests give up durability for speed. */
  readonly throwAway?: boolean;
  /** On top of the engine's own. */
  readonly settings?: Settings;
}

export interface PostgresEngine extends AsyncDisposable {
  /** Where a role connects; database `onhand` unless another is named. Stays the same over restarts. */
  readonly url: (role: PostgresRole, database?: string) => string;
  readonly host: string;
  readonly port: number;
  /** Of the server process that runs now. */
  readonly pid: number;
  readonly clusterDir: string;
  readonly binariesDir: string;
  readonly logFile: string;
  /** For example `18.4`. */
  readonly version: string;
  /** Sentences for the person who starts it. */
  readonly notes: readonly string[];
  /** Calls once per end of the server process that nobody asked for; returns the cancellation. */
  onExit(listener: (exit: ServerExit) => void): () => void;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const startAttemptsMax = 5;
const leaseOfTheDeadWithinMs = 2_000;
const retryPauseMs = 100;

/** N1, N2. Throws EngineError. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresEngine> {
  const prepared = await prepare(options);
  return runEngine(prepared);
}

/** Everything that stays the same when the server is started again. */
export interface PreparedEngine {
  readonly plan: Omit<PostmasterPlan, 'port'>;
  readonly passwords: Passwords;
  readonly notes: readonly string[];
  /** Null: sessions come over the loopback. */
  readonly socketFolder: string | null;
  readonly fixedPort: number | null;
  readonly logger: EngineLogger;
}

export async function prepare(options: PostgresOptions): Promise<PreparedEngine> {
  const engineDir = resolve(options.dataDir);
  const logger = options.logger ?? silentLogger;
  const { clusterDir, notes } = placeCluster(engineDir);
  const account = accountFor(clusterDir);
  assertCanEnter(account, clusterDir);
  const binaries = findBinaries(account);
  const passwords = loadPasswords(engineDir);
  if (!clusterExists(clusterDir)) {
    await createCluster(clusterDir, binaries, account, passwords.superuser);
  }
  const socketFolder = await socketFolderFor(clusterDir);
  const settings = {
    ...durableSettings,
    ...socketSettings(socketFolder),
    ...(options.throwAway === true ? throwAwaySettings : {}),
    ...options.settings,
  };
  const plan = { clusterDir, logFile: join(engineDir, 'postgres.log'), binaries, account, settings };
  const fixedPort = options.port === undefined || options.port === 0 ? null : options.port;
  return { plan, passwords, notes, socketFolder, fixedPort, logger };
}

export async function runEngine(prepared: PreparedEngine): Promise<PostgresEngine> {
  await clearLeftover(prepared);
  if (prepared.socketFolder !== null) removeSockets(prepared.socketFolder);
  const { postmaster, port } = await startOnPort(prepared);
  const url = urlMaker(prepared.passwords, port, prepared.socketFolder);
  try {
    await prepareDatabase(url('superuser', 'postgres'), prepared.passwords);
  } catch (error) {
    await postmaster.stop();
    const known = asEngineError(error, prepared.plan.clusterDir);
    if (known instanceof EngineError) throw known;
    throw new EngineError(
      'start_failed',
      'Postgres runs, but its roles could not be set up.',
      `Its own words are in ${prepared.plan.logFile}.`,
      error,
    );
  }
  return engineOf(prepared, postmaster, port, url);
}

/** N2. */
export async function clearLeftover(prepared: PreparedEngine): Promise<void> {
  const leftover = findLeftover(prepared.plan.clusterDir);
  if (leftover === null) return;
  if (leftover.ready && !(await leaseIsFree(urlMaker(prepared.passwords, leftover.port)('superuser')))) {
    throw folderLive(dirname(dirname(prepared.plan.logFile)), null);
  }
  prepared.logger.warn({ leftoverPid: leftover.pid }, 'ending a Postgres that an earlier run left behind');
  await endLeftover(leftover);
}

/** The session of a killed owner may take a moment to end. A server that answers nobody has no live owner. */
async function leaseIsFree(url: string): Promise<boolean> {
  const deadline = performance.now() + leaseOfTheDeadWithinMs;
  do {
    try {
      const lease = await takeLease(url);
      if (lease !== null) {
        await lease.release();
        return true;
      }
    } catch {
      return true;
    }
    await sleep(retryPauseMs);
  } while (performance.now() < deadline);
  return false;
}

/** A port found free may be taken before the server has it, and the memory of a killed server takes a moment to be freed. */
export async function startOnPort(prepared: PreparedEngine): Promise<{ postmaster: Postmaster; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = prepared.fixedPort ?? (await findFreePort());
    try {
      return { postmaster: await startPostmaster({ ...prepared.plan, port }), port };
    } catch (error) {
      if (attempt >= startAttemptsMax || !worthAnotherTry(error, prepared)) throw error;
      await sleep(retryPauseMs * attempt);
    }
  }
}

function worthAnotherTry(error: unknown, prepared: PreparedEngine): boolean {
  if (!(error instanceof EngineError)) return false;
  if (error.code === 'port_taken') return prepared.fixedPort === null;
  return error.code === 'start_failed' && /shared memory|lock file/.test(error.message);
}

/** For who works beside a server that another process runs. */
export function postgresUrl(engineDir: string, port: number, role: PostgresRole): string {
  return urlMaker(loadPasswords(engineDir), port)(role);
}

/** Through the socket in `socketFolder`, where there is one; host and port say where the loopback is. */
export function urlMaker(
  passwords: Passwords,
  port: number,
  socketFolder: string | null = null,
): (role: PostgresRole, database?: string) => string {
  const through = socketFolder === null ? '' : `?host=${encodeURIComponent(socketFolder)}`;
  return (role, database = databaseName) => `postgres://${roleNames[role]}:${passwords[role]}@${host}:${port}/${database}${through}`;
}

export function engineOf(prepared: PreparedEngine, postmaster: Postmaster, port: number, url: PostgresEngine['url']): PostgresEngine {
  const listeners = new Set<(exit: ServerExit) => void>();
  let stopping = false;
  void postmaster.exited.then((exit) => {
    if (!stopping) for (const listener of listeners) listener(exit);
  });
  const stop = () => {
    stopping = true;
    return postmaster.stop();
  };
  return {
    url,
    host,
    port,
    pid: postmaster.pid,
    clusterDir: prepared.plan.clusterDir,
    binariesDir: prepared.plan.binaries.dir,
    logFile: prepared.plan.logFile,
    version: prepared.plan.binaries.version,
    notes: prepared.notes,
    onExit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
