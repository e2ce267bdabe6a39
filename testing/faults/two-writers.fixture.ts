/**
 * A whole node in a process of its own that fights for every shard: whenever another owner is found there it rests a
 * little and takes the shard over again, while buyers of its own want units from it. Tells everything when its buyers
 * have been refused. Told what to do by its parent; ends with it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { actorId } from '../../actors/kernel/index.ts';
import { definitions } from '../../commands/embedded/definitions.ts';
import { systemClock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import { JetStreamLog } from '../../runtime/log/jetstream.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { Node } from '../../runtime/node.ts';
import { PostgresRowStore } from '../../runtime/rows/postgres.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { holdOf, sendStock } from '../crowd.ts';
import type { Told, WriterReport, WriterTask } from './two-writers.ts';

/** Buyers take their time until their shard has changed its owner so often, so that no owner sells everything alone. */
const lossesBeforeHaste = 2;
const leisureMs = 200;
const hasteMs = 5;
const answerWithinMs = 2_000;

process.on('disconnect', () => process.exit(1));
const task = await heard<WriterTask>();
const report = await fight(task);
process.send?.(report, undefined, undefined, () => process.exit(0));

function heard<Message>(): Promise<Message> {
  return new Promise((resolve) => process.once('message', (message) => resolve(message as Message)));
}

interface Shop {
  readonly told: Told[];
  readonly pauseMs: (sku: string) => number;
}

async function fight({ stores, name, skus, buyersEach, restMs }: WriterTask): Promise<WriterReport> {
  const { natsUrl, rowsUrl, ...cluster } = stores;
  const losses = Array.from({ length: cluster.shardCount }, () => 0);
  const log = await JetStreamLog.open({ url: natsUrl, replicas: 1, shardCount: cluster.shardCount });
  const rows = new PostgresRowStore({ url: rowsUrl, kinds: definitions });
  const node = new Node({
    ...cluster,
    definitions,
    log,
    rows,
    clock: systemClock,
    logger: silentLogger,
    limits,
    onShardLost: (shard) => {
      losses[shard]! += 1;
      void sleep(restMs).then(() => node.takeOver(shard));
    },
  });
  await node.start();
  const doorsOpen = heard();
  process.send?.('serving');
  await doorsOpen;
  const told: Told[] = [];
  const buyers = skus.flatMap((sku) => Array.from({ length: buyersEach }, (_, number) => ({ sku, number })));
  const pauseMs = (sku: string) =>
    losses[shardOf(actorId('stock', 'shop', sku), cluster.shardCount)]! < lossesBeforeHaste ? leisureMs : hasteMs;
  await Promise.all(buyers.map(({ sku, number }) => buy(node, sku, `${name} ${number}`, { told, pauseMs })));
  node.halt();
  await Promise.all([log.close(), rows.close()]);
  return { told, losses };
}

/** One unit after the other until there are none. */
async function buy(node: Node, sku: string, buyer: string, { told, pauseMs }: Shop): Promise<void> {
  for (let unit = 0; ; unit += 1) {
    const answer = await take(node, sku, `${buyer} ${unit}`);
    told.push(answer);
    if (answer.kind === 'refused') return;
    await sleep(pauseMs(sku));
  }
}

/** Asks under the same id until there is a definite answer. */
async function take(node: Node, sku: string, holdId: string): Promise<Told> {
  for (;;) {
    const sentAtMs = sharedClockMs();
    const outcome = await sendStock(node, 'shop', sku, holdOf(holdId), answerWithinMs);
    if (outcome.kind !== 'unavailable') {
      const { shard, epoch, frame } = outcome.position;
      const kind = outcome.kind === 'refused' ? 'refused' : outcome.repeated ? 'heldBefore' : 'held';
      return { sku, holdId, kind, shard, epoch, frame, sentAtMs, heardAtMs: sharedClockMs() };
    }
    await sleep(hasteMs);
  }
}

function sharedClockMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
