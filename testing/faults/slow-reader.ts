/**
 * What both tests of a slow reader demand: a client of the live socket that takes one byte a second from a real TCP
 * connection, while the stock of everything it watches changes all the time (FAULTS 54).
 */
import { expect } from 'vitest';
import { startServer } from '../../load-tests/server.ts';
import { LiveClient } from '../live-client.ts';
import { until } from '../until.ts';
import { RawSocket } from './fuzz/raw-socket.ts';
import { Merchant } from './merchant.ts';
import { residentBytes } from './process-memory.ts';

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
const memoryGrowsMaxBytes = 160 * 1024 * 1024;
/** Every change is a merchant's command, whose outcome is remembered for a day, whoever watches. */
const rememberedBytesPerChange = 2 * 1024;

export async function expectSlowReaderSentAway({ limits, sentAwayWithinMs }: SlowReaderDemands): Promise<void> {
  await using server = await startServer({
    preload: ['testing/preload/small-limits.ts'],
    environment: { ONHAND_TEST_LIMITS: JSON.stringify(limits) },
  });
  const merchant = await Merchant.of(server);
  await Promise.all(skus.map((sku) => merchant.receive(sku, 1)));
  const quick = await Promise.all(Array.from({ length: quickClients }, () => LiveClient.greeted(merchant.url, merchant.publishableKey)));
  for (const client of quick) for (const subscription of subscriptions) client.say(subscription);
  for (const client of quick) for (const _ of subscriptions) await client.next('snapshot');
  const slow = await RawSocket.open(merchant.url);
  await slow.greet(merchant.publishableKey);
  for (const subscription of subscriptions) slow.say(subscription);
  await until(
    'the slow one has its snapshots',
    () => slow.frames.length,
    (frames) => frames > subscriptions.length,
  );
  const trickle = readByteByByte(slow);
  const memoryBefore = residentBytes(server.pid!);
  const startedAtMs = performance.now();
  let onHand = 1;
  try {
    await until(
      'the server sends the slow client away',
      async () => {
        onHand += 1;
        const { status } = await merchant.call('POST', '/v1/admin/stock/bulk', { items: skus.map((sku) => ({ sku, onHand })) });
        expect(status).toBe(200);
        return metric(merchant.url, 'onhand_live_closed_total{code="1013"}');
      },
      (closed) => closed === 1,
      sentAwayWithinMs,
    );
    console.log(`sent away after ${onHand} changes of ${skus.length} SKUs, ${Math.round(performance.now() - startedAtMs)} ms`);
    const memoryGrew = residentBytes(server.pid!) - memoryBefore;
    expect(memoryGrew).toBeLessThan(memoryGrowsMaxBytes + onHand * skus.length * rememberedBytesPerChange); // I7
    expect(await metric(merchant.url, 'onhand_live_conflated_total')).toBeGreaterThanOrEqual(skus.length); // newest values only, before that
    for (const client of quick) {
      await until(
        `everybody else shows ${onHand} of everything`,
        () => shownBy(client),
        (shown) => skus.every((sku) => shown.get(sku) === onHand),
      );
      expect(client.closed).toBeNull();
    }
    expect((await merchant.hold(skus[0]!)).status).toBe(201);
  } finally {
    clearInterval(trickle);
    slow.end();
    for (const client of quick) client.close();
  }
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
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
