/**
 * The hand that carries a fault out: on the server under test, its embedded Postgres, its brokers. Only on
 * processes that this run started.
 *
 * H1. A kill is SIGKILL, without a word before. The server and brokers are started again at once; Postgres is
 *     started again by its own supervisor, as in life.
 * H2. Postgres is found by the pid file of the folder, and signalled only if that is this folder's server.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsServers } from '../../engines/nats/index.ts';
import { clusterDirOf, findLeftover } from '../../engines/postgres/index.ts';
import { nowMs } from '../measure/now.ts';
import type { ServerUnderTest } from '../server.ts';
import { chooseBroker } from './brokers.ts';
import { pauseTree } from './paused.ts';
import type { PlannedFault } from './schedule.ts';

export interface Inflicted {
  readonly beganAtMs: number;
  /** A pause: when it went on. A kill: when it began, since from then on it is to come back. */
  readonly endedAtMs: number;
  /** A pause: as long as it stood still. A kill: until what was killed ran again. */
  readonly lastedMs: number;
  /** Only the answer to a request sent later proves that the system serves again. */
  readonly provenBySentAtMs: number;
  /** Which of several was hit. */
  readonly target: string | null;
  /** Why what was killed did not start again; null = it did. */
  readonly failure: string | null;
}

export interface SystemUnderChaos {
  readonly server: ServerUnderTest;
  /** Null with the Postgres log. */
  readonly nats: NatsServers | null;
}

/** The runner's view: what breaks things, and what mends them when they do not mend themselves. */
export interface Hand {
  inflict(fault: PlannedFault, stopped: AbortSignal): Promise<Inflicted>;
  /** Starts afresh whatever may be the matter. Throws what the server says when it cannot start. */
  revive(): Promise<void>;
  /** What the server said last, for whoever wants to know why it does not come back. */
  lastWords(): string;
}

export function handOn(system: SystemUnderChaos): Hand {
  return {
    inflict: (fault, stopped) => inflict(system, fault, stopped),
    revive: () => revive(system),
    lastWords: () => lastWords(system.server),
  };
}

const postgresBackWithinMs = 60_000;
const pollMs = 5;
const lastLinesMax = 40;

async function inflict(system: SystemUnderChaos, fault: PlannedFault, stopped: AbortSignal): Promise<Inflicted> {
  switch (fault.kind) {
    case 'kill-server':
      return killServer(system.server);
    case 'pause-postgres':
      return pause(runningPostgres(system.server).pid, fault.pauseMs, stopped, null);
    case 'kill-postgres':
      return killPostgres(system.server);
    case 'pause-nats': {
      const broker = await chooseBroker(natsOf(system), fault);
      return pause(broker.server.pid, fault.pauseMs, stopped, broker.title);
    }
    case 'kill-nats': {
      const broker = await chooseBroker(natsOf(system), fault);
      return killed(
        broker.title,
        () => broker.server.kill(),
        () => broker.server.start(),
      );
    }
  }
}

function killServer(server: ServerUnderTest): Promise<Inflicted> {
  return killed(
    null,
    () => server.kill(),
    async () => {
      await server.start();
    },
  );
}

async function killed(target: string | null, kill: () => Promise<void>, start: () => Promise<void>): Promise<Inflicted> {
  const beganAtMs = nowMs();
  await kill();
  const goneAtMs = nowMs();
  const failure = await start().then(() => null, String); // H1
  return { beganAtMs, endedAtMs: beganAtMs, lastedMs: nowMs() - beganAtMs, provenBySentAtMs: goneAtMs, target, failure };
}

/** Its sessions may outlive it by a moment and still answer; so only what is sent to its successor counts. */
async function killPostgres(server: ServerUnderTest): Promise<Inflicted> {
  const before = runningPostgres(server);
  const beganAtMs = nowMs();
  process.kill(before.pid, 'SIGKILL');
  const isBack = (): boolean => {
    const now = findPostgres(server);
    return now !== null && now.pid !== before.pid && now.ready;
  };
  while (!isBack() && nowMs() - beganAtMs < postgresBackWithinMs) await sleep(pollMs);
  const upAtMs = nowMs();
  const failure = isBack() ? null : `Postgres was not started again within ${postgresBackWithinMs} ms`;
  return { beganAtMs, endedAtMs: beganAtMs, lastedMs: upAtMs - beganAtMs, provenBySentAtMs: upAtMs, target: null, failure };
}

async function pause(pid: number, lastsMs: number, stopped: AbortSignal, target: string | null): Promise<Inflicted> {
  const { beganAtMs, endedAtMs } = await pauseTree(pid, lastsMs, stopped);
  return { beganAtMs, endedAtMs, lastedMs: endedAtMs - beganAtMs, provenBySentAtMs: beganAtMs, target, failure: null };
}

async function revive({ server, nats }: SystemUnderChaos): Promise<void> {
  await Promise.all((nats?.servers ?? []).filter((broker) => !broker.isRunning).map((broker) => broker.start()));
  await server.kill();
  await server.start();
}

function lastWords(server: ServerUnderTest): string {
  return server.output.trimEnd().split('\n').slice(-lastLinesMax).join('\n');
}

function findPostgres(server: ServerUnderTest) {
  const clusterDir = clusterDirOf(join(server.dataDirectory, 'postgres'));
  return clusterDir === null ? null : findLeftover(clusterDir); // H2
}

function runningPostgres(server: ServerUnderTest) {
  const found = findPostgres(server);
  if (found === null) throw new Error(`no running Postgres was found for ${server.dataDirectory}`);
  return found;
}

function natsOf({ nats }: SystemUnderChaos): NatsServers {
  if (nats === null) throw new Error('a fault of NATS needs a server whose log is on JetStream');
  return nats;
}
