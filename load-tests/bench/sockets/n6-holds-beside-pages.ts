/**
 * N6: how long a durable hold takes at half of what the server can do, while ten thousand pages are open.
 *
 * The maximum is measured first, closed loop, with the pages attached; then buyers arrive at half that rate whether or not
 * the ones before them were answered, and each latency counts from the instant its buyer was to arrive. The pages show
 * either the product that is sold, so that every hold is pushed to all of them, or another one.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDoneAnswer, senderHeaders, sendUntilDecided } from '../../api.ts';
import { parseTarget } from '../../http/client.ts';
import { nowMs } from '../../measure/now.ts';
import { arrive, type Arrived } from '../generator/arrivals.ts';
import { type HttpWork, press } from '../generator/press.ts';
import type { BenchSettings, Measure, PreparedMeasure, Reading, Series } from '../measure.ts';
import { type Endings, startTogether } from './endings.ts';
import { socketVersions } from './versions.ts';
import { crowdProcesses, openShop, type PagesWatch, type WatchedShop } from './watched-shop.ts';

const secondsDefault = 10;
const shareOfMaximum = 0.5;
const sharesOfSeries = [0.1, 0.25, 0.5, 0.75, 0.9];
const seriesSeconds = 5;
const maximumSeconds = 5;
const warmUpSeconds = 2;
/** Each buyer may ask 50 times a second: enough buyers that nobody is told to wait. */
const buyersCount = 2_000;
const arrivalConnections = 256;
const stockUnits = 10_000_000;
const ttlSeconds = 600;
/** Fewer than this share of the rate: the generator did not keep up, so the server was not asked what it was to be asked. */
const answeredShareMin = 0.98;

export const holdsBesidePages: readonly Measure[] = [
  measureOf('N6-hold-latency', 'the product', 'that show the product being sold'),
  measureOf('N6-hold-latency-other-pages', 'another product', 'that show another product'),
];

function measureOf(name: string, pagesWatch: PagesWatch, which: string): Measure {
  return {
    id: 'N6',
    name,
    what: `99th percentile of a durable hold over HTTP at half the maximum rate, open loop, beside open pages ${which}`,
    unit: 'ms',
    better: 'lower',
    judge: 'value',
    floor: 10,
    aim: 4,
    readings: 'pairs',
    missing: () => Promise.resolve(null),
    prepare: (settings) => startTogether((endings) => prepare(settings, pagesWatch, endings)),
  };
}

async function prepare(settings: BenchSettings, pagesWatch: PagesWatch, endings: Endings): Promise<PreparedMeasure> {
  const { quick, connections } = settings;
  const sockets = quick ? 1_000 : 10_000;
  const seconds = settings.seconds ?? (quick ? 2 : secondsDefault);
  const shop = endings.use(await openShop(settings, { sockets, watch: pagesWatch, follow: false }));
  await shop.receive(stockUnits);
  settings.progress('making buyers');
  const tokens = await makeBuyers(shop, quick ? buyersCount / 4 : buyersCount);
  settings.progress('measuring the maximum rate');
  const maximumPerSecond = await maximumOf(shop, tokens, connections, quick);
  const arriveAt: ArriveAt = (share, forSeconds) =>
    arrive({
      ...parseTarget(shop.target.url),
      path: '/v1/holds',
      publishableKey: shop.target.publishableKey,
      tokens,
      bodies: [JSON.stringify({ sku: shop.sku, quantity: 1 })],
      keyPrefix: randomUUID(),
      connections: arrivalConnections,
      ratePerSecond: maximumPerSecond * share,
      seconds: forSeconds,
      whenBusy: 'waits',
    });
  return {
    durability: { ours: shop.target.durability, baseline: null },
    versions: socketVersions(),
    generator:
      `open loop at ${Math.round(maximumPerSecond * shareOfMaximum)} holds/s over ${arrivalConnections} connections from a Node process; ` +
      `${sockets} sockets, held by ${crowdProcesses} Node processes; all on the same machine`,
    warmUp: async () => void (await arriveAt(shareOfMaximum, warmUpSeconds)),
    ours: async () => readingOf(shop, await arriveAt(shareOfMaximum, seconds), { maximumPerSecond, seconds }),
    baseline: null,
    series: () => latencyOverRate(arriveAt, settings),
    [Symbol.asyncDispose]: () => endings[Symbol.asyncDispose](),
  };
}

type ArriveAt = (shareOfMaximum: number, seconds: number) => Promise<Arrived>;

