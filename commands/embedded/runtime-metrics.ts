/** What the shards show of themselves, as gauges at `/metrics`. Read when scraped; costs nothing in between. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Archiver, ArchiveStatus } from '../../runtime/archive/archiver.ts';
import type { Node } from '../../runtime/node.ts';
import type { ShardStatus } from '../../runtime/shard/shard-status.ts';

const gauges: readonly { readonly name: string; readonly help: string; readonly of: (status: ShardStatus) => number }[] = [
  { name: 'onhand_shard_serving', help: '1 while the shard serves', of: ({ phase }) => (phase === 'serving' ? 1 : 0) },
  { name: 'onhand_shard_settling', help: '1 while the fate of a frame is unknown', of: ({ settlingMs }) => (settlingMs > 0 ? 1 : 0) },
  { name: 'onhand_shard_epoch', help: 'Ownership of the shard, counted', of: ({ epoch }) => epoch },
  { name: 'onhand_shard_frame', help: 'Newest acknowledged frame', of: ({ frame }) => frame },
  { name: 'onhand_shard_mailbox_client', help: 'Client commands that wait', of: ({ mailbox }) => mailbox.client },
  { name: 'onhand_shard_mailbox_internal', help: 'Internal commands that wait', of: ({ mailbox }) => mailbox.internal },
  { name: 'onhand_shard_residents', help: 'Actors in memory', of: ({ residents }) => residents },
  { name: 'onhand_shard_debts', help: 'Effects owed and not settled', of: ({ debts }) => debts },
  { name: 'onhand_write_behind_frames', help: 'Acknowledged frames that are not rows yet', of: ({ writeBehind }) => writeBehind.frames },
  { name: 'onhand_write_behind_bytes', help: 'Their bytes', of: ({ writeBehind }) => writeBehind.bytes },
  { name: 'onhand_write_behind_lag_ms', help: 'Age of the oldest of them', of: ({ writeBehind }) => writeBehind.lagMs },
];

const archiveGauges: readonly { readonly name: string; readonly help: string; readonly of: (status: ArchiveStatus) => number }[] = [
  { name: 'onhand_archive_frame', help: 'Newest archived frame', of: ({ archivedFrame }) => archivedFrame },
  { name: 'onhand_log_trimmed_below', help: 'Older frames are in the archive alone', of: ({ trimmedBelow }) => trimmedBelow },
];

export function registerRuntimeMetrics(registry: Registry, node: Node, archiver: Archiver): void {
  for (const { name, help, of } of gauges) registry.registerMetric(perShard(name, help, () => node.status, of));
  for (const { name, help, of } of archiveGauges) registry.registerMetric(perShard(name, help, () => archiver.status, of));
  registry.registerMetric(
    new Counter({
      name: 'onhand_rows_damaged_total',
      help: 'Actors rebuilt from history because their stored rows were damaged; begins again at a take-over',
      labelNames: ['shard'],
      registers: [],
      collect() {
        this.reset();
        for (const status of node.status) this.inc({ shard: String(status.shard) }, status.damaged);
      },
    }),
  );
}

function perShard<Status extends { readonly shard: number }>(
  name: string,
  help: string,
  all: () => readonly Status[],
  of: (status: Status) => number,
): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: ['shard'],
    registers: [],
    collect() {
      for (const status of all()) this.set({ shard: String(status.shard) }, of(status));
    },
  });
}
