/** Which of the brokers under test a fault hits. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsServer, NatsServers } from '../../engines/nats/index.ts';
import type { PlannedFault } from './schedule.ts';

export interface ChosenBroker {
  readonly server: NatsServer;
  /** For the report. */
  readonly title: string;
}

const askWithinMs = 2_000;

/** A drawn one, or the leader of a drawn shard's stream. */
export async function chooseBroker(
  nats: NatsServers,
  { draw, hitsLeader }: Pick<PlannedFault, 'draw' | 'hitsLeader'>,
): Promise<ChosenBroker> {
  const leader = hitsLeader && nats.servers.length > 1 ? await leaderOf(nats, draw) : null;
  if (leader !== null) return leader;
  const server = nats.servers[Math.floor(draw * nats.servers.length)];
  if (server === undefined) throw new Error('there is no broker to choose');
  return { server, title: server.name };
}

/** Null when nobody says who leads: then any broker is as good. */
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
