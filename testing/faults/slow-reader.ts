/**
 * What both tests of a slow reader demand: a client of the live socket that takes one byte a second from a real TCP
 * connection, while the stock of everything it watches changes all the time (FAULTS 54).
 */
import { join } from 'node:path';
import { expect } from 'vitest';
import { startServer } from '../../load-tests/server.ts';
import { LiveClient } from '../live-client.ts';
import { prepareFolder } from '../prepared-folder.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';
import { RawSocket } from './fuzz/raw-socket.ts';
import { Merchant } from './merchant.ts';
import { liveBytes } from './process-memory.ts';

export interface SlowReaderDemands {
  /** Other numbers in the place of limits; none = as they are. */
  readonly limits: Readonly<Record<string, number>>;
  readonly sentAwayWithinMs: number;
}

/** Long in bytes, so that what the kernel keeps for a slow reader is soon used up. */
const skus = Array.from({ length: 240 }, (_, index) => `${'倉'.repeat(58)}-${index}`);
const skusPerMessage = 60;
const subscriptions = Array.from({ length: skus.length / skusPerMessage }, (_, part) => ({
  type: 'subscribe',
  id: `part ${part}`,
  channel: 'stock',
  skus: skus.slice(part * skusPerMessage, (part + 1) * skusPerMessage),
}));
const quickClients = 3;
/** What is made once, such as code that is compiled, is not what the slow one costs (I7). */
const firstChanges = 15;
const changesPerLook = 25;
const slowOneCostsMaxBytes = 24 * 1024 * 1024;

export async function expectSlowReaderSentAway({ limits, sentAwayWithinMs }: SlowReaderDemands): Promise<void> {
  using folder = temporaryFolder();
  const memoryFile = join(folder.path, 'live-bytes');
  await using server = await startServer({
    prepare: prepareFolder,
    preload: ['testing/preload/small-limits.ts', 'testing/preload/live-memory.ts'],
    environment: { ONHAND_TEST_LIMITS: JSON.stringify(limits), ONHAND_TEST_MEMORY: memoryFile },
  });
  const merchant = await Merchant.of(server);
  await Promise.all(skus.map((sku) => merchant.receive(sku, 1)));
  const quick = await Promise.all(Array.from({ length: quickClients }, () => LiveClient.greeted(merchant.url, merchant.publishableKey)));
  for (const client of quick) for (const subscription of subscriptions) client.say(subscription);
  for (const client of quick) for (const _ of subscriptions) await client.next('snapshot');
  let onHand = 1;
  const changeAll = async (): Promise<void> => {
    onHand += 1;
    const { status } = await merchant.call('POST', '/v1/admin/stock/bulk', { items: skus.map((sku) => ({ sku, onHand })) });
    expect(status).toBe(200);
  };
  // what waits to become rows is alive, too, and is not what this is about
  const alive = async () => {
    await until(
      'everything is rows',
      () => sumOf(merchant.url, 'onhand_write_behind_frames'),
      (frames) => frames === 0,
      30_000,
    );
    return liveBytes(server.pid!, memoryFile);
  };
  for (let change = 0; change < firstChanges; change += 1) await changeAll();
  const slow = await RawSocket.open(merchant.url);
  await slow.greet(merchant.publishableKey);
  for (const subscription of subscriptions) slow.say(subscription);
  await until(
    'the slow one has its snapshots',
    () => slow.frames.length,
    (frames) => frames > subscriptions.length,
  );
  const trickle = readByteByByte(slow);
  const [changesBefore, startedAtMs] = [onHand, performance.now()];
  let withSlowOne: number | null = null;
  try {
    await until(
      'the server sends the slow client away',
      async () => {
        await changeAll();
        if ((onHand - changesBefore) % changesPerLook === 0) withSlowOne = await alive();
        return metric(merchant.url, 'onhand_live_closed_total{code="1013"}');
      },
      (closed) => closed === 1,
      sentAwayWithinMs,
    );
    console.log(
      `sent away after ${onHand - changesBefore} changes of ${skus.length} SKUs, ${Math.round(performance.now() - startedAtMs)} ms;`,
    );
    if (withSlowOne === null) throw new Error('nobody looked while the slow one was there');
    const slowOneCosts = withSlowOne - (await alive()); // without it, and with what later changes leave in any case
    console.log(`the slow one: ${Math.round(slowOneCosts / 1_024)} KiB`);
    expect(slowOneCosts).toBeLessThan(slowOneCostsMaxBytes);
    expect(await metric(merchant.url, 'onhand_live_conflated_total')).toBeGreaterThanOrEqual(skus.length); // newest values only, before that
    for (const client of quick) await expectUpToDate(client, onHand);
    expect((await merchant.hold(skus[0]!)).status).toBe(201);
  } finally {
    clearInterval(trickle);
    slow.end();
    for (const client of quick) client.close();
  }
}

async function expectUpToDate(client: LiveClient, onHand: number): Promise<void> {
  await until(
    `everybody else shows ${onHand} of everything`,
    () => shownBy(client),
    (shown) => skus.every((sku) => shown.get(sku) === onHand),
  );
  expect(client.closed).toBeNull();
}

function readByteByByte({ socket }: RawSocket): NodeJS.Timeout {
  socket.pause();
  socket.removeAllListeners('data');
  return setInterval(() => socket.read(1), 1_000);
}

function shownBy(client: LiveClient): ReadonlyMap<string, number> {
  const shown = new Map<string, number>();
  for (const { items = [] } of client.messages) for (const { sku, available } of items) shown.set(sku, available);
  return shown;
}

async function metric(url: string, name: string): Promise<number> {
  const line = (await metrics(url)).find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** Of all shards. */
async function sumOf(url: string, name: string): Promise<number> {
  const lines = (await metrics(url)).filter((candidate) => candidate.startsWith(`${name}{`));
  if (lines.length === 0) throw new Error(`nothing is said of ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

async function metrics(url: string): Promise<string[]> {
  return (await (await fetch(`${url}/metrics`)).text()).split('\n');
}
