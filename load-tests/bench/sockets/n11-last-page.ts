/**
 * N11: from the moment a change of stock is meant to be sent until the last of all open pages has it.
 *
 * Changes are sent on time, whether or not the one before has arrived; one that is overtaken counts when a newer one is
 * shown. The way of the change to the server, its decision and the log are within the time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from '../../measure/latencies.ts';
import type { BenchSettings, Measure, PreparedMeasure, Reading } from '../measure.ts';
import { type Endings, startTogether } from './endings.ts';
import { sharedNowMs } from '../shared-clock.ts';
import { socketVersions } from './versions.ts';
import { crowdProcesses, openShop, type WatchedShop } from './watched-shop.ts';

const secondsDefault = 25;
const changeEveryMs = 250;
const reachWithinMs = 15_000;

export const lastPage: Measure = {
  id: 'N11',
  name: 'N11-last-page',
  what: 'from sending a change of stock until the last of all subscribed sockets has read it, 99th percentile of the changes',
  unit: 'ms',
  better: 'lower',
  judge: 'value',
  floor: 400,
  aim: 150,
  readings: 'pairs',
  missing: () => Promise.resolve(null),
  prepare: (settings) => startTogether((endings) => prepare(settings, endings)),
};

async function prepare(settings: BenchSettings, endings: Endings): Promise<PreparedMeasure> {
  const sockets = settings.quick ? 1_000 : 10_000;
  const seconds = settings.seconds ?? (settings.quick ? 3 : secondsDefault);
  const shop = endings.use(await openShop(settings, { sockets, watch: 'the product', follow: true }));
  return {
    durability: { ours: shop.target.durability, baseline: null },
    versions: socketVersions(),
    generator: `one change every ${changeEveryMs} ms; ${sockets} sockets, held by ${crowdProcesses} Node processes on the same machine`,
    ours: () => reading(shop, Math.ceil((seconds * 1_000) / changeEveryMs)),
    baseline: null,
    [Symbol.asyncDispose]: () => endings[Symbol.asyncDispose](),
  };
}

interface Change {
  readonly toLastMs: number;
  readonly toFirstMs: number;
}

async function reading(shop: WatchedShop, changes: number): Promise<Reading> {
  const startMs = sharedNowMs();
  const pending: Promise<Change | null>[] = [];
  for (let index = 0; index < changes; index += 1) {
    const meantAtMs = startMs + index * changeEveryMs;
    await sleep(Math.max(0, meantAtMs - sharedNowMs()));
    pending.push(change(shop, meantAtMs));
  }
  const done = await Promise.all(pending);
  const [toLast, toFirst] = [new Latencies(), new Latencies()];
  for (const one of done) {
    if (one === null) continue;
    toLast.record(one.toLastMs);
    toFirst.record(one.toFirstMs);
  }
  const missed = done.length - toLast.count;
  const { lost } = await shop.crowd.counts();
  const figures = {
    p50Ms: toLast.percentileMs(50) ?? 0,
    maxMs: toLast.percentileMs(100) ?? 0,
    firstPageP50Ms: toFirst.percentileMs(50) ?? 0,
  };
  const problem = lost > 0 ? `${lost} sockets were lost` : missed > 0 ? `${missed} changes did not reach every socket` : null;
  return {
    value: toLast.percentileMs(99) ?? 0,
    figures: { ...figures, changes: toLast.count },
    ...(problem === null ? {} : { problem }),
  };
}

async function change(shop: WatchedShop, meantAtMs: number): Promise<Change | null> {
  const reached = shop.crowd.reached(shop.nextAvailable, reachWithinMs);
  await shop.receive(1);
  const arrival = await reached;
  return arrival === null ? null : { toLastMs: arrival.lastAtMs - meantAtMs, toFirstMs: arrival.firstAtMs - meantAtMs };
}
