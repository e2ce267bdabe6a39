/**
 * A redis-server of its own, for one baseline: in memory alone, on a free port of this machine, ended by its process id.
 *
 * R1. It answers when `startRedis` returns.
 * R2. It ends with `stop`, and with this process; when that was killed, `endLeftRedis` on its folder ends it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findFreePort } from '../../../../engines/ports.ts';
import { identityOf, isSameProcess, type ProcessIdentity } from '../../../../engines/process-identity.ts';

export const redisDurability = 'Redis without persistence: lost when its process ends';

export interface RedisServer {
  readonly port: number;
  stop(): Promise<void>;
}

const system = '/usr/bin/redis-server';
const answersWithinMs = 10_000;
const attemptsMax = 5;
const lookAgainMs = 10;

/** Null: there is none on this machine. */
export function findRedisServer(): string | null {
  return existsSync(system) ? system : null;
}

export function redisVersion(): string {
  const binary = findRedisServer();
  if (binary === null) return 'not installed';
  return /v=(\S+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
}

export async function startRedis(folder: string): Promise<RedisServer> {
  const binary = findRedisServer();
  if (binary === null) throw new Error(`there is no redis-server at ${system}: on Debian or Ubuntu, apt-get install -y redis-server`);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const child = spawnRedis(binary, port, folder);
    if (await answers(port, child)) return { port, stop: () => end(child) };
    await end(child);
    if (attempt === attemptsMax) throw new Error(`redis-server did not answer within ${answersWithinMs} ms`);
  }
}

function spawnRedis(binary: string, port: number, folder: string): ChildProcess {
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
  const child = spawn(binary, [...flags, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore', detached: true });
  const endWithUs = (): void => {
    child.kill('SIGTERM');
  };
  process.on('exit', endWithUs); // R2
  child.once('exit', () => process.off('exit', endWithUs));
  if (child.pid !== undefined) writeFileSync(identityFile(folder), JSON.stringify(identityOf(child.pid)));
  return child;
}

/** R2. */
export async function endLeftRedis(folder: string): Promise<void> {
  const file = identityFile(folder);
  if (!existsSync(file)) return;
  const identity = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  if (isSameProcess(identity)) process.kill(identity.pid, 'SIGKILL');
  while (isSameProcess(identity)) await sleep(lookAgainMs);
}

function identityFile(folder: string): string {
  return join(folder, 'redis.json');
}

/** R1. A port that somebody else took meanwhile ends the child, which counts as no answer. */
async function answers(port: number, child: ChildProcess): Promise<boolean> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {}); // until it listens
  const late = new Promise<false>((resolve) => {
    child.once('exit', () => resolve(false));
    setTimeout(() => resolve(false), answersWithinMs).unref();
  });
  try {
    return await Promise.race([client.ping().then(() => true), late]);
  } finally {
    client.disconnect();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
