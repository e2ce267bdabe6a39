/**
 * Who this log belongs to, as Postgres remembers it beside the rows. Frame 0 of every shard says the same; the
 * two are compared at every start, so that a log and rows of different clusters are never served together.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { shardHashName } from '../shard-of.ts';

export const logKinds = ['postgres', 'jetstream'] as const;
/** Where frames become durable. Chosen when the data is made, and kept: another log would be an empty one. */
export type LogKind = (typeof logKinds)[number];

export interface Cluster {
  readonly clusterId: string;
  /** One life of the data: a restore mints a new one. */
  readonly incarnation: string;
  readonly shardCount: number;
  readonly logKind: LogKind;
}

export class ClusterMismatch extends Error {
  override readonly name = 'ClusterMismatch';
}

export interface ClusterRequest {
  /** Of role `onhand_projector`. */
  readonly url: string;
  readonly shardCount: number;
  /** Absent: whichever the data has; Postgres for new data. */
  readonly logKind?: LogKind | undefined;
}

/** The cluster of this database, made when there is none. Throws `ClusterMismatch`. */
export async function openCluster({ url, shardCount, logKind }: ClusterRequest): Promise<Cluster> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into onhand_log.cluster (cluster_id, incarnation, shard_count, hash_name, log_kind) values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [randomUUID(), randomUUID(), shardCount, shardHashName, logKind ?? 'postgres'],
    );
    const { rows } = await client.query<ClusterRow>(
      'select cluster_id, incarnation, shard_count, hash_name, log_kind from onhand_log.cluster',
    );
    return clusterOf(rows[0]!, logKind);
  } finally {
    await client.end();
  }
}

interface ClusterRow {
  readonly cluster_id: string;
  readonly incarnation: string;
  readonly shard_count: number;
  readonly hash_name: string;
  readonly log_kind: LogKind;
}

function clusterOf(row: ClusterRow, wanted: LogKind | undefined): Cluster {
  if (row.hash_name !== shardHashName)
    throw new ClusterMismatch(`This data spreads its keys by ${row.hash_name}; this version knows ${shardHashName}.`);
  if (wanted !== undefined && wanted !== row.log_kind)
    throw new ClusterMismatch(
      `The log of this data is in ${logNames[row.log_kind]}, not in ${logNames[wanted]}. ${remedies[row.log_kind]}`,
    );
  return { clusterId: row.cluster_id, incarnation: row.incarnation, shardCount: row.shard_count, logKind: row.log_kind };
}

const logNames: Readonly<Record<LogKind, string>> = { postgres: 'Postgres', jetstream: 'JetStream' };

const remedies: Readonly<Record<LogKind, string>> = {
  postgres: 'Leave out --log and unset NATS_URL, or name another folder with --data.',
  jetstream: 'Set NATS_URL to its server, or name another folder with --data.',
};
