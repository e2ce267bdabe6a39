/** The story of an order, from the rows alone: every event of the log stands in it, in order, without a gap. */
import { actorKey } from '../../actors/kernel/index.ts';
import type { RowStore } from '../../runtime/rows/port.ts';
import type { FoldedActor, LogFold } from './log-fold.ts';
import { hold } from './violation.ts';

export async function checkTimelines(fold: LogFold, store: RowStore, shardCount: number): Promise<void> {
  const timelines = new Map<string, Map<number, string>>();
  for (let shard = 0; shard < shardCount; shard += 1)
    for await (const row of store.scan('order_events', shard)) {
      const key = `order/${String(row['store_id'])}/${String(row['order_id'])}`;
      const timeline = timelines.get(key) ?? new Map<number, string>();
      timeline.set(Number(row['version']), String(row['type']));
      timelines.set(key, timeline);
    }
  for (const actor of fold.actors) if (actor.id.kind === 'order') checkTimeline(actor, timelines.get(actorKey(actor.id)) ?? new Map());
}

function checkTimeline({ id, logged }: FoldedActor, timeline: ReadonlyMap<number, string>): void {
  const isWhole = timeline.size === logged.length && logged.every(({ event, version }) => timeline.get(version) === event.type);
  hold(isWhole, 'orders', () => `${actorKey(id)} has ${logged.length} events, its timeline ${timeline.size}`);
}
