/** Which log a command works on: what it was told, what the data says, and the adapter behind it. */
import { EngineError } from '../../engines/engine-error.ts';
import type { Config } from '../../runtime/config.ts';
import type { Cluster, LogKind } from '../../runtime/log/cluster.ts';
import type { Log } from '../../runtime/log/port.ts';
import { PostgresLog } from '../../runtime/log/postgres.ts';
import type { Logger } from '../../runtime/logger.ts';

export interface LogChoice {
  /** Absent: whichever the data has. */
  readonly kind?: LogKind | undefined;
  readonly natsUrl: string | null;
  readonly replicas: 1 | 3;
}

export const whicheverLog: LogChoice = { natsUrl: null, replicas: 1 };

/** `NATS_URL` alone means JetStream; `--log` decides where both are given. */
export function logChoiceOf({ log, natsUrl, natsReplicas }: Config): LogChoice {
  const kind = log ?? (natsUrl === null ? undefined : 'jetstream');
  return { kind, natsUrl, replicas: natsReplicas };
}

/** What cannot be, said before anything is started. Throws `EngineError`. */
export function assertPossible({ kind, natsUrl, replicas }: LogChoice): void {
  if (kind === 'jetstream' && natsUrl === null) throw noServer('--log jetstream needs a NATS server with JetStream.');
  if (kind !== 'jetstream' && replicas === 3 && natsUrl === null)
    throw new EngineError('start_failed', 'Three copies of the log need JetStream.', 'Set NATS_URL, or leave out --replicas.');
}

export interface LogPlaces {
  /** Of role `onhand_projector`. */
  readonly postgresUrl: string;
  readonly postgresDir: string;
  readonly logger: Logger;
}

/** Throws `EngineError`, `LogUnavailable`, `LogMisconfigured`. */
export async function openLog(cluster: Cluster, choice: LogChoice, { postgresUrl, postgresDir, logger }: LogPlaces): Promise<Log> {
  if (cluster.logKind === 'postgres') return new PostgresLog({ url: postgresUrl, clusterDir: postgresDir });
  if (choice.natsUrl === null) throw noServer('The log of this data is in JetStream.');
  // Only where it is used: the client of a broker is a third of what a start has to load.
  const { JetStreamLog } = await import('../../runtime/log/jetstream.ts');
  return JetStreamLog.open({ url: choice.natsUrl, replicas: choice.replicas, shardCount: cluster.shardCount, logger });
}

function noServer(sentence: string): EngineError {
  return new EngineError('start_failed', sentence, 'Set NATS_URL, for example to nats://127.0.0.1:4222 after `nats-server -js`.');
}
