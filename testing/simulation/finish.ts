/**
 * What must be true once the faults have stopped and time has passed: nobody waits (I8), nothing is
 * pending or overdue (I9), and memory, the fold of the log and the rows say the same, to the last unit.
 */
import { isDeepStrictEqual } from 'node:util';
import { actorId, type ActorState, actorKey } from '../../actors/kernel/index.ts';
import type { MultiHoldReply } from '../../actors/hold/commands.ts';
import type { HoldReply, StockReply } from '../../actors/stock/replies.ts';
import type { RowStore } from '../../runtime/rows/port.ts';
import type { Act } from './acts.ts';
import type { Auditor } from './auditor.ts';
import type { LastRead } from './checkout-books.ts';
import { couponCodes } from './checkouts.ts';
import type { Host } from './host.ts';
import type { FoldedActor } from './log-fold.ts';
import { everyProduct, type Product, type Shop } from './shop.ts';
import { hold } from './violation.ts';
import type { Workload } from './workload.ts';

/** Debts and deadlines that still stand at `at`; empty when everything has come to its end (I9). */
export function unfinished(auditor: Auditor, at: number): string[] {
  const left: string[] = [];
  for (const actor of auditor.fold.actors) {
    const key = actorKey(actor.id);
    for (const effect of actor.definition.pending(actor.state)) left.push(`${key} still owes ${effect.id}`);
    const deadline = actor.definition.deadline(actor.state);
    if (deadline !== null && deadline <= at) left.push(`${key} had something to do at ${deadline}, ${at - deadline} ms ago`);
  }
  return left;
}

export function nextDeadline(auditor: Auditor): number | null {
  let next: number | null = null;
  for (const actor of auditor.fold.actors) {
    const deadline = actor.definition.deadline(actor.state);
    if (deadline !== null && (next === null || deadline < next)) next = deadline;
  }
  return next;
}

const endings: Readonly<Record<string, true>> = {
  released: true,
  expired: true,
  fulfilled: true,
  replaced: true,
  absorbed: true,
  uncommitted: true,
  committed: true,
  refused: true,
};

/** Everything there is to read, as the merchant. */
export function lastActs(auditor: Auditor, shop: Shop, workload: Workload): Act[] {
  const ofStores = shop.stores.flatMap((store) => [
    actorId('store', store, store),
    ...couponCodes.map((code) => actorId('coupon', store, code)),
  ]);
  return [
    ...everyProduct(shop).map((product) => workload.readStock(product)),
    ...[...auditor.holds.values()].map((act) => workload.readBack(act)),
    ...[...auditor.checkoutActors.values(), ...ofStores].map((actor) => workload.readActor(actor)),
  ];
}

/** I9, I1: every hold has ended or is committed, and products have exactly the units their holds say. */
export function checkLastReads(auditor: Auditor, shop: Shop, reads: readonly LastRead[]): void {
  const committed = new Map<string, number>();
  const add = (name: string, units: number) => committed.set(name, (committed.get(name) ?? 0) + units);
  auditor.books.open(reads);
  for (const { act, verdict } of reads) {
    if (verdict.kind !== 'reply') {
      hold(
        ['hold_unknown', 'sku_unknown', 'order_unknown', 'cart_unknown', 'coupon_unknown'].includes(verdict.refusal.code),
        'I9',
        () => `a last read of ${actorKey(act.actor)} was refused: ${verdict.refusal.code}`,
      );
      continue;
    }
    const reply = verdict.reply as HoldReply | MultiHoldReply | StockReply;
    if (reply.type !== 'hold' && reply.type !== 'multiHold') continue;
    hold(endings[reply.status] === true, 'I9', () => `hold ${reply.holdId} is still ${reply.status} when everything should have ended`);
    if (reply.type === 'hold' && reply.status !== 'absorbed') add(`${act.actor.store}/${reply.sku}`, reply.remaining);
    if (reply.type === 'multiHold' && reply.status === 'committed')
      for (const line of reply.lines) add(`${act.actor.store}/${line.sku}`, line.quantity);
  }
  for (const { act, verdict } of reads) {
    if (verdict.kind !== 'reply' || (verdict.reply as StockReply).type !== 'stock') continue;
    const product = everyProduct(shop).find(({ store, sku }) => store === act.actor.store && sku === act.actor.id) as Product;
    const { books } = auditor;
    const ofHolds = committed.get(`${product.store}/${product.sku}`) ?? 0;
    const ofOrders = books.committedUnits(product.store, product.sku);
    const shipped = books.shippedUnits(product.store, product.sku);
    auditor.ledger.checkFinal(product, verdict.reply as StockReply, ofHolds + ofOrders, shipped);
  }
}