/** The same at other rates: where latency leaves the ground. A rate that was not reached has no point. */
async function latencyOverRate(arriveAt: ArriveAt, settings: BenchSettings): Promise<readonly Series[]> {
  const reached: Arrived[] = [];
  for (const share of sharesOfSeries) {
    settings.progress(`holds at ${share * 100} % of the maximum rate`);
    const ended = await arriveAt(share, seriesSeconds);
    if (heldBy(ended) >= ended.arrived * answeredShareMin) reached.push(ended);
  }
  const line = (label: string, msOf: (ended: Arrived) => number) => ({
    label,
    points: reached.map((ended) => [Math.round(heldBy(ended) / seriesSeconds), Math.round(msOf(ended) * 100) / 100] as const),
  });
  const lines = [line('p50', ({ p50Ms }) => p50Ms), line('p99', ({ p99Ms }) => p99Ms)];
  return [{ title: 'Latency of a hold against the rate, open loop, beside open pages', x: 'holds/s', y: 'ms', lines }];
}

interface Asked {
  readonly maximumPerSecond: number;
  readonly seconds: number;
}

async function readingOf(shop: WatchedShop, ended: Arrived, { maximumPerSecond, seconds }: Asked): Promise<Reading> {
  const { lost } = await shop.crowd.counts();
  const { p50Ms, p95Ms, p99Ms, maxMs, waitingMax, generatorCores } = ended;
  const problem = problemOf(ended, lost, maximumPerSecond * shareOfMaximum * seconds);
  return {
    value: p99Ms,
    figures: {
      p50Ms,
      p95Ms,
      maxMs,
      maximumPerSecond,
      holdsPerSecond: heldBy(ended) / seconds,
      waitingMax,
      generatorCores,
      lostSockets: lost,
    },
    ...(problem === null ? {} : { problem }),
  };
}

/** Also the last ones, who were answered when nobody arrived any more. */
function heldBy({ done, late }: Arrived): number {
  return done + late;
}

function problemOf(ended: Arrived, lost: number, wanted: number): string | null {
  const { refused, failed } = ended;
  const held = heldBy(ended);
  if (lost > 0) return `${lost} sockets were lost`;
  if (refused > 0) return `${refused} holds were refused`;
  if (failed > 0) return `${failed} requests failed`;
  return held < wanted * answeredShareMin ? `only ${held} of ${Math.floor(wanted)} buyers arrived` : null;
}

async function makeBuyers({ client, target }: WatchedShop, count: number): Promise<string[]> {
  const one = async (): Promise<string> => {
    const headers = { Authorization: `Bearer ${target.publishableKey}` };
    const answer = await sendUntilDecided(
      client,
      { method: 'POST', path: '/v1/buyers', headers, body: {} },
      readDoneAnswer,
      nowMs() + 30_000,
    );
    const body = answer.kind === 'done' ? answer.body : null;
    const token = body !== null && typeof body === 'object' && 'token' in body ? body['token'] : null;
    if (typeof token !== 'string') throw new Error(`no buyer could be made: ${JSON.stringify(answer)}`);
    return token;
  };
  return Promise.all(Array.from({ length: count }, one));
}

/** Closed loop, with the generator that presses hardest on this machine. */
async function maximumOf(shop: WatchedShop, tokens: readonly string[], connections: number, quick: boolean): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'onhand-bench-'));
  try {
    const file = join(folder, 'tokens');
    await writeFile(file, tokens.join('\n'));
    const { publishableKey, url } = shop.target;
    const words = [file, publishableKey, randomUUID(), shop.sku.slice(0, -1), '1', String(ttlSeconds)]; // the script numbers its SKUs from 0
    const work: HttpWork = { script: 'hold.lua', words, request: () => holdBy(shop, tokens) };
    await press(work, { url, connections, seconds: quick ? 1 : warmUpSeconds });
    const again: HttpWork = { ...work, words: words.with(2, randomUUID()) };
    const { perSecond, refused, failed } = await press(again, { url, connections, seconds: quick ? 1 : maximumSeconds });
    if (refused > 0 || failed > 0 || perSecond === 0) throw new Error(`no maximum: ${refused} holds were refused, ${failed} failed`);
    return perSecond;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the script would send next, where it cannot run. */
function holdBy({ sku, target }: WatchedShop, tokens: readonly string[]) {
  const token = tokens[Math.floor(Math.random() * tokens.length)]!;
  const sender = { kind: 'buyer', publishableKey: target.publishableKey, token } as const;
  const headers = { ...senderHeaders(sender), 'Idempotency-Key': randomUUID() };
  return { method: 'POST', path: '/v1/holds', headers, body: { sku, quantity: 1, ttlSeconds } } as const;
}
