/**
 * Two whole processes, one log, one Postgres: both want every shard and both sell the same SKUs (FAULTS 11). What each
 * was told is all that is known; the log decides who may.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { receiptOf, sendStock } from '../crowd.ts';
import { BrokerWorld } from './broker-world.ts';
import type { Told, WriterReport, WriterTask } from './two-writers.ts';

const units = 300;
/** Ownerships of each shard that end before their time, of each process; the buyers of the fixture wait for as many. */
const lossesMin = 2;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

class Rival {
  readonly #name: string;
  readonly #child: ChildProcess;

  constructor(task: WriterTask) {
    this.#name = task.name;
    this.#child = fork(join(import.meta.dirname, 'two-writers.fixture.ts'), { execArgv: ['--import', 'tsx'] });
    children.push(this.#child);
    this.#child.send(task);
  }

  heard<Message>(): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (message) => resolve(message as Message));
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => reject(new Error(`process ${this.#name} ended with ${signal ?? code}`)));
    });
  }

  /** Its doors open; resolves when everything is sold. */
  sell(): Promise<WriterReport> {
    this.#child.send('open');
    return this.heard<WriterReport>();
  }
}

/** One SKU for each shard. */
function skusOnEveryShard(shardCount: number): string[] {
  return Array.from({ length: shardCount }, (_, shard) => {
    for (let number = 0; ; number += 1) {
      const sku = `contested-${number}`;
      if (shardOf(actorId('stock', 'shop', sku), shardCount) === shard) return sku;
    }
  });
}

/** What belongs to one process only, and was claimed by two. */
function claimedTwice(reports: readonly WriterReport[], nameOf: (told: Told) => string): string[] {
  const owners = new Map<string, number>();
  const twice: string[] = [];
  for (const [process, { told }] of reports.entries()) {
    for (const one of told.filter(({ kind }) => kind === 'held')) {
      const owner = owners.get(nameOf(one)) ?? process;
      if (owner !== process) twice.push(nameOf(one));
      owners.set(nameOf(one), owner);
    }
  }
  return twice;
}

/** Units given by an owner who had been succeeded, by what its successor had already told, when they were asked for. */
function givenAfterTheEnd(told: readonly Told[]): Told[] {
  const given = told.filter(({ kind }) => kind === 'held');
  const firstHeardAtMs = new Map<string, number>();
  for (const { shard, epoch, heardAtMs } of given) {
    const ownership = `${shard} ${epoch}`;
    firstHeardAtMs.set(ownership, Math.min(firstHeardAtMs.get(ownership) ?? Infinity, heardAtMs));
  }
  const beginnings = [...firstHeardAtMs].map(([ownership, atMs]) => {
    const [shard, epoch] = ownership.split(' ').map(Number);
    return { shard, epoch: epoch!, atMs };
  });
  return given.filter((one) =>
    beginnings.some(({ shard, epoch, atMs }) => shard === one.shard && epoch > one.epoch && atMs < one.sentAtMs),
  );
}

test('of two processes that both own every shard one wins each frame, and what either acknowledged is in the books', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  const skus = skusOnEveryShard(world.stores.shardCount);
  for (const sku of skus) {
    const opened = await sendStock(world.node, 'shop', sku, receiptOf(`open ${sku}`, units));
    expect(opened.kind).toBe('reply');
  }
  await world.drainNode();

  const task = { stores: world.stores, skus, buyersEach: 3, restMs: 60 };
  const rivals = ['one', 'other'].map((name) => new Rival({ ...task, name }));
  await Promise.all(rivals.map((rival) => rival.heard()));
  const reports = await Promise.all(rivals.map((rival) => rival.sell()));
  for (const { losses } of reports) expect(Math.min(...losses), 'every shard changes its owner').toBeGreaterThanOrEqual(lossesMin);
  expect(claimedTwice(reports, ({ shard, epoch }) => `epoch ${epoch} of shard ${shard}`)).toEqual([]);
  expect(claimedTwice(reports, ({ shard, frame }) => `frame ${frame} of shard ${shard}`)).toEqual([]);
  const told = reports.flatMap((report) => report.told);
  expect(givenAfterTheEnd(told)).toEqual([]);

  await world.startNode();
  for (const sku of skus) {
    const acknowledged = told.filter((one) => one.sku === sku && one.kind !== 'refused').map(({ holdId }) => holdId);
    expect(new Set(acknowledged).size, 'every unit was given to one buyer').toBe(units);
    expect(acknowledged).toHaveLength(units);
    expect(await world.held(sku)).toBe(units);
    for (const holdId of acknowledged) {
      const kept = await sendStock(world.node, 'shop', sku, { type: 'readHold', holdId, buyer: holdId } as never);
      expect(kept, holdId).toMatchObject({ kind: 'reply', reply: { status: 'held', quantity: 1 } });
    }
  }
  const verified = await world.verify();
  expect(verified).toMatchObject({ ok: true, differences: [] });
});
