/**
 * Who this log belongs to, as Postgres remembers it beside the log. Frame 0 of every shard says the same; the
 * two are compared at every start, so that a log and rows of different clusters are never served together.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { shardHashName } from '../shard-of.ts';

export interface Cluster {
  readonly clusterId: string;
  /** One life of the data: a restore mints a new one. */
  readonly incarnation: string;
  readonly shardCount: number;
}

export class ClusterMismatch extends Error {
  override readonly name = 'ClusterMismatch';
}

/** The cluster of this database, made when there is none. `url` is of role `onhand_projector`. */
export async function openCluster(url: string, shardCount: number): Promise<Cluster> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into onhand_log.cluster (cluster_id, incarnation, shard_count, hash_name) values ($1, $2, $3, $4) on conflict do nothing`,
      [randomUUID(), randomUUID(), shardCount, shardHashName],
    );
    const { rows } = await client.query<{ cluster_id: string; incarnation: string; shard_count: number; hash_name: string }>(
      'select cluster_id, incarnation, shard_count, hash_name from onhand_log.cluster',
    );
    const row = rows[0]!;
    if (row.hash_name !== shardHashName)
      throw new ClusterMismatch(`This data spreads its keys by ${row.hash_name}; this version knows ${shardHashName}.`);
    return { clusterId: row.cluster_id, incarnation: row.incarnation, shardCount: row.shard_count };
  } finally {
    await client.end();
  }
}
