/** What an SKU looked like at an instant: the runtime's fold of frames, told in the words of stock. */
import { type ActorState, actorId, actorKey, type Instant, parseActorKey, toIso } from '../../actors/kernel/index.ts';
import { type StockReply, type StockState, stockDefinition } from '../../actors/stock/index.ts';
import type { StockInThePast } from '../../gateway/http/routes/as-of.ts';
import { historyOf } from '../../runtime/archive/history.ts';
import { systemClock } from '../../runtime/clock.ts';
import { LogUnavailable, type LogReader, type Shard } from '../../runtime/log/port.ts';
import { MediaUnavailable } from '../../runtime/media/port.ts';
import type { Node } from '../../runtime/node.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { beginningOf, type ShardAsOf, shardAsOf } from '../../runtime/verify/as-of.ts';
import { definitionsByKind } from './definitions.ts';
import type { EmbeddedStorage } from './storage.ts';

export type StockOfStore = StockInThePast & { readonly store: string };

export interface Wish {
  readonly at: Instant;
  /** Null: of any store. */
  readonly store: string | null;
  /** Null: all of them. */
  readonly sku: string | null;
}

export interface Past {
  /** By store and SKU. */
  readonly skus: readonly StockOfStore[];
  /** What was looked at, and how far. */
  readonly shards: readonly { readonly shard: Shard; readonly frame: number; readonly at: string | null }[];
  /** When the history of these shards begins; null: it has no frame yet. */
  readonly begins: string | null;
}

type Books = Pick<EmbeddedStorage, 'log' | 'archive' | 'cluster'>;

/** Of books that nobody runs. One shard after the other is in memory. Throws `LogDamaged`, `LogUnavailable`, `MediaUnavailable`. */
export async function stockOfStopped(books: Books, wish: Wish, onProgress: (shard: Shard, frame: number) => void): Promise<Past> {
  const log = historyOf(books.log, books.archive);
  const skus: StockOfStore[] = [];
  const shards: { shard: Shard; frame: number; at: string | null }[] = [];
  let begins: Instant | null = null;
  for (const shard of shardsOf(wish, books.cluster.shardCount)) {
    const past = await shardAsOf({ ...base(log, wish), shard, onFrame: (frame) => onProgress(shard, frame) });
    skus.push(...stockIn(past, wish.at));
    shards.push({ shard, frame: past.frame, at: past.frame < 0 ? null : toIso(past.frameAt) });
    const first = await beginningOf(log, shard);
    if (first !== null && (begins === null || first < begins)) begins = first;
  }
  return { skus: skus.sort(byStoreAndSku), shards, begins: begins === null ? null : toIso(begins) };
}

/** Of a running shard, from acknowledged frames alone. Null: unknown then. Throws `LogDamaged`. */
export async function stockOfRunning(
  node: Pick<Node, 'status'>,
  books: Books,
  wish: { readonly at: Instant; readonly store: string; readonly sku: string },
): Promise<StockInThePast | 'unavailable' | null> {
  const shard = shardOf(actorId('stock', wish.store, wish.sku), books.cluster.shardCount);
  const upTo = node.status.find((status) => status.shard === shard)?.frame ?? -1;
  if (upTo < 0) return 'unavailable';
  try {
    const past = await shardAsOf({ ...base(historyOf(books.log, books.archive), wish), shard, upTo });
    const [found] = stockIn(past, wish.at);
    if (found === undefined) return null;
    const { store: _, ...shown } = found;
    return shown;
  } catch (error) {
    if (error instanceof LogUnavailable || error instanceof MediaUnavailable) return 'unavailable';
    throw error;
  }
}

function base(log: LogReader, wish: Wish) {
  return { log, definitions: definitionsByKind, clock: systemClock, at: wish.at, wanted: wantedBy(wish) };
}

function shardsOf({ store, sku }: Wish, shardCount: number): readonly Shard[] {
  if (store !== null && sku !== null) return [shardOf(actorId('stock', store, sku), shardCount)];
  return Array.from({ length: shardCount }, (_, shard) => shard);
}

function wantedBy({ store, sku }: Wish): (key: string) => boolean {
  const prefix = store === null ? 'stock/' : `stock/${store}/`;
  if (store !== null && sku !== null) {
    const wanted = actorKey(actorId('stock', store, sku));
    return (key) => key === wanted;
  }
  return (key) => key.startsWith(prefix) && (sku === null || parseActorKey(key).id === sku);
}

function stockIn({ shard, frame, frameAt, actors }: ShardAsOf, at: Instant): StockOfStore[] {
  return actors.flatMap(({ id, state, frame: changedIn }) => {
    const reply = replyOf(state, at);
    if (reply === null) return [];
    const { type: _, ...shown } = reply;
    return [{ store: id.store, ...shown, asOf: toIso(at), restsOn: { shard, frame, at: toIso(frameAt), changedIn } }];
  });
}

/** The actor's own answer to `read`, so that the past is told as the present is. */
function replyOf(state: ActorState, at: Instant): StockReply | null {
  const decision = stockDefinition.decide(state as StockState, { type: 'read' }, at);
  return decision.kind === 'accepted' ? (decision.reply as StockReply) : null;
}

function byStoreAndSku(one: StockOfStore, other: StockOfStore): number {
  if (one.store !== other.store) return one.store < other.store ? -1 : 1;
  return one.sku < other.sku ? -1 : Number(one.sku > other.sku);
}
