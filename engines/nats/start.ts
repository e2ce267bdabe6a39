/**
 * Local NATS servers with JetStream: one, or three as a cluster. For rehearsals and tests; in production the
 * servers are somebody's own, named by NATS_URL.
 *
 * B1. `startNats` returns when JetStream answers, in a cluster also for a stream of as many copies.
 * B2. All servers of the same folder left over by a killed parent are ended first: they would hold the store.
 * B3. `stop` ends what was started, also a server that was paused; so does the end of this process, unless it is killed.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { EngineError } from '../engine-error.ts';
import { findFreePort } from '../ports.ts';
import { findNatsServer, howToGetNatsServer } from './binary.ts';
import { endLeftOver, NatsServer, pidFileIn } from './server.ts';

export interface NatsOptions {
  readonly dataDir: string;
  readonly replicas: 1 | 3;
  /** The program; absent = the one on the PATH. */
  readonly binary?: string;
  /** Bytes that JetStream may store, per server. */
  readonly storeBytesMax?: number;
}

export interface NatsServers extends AsyncDisposable {
  /** All servers, separated by commas. */
  readonly url: string;
  readonly version: string;
  readonly servers: readonly NatsServer[];
  stop(): Promise<void>;
}

const serverNames = ['n1', 'n2', 'n3'] as const;
const readyWithinMs = 20_000;
const attemptsMax = 5;

/** Throws `EngineError`. */
export async function startNats(options: NatsOptions): Promise<NatsServers> {
  const binary = options.binary ?? findNatsServer();
  if (binary === null || !existsSync(binary)) throw new EngineError('binary_missing', 'No nats-server was found.', howToGetNatsServer);
  for (const name of serverNames) await endLeftOver(pidFileIn(join(options.dataDir, name))); // B2
  for (let attempt = 1; ; attempt++) {
    const servers = await makeServers(options, binary);
    try {
      await Promise.all(servers.map((server) => server.start()));
      return await whenReady(servers, options.replicas);
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()));
      if (attempt === attemptsMax) throw error; // a port may have been taken meanwhile: others are tried
    }
  }
}

async function makeServers({ dataDir, replicas, storeBytesMax }: NatsOptions, binary: string): Promise<NatsServer[]> {
  const ports = await distinctPorts(replicas * 2);
  const routes = replicas === 1 ? [] : ports.slice(replicas).map((port) => `nats://127.0.0.1:${port}`);
  return Array.from({ length: replicas }, (_, index) => {
    const name = serverNames[index]!;
    const folder = join(dataDir, name);
    mkdirSync(folder, { recursive: true });
    const cluster = replicas === 1 ? null : { port: ports[replicas + index]!, routes };
    return new NatsServer({ name, folder, binary, port: ports[index]!, cluster, storeBytesMax });
  });
}

async function distinctPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

/** B1. */
async function whenReady(servers: readonly NatsServer[], replicas: 1 | 3): Promise<NatsServers> {
  const url = servers.map((server) => server.url).join(',');
  const untilMs = performance.now() + readyWithinMs;
  for (;;) {
    try {
      const version = await probe(servers, replicas);
      const stop = async () => {
        await Promise.all(servers.map((server) => server.stop()));
      };
      return { url, version, servers, stop, [Symbol.asyncDispose]: stop };
    } catch (error) {
      const ended = servers.find((server) => !server.isRunning);
      if (ended !== undefined || performance.now() >= untilMs)
        throw new EngineError(
          'start_failed',
          `nats-server did not start: ${ended?.lastWords ?? String(error)}.`,
          'See its log in the folder.',
          error,
        );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function probe(servers: readonly NatsServer[], replicas: 1 | 3): Promise<string> {
  const connection = await connect({ servers: servers.map(({ port }) => `127.0.0.1:${port}`), timeout: 1_000, reconnect: false });
  try {
    const manager = await jetstreamManager(connection, { timeout: 2_000 });
    const name = 'ONHAND_PROBE';
    await manager.streams.add({ name, subjects: ['onhand.probe'], num_replicas: replicas });
    await manager.streams.delete(name);
    return connection.info?.version ?? 'unknown';
  } finally {
    await connection.close();
  }
}
