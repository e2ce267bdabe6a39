/** The brokers under test: started for one run on a folder of their own, so that they outlive the server's kill. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type NatsServer, type NatsServers, startNats } from '../../engines/nats/index.ts';
import type { PlannedFault } from './schedule.ts';

export interface ChosenBroker {
  readonly server: NatsServer;
  readonly title: string;
}

export interface Brokers extends AsyncDisposable {
  /** For NATS_URL. */
  readonly url: string;
  /** The one that a fault hits: a drawn one, or the leader of a drawn shard's stream. */
  choose(fault: Pick<PlannedFault, 'draw' | 'hitsLeader'>): Promise<ChosenBroker>;
  /** Starts those that do not run. */
  revive(): Promise<void>;
}

const askWithinMs = 2_000;

export async function startBrokers(replicas: 1 | 3): Promise<Brokers> {
  const folder = await mkdtemp(join(tmpdir(), 'onhand-brokers-'));
  try {
    const nats = await startNats({ dataDir: folder, replicas });
    return {
      url: nats.url,
      choose: (fault) => choose(nats, fault),
      async revive() {
        await Promise.all(nats.servers.filter((server) => !server.isRunning).map((server) => server.start()));
      },
      async [Symbol.asyncDispose]() {
        await nats.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function choose(nats: NatsServers, { draw, hitsLeader }: Pick<PlannedFault, 'draw' | 'hitsLeader'>): Promise<ChosenBroker> {
  const leader = hitsLeader && nats.servers.length > 1 ? await leaderOf(nats, draw) : null;
  if (leader !== null) return leader;
  const server = nats.servers[Math.floor(draw * nats.servers.length)];
  if (server === undefined) throw new Error('there is no broker to choose');
  return { server, title: server.name };
}

/** Null when nobody answers who leads: then any broker is as good. */
async function leaderOf(nats: NatsServers, draw: number): Promise<ChosenBroker | null> {
  const connection = await connect({ servers: nats.url.split(','), timeout: askWithinMs, reconnect: false }).catch(() => null);
  if (connection === null) return null;
  try {
    const manager = await jetstreamManager(connection, { timeout: askWithinMs });
    const streams = await manager.streams.list().next();
    const stream = streams[Math.floor(draw * streams.length)];
    const server = nats.servers.find(({ name }) => name === stream?.cluster?.leader);
    return server === undefined ? null : { server, title: `${server.name}, leader of ${stream?.config.name ?? 'a stream'}` };
  } catch {
    return null;
  } finally {
    await connection.close();
  }
}