/** I4: what a node has in memory is the fold of the log, in every shard that it owns and that has nothing on its way. */
export function checkMemory(auditor: Auditor, host: Host): void {
  for (const { shard, phase, epoch, frame, promised } of host.node.status) {
    const isAtTail = epoch === auditor.fold.epoch(shard) && frame === auditor.fold.tail(shard).frame;
    if (phase !== 'serving' || promised > 0 || !isAtTail) continue;
    const at = host.node.shard(shard).now;
    for (const { key, state, residence } of host.node.shard(shard).residents) {
      const folded = auditor.fold.actor(key);
      if (residence.kind === 'resident' && folded !== undefined) same(folded, state, at, 'memory');
    }
  }
}

/** I4: three ways to know an actor, one state. */
export async function checkSameEverywhere(auditor: Auditor, host: Host, store: RowStore): Promise<void> {
  checkMemory(auditor, host);
  for (const folded of auditor.fold.actors) {
    const { id, definition } = folded;
    const at = host.node.shard(0).now;
    const loaded = (await store.load(id.kind, [id], at)).get(actorKey(id));
    hold(loaded !== undefined, 'I4', () => `${actorKey(id)} has ${folded.state.version} events in the log and no rows`);
    // Damage that nobody has come by since is still told of: it would not be believed.
    if (loaded.damage === undefined) same(folded, definition.load(id, loaded.rows, at) as ActorState, at, 'rows');
  }
}

function same({ id, definition, state }: FoldedActor, other: ActorState, at: number, where: string): void {
  const ours = definition.canonical(state, at);
  const theirs = definition.canonical(other, at);
  hold(isDeepStrictEqual(ours, theirs), 'I4', () => `${actorKey(id)}: ${where} differs from the log: ${firstDifference(ours, theirs, '')}`);
}

function firstDifference(ours: unknown, theirs: unknown, path: string): string {
  if (isDeepStrictEqual(ours, theirs)) return '';
  if (ours === null || theirs === null || typeof ours !== 'object' || typeof theirs !== 'object') {
    return `${path || 'it'} is ${JSON.stringify(theirs)}, the log says ${JSON.stringify(ours)}`;
  }
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  for (const name of names) {
    const found = firstDifference((ours as Record<string, unknown>)[name], (theirs as Record<string, unknown>)[name], `${path}/${name}`);
    if (found !== '') return found;
  }
  return `${path} is ordered otherwise`;
}

/** I1, I5 from the rows alone: on_hand is the sum of its movements, and a command moves units once. */
export async function checkMovements(store: RowStore, shardCount: number): Promise<void> {
  const sums = new Map<string, number>();
  const makers = new Map<string, string>();
  for (let shard = 0; shard < shardCount; shard += 1) {
    for await (const row of store.scan('stock_movements', shard)) {
      const place = `${row['store_id']}/${row['sku']}/${row['location']}`;
      sums.set(place, (sums.get(place) ?? 0) + Number(row['quantity']));
      const version = `${row['store_id']}/${row['sku']}/${row['version']}`;
      const command = `${row['store_id']}/${row['sku']}/${row['command_id']}`;
      if (row['command_id'] === null) continue;
      const known = makers.get(command) ?? version;
      hold(known === version, 'I5', () => `command ${command} moved units at ${known} and again at ${version}`);
      makers.set(command, version);
    }
  }
  for (let shard = 0; shard < shardCount; shard += 1) {
    for await (const row of store.scan('stock_levels', shard)) {
      const place = `${row['store_id']}/${row['sku']}/${row['location']}`;
      const moved = sums.get(place) ?? 0;
      hold(Number(row['on_hand']) === moved, 'I1', () => `${place} has ${row['on_hand']} on hand, its movements add up to ${moved}`);
    }
  }
}
