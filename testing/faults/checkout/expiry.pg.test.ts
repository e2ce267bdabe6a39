/**
 * Payments around the instant at which their time is over (FAULTS 45), at a real server whose buyers have four seconds:
 * an order is paid and stands, or it is given up and nobody's money is kept. Never both, whoever was first.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerUnderTest, startServer } from '../../../load-tests/server.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { until } from '../../until.ts';
import { disagreements } from './audit.ts';
import { type Buyer, Shop } from './shop.ts';

const opening = { 'jar-buttons': 100, 'book-naps': 100, 'jar-honey': 100 };
const proof = 'pm_card_authenticationRequired';
/** From the hold on: the last look after 3 s, given up after 3.5 s, the hold ends after 4.5 s. */
const times = { holdTtlMs: 4_500, commitMarginMs: 1_000, lastLookMs: 500, payTimeMinMs: 500, lookEveryMs: 60_000 };
const payByMs = times.holdTtlMs - times.commitMarginMs - times.lastLookMs;
const around = 500;

let server: ServerUnderTest;
let shop: Shop;

beforeAll(async () => {
  server = await startServer({
    prepare: prepareFolder,
    preload: ['testing/preload/small-limits.ts'],
    environment: { ONHAND_TEST_LIMITS: JSON.stringify(times) },
  });
  shop = await Shop.of(server);
  for (const [sku, units] of Object.entries(opening)) await shop.stock(sku, units);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Waiting {
  readonly buyer: Buyer;
  readonly orderId: string;
  readonly payment: string;
  readonly placedAtMs: number;
}

async function waitingForProof(sku: string): Promise<Waiting> {
  const buyer = await shop.buyer();
  const placedAtMs = performance.now();
  const { body } = await shop.checkout(buyer, { lines: [{ sku, quantity: 1 }], paymentMethod: proof }, randomUUID());
  expect(body['status']).toBe('requires_action');
  const orderId = String(body['orderId']);
  return { buyer, orderId, payment: await shop.waitingPayment(orderId), placedAtMs };
}

/** On a machine that was too slow for the time of one order, of the next one. */
async function provenInTime(sku: string): Promise<Waiting> {
  for (;;) {
    const waiting = await waitingForProof(sku);
    await shop.answers(waiting.payment, 'authorise');
    if (performance.now() < waiting.placedAtMs + payByMs - around) return waiting;
    await resting(waiting.orderId);
  }
}

async function untilMs(instantMs: number): Promise<void> {
  await sleep(Math.max(0, instantMs - performance.now()));
}

function resting(orderId: string) {
  return shop.orderWhen(orderId, 'has come to rest', ({ status, paymentStatus }) =>
    status === 'failed' ? true : status === 'confirmed' && paymentStatus === 'captured',
  );
}

test('proofs given from half a second before to half a second after the deadline end in an order or in nothing', async () => {
  const [lanes, each] = [6, 5];
  const endingOf = async ({ orderId, payment, placedAtMs }: Waiting, index: number): Promise<string> => {
    await untilMs(placedAtMs + payByMs - around + (2 * around * index) / (lanes * each));
    await shop.answers(payment, 'authorise');
    return (await resting(orderId)).status;
  };
  const endings: Promise<string>[] = [];
  // not all at once: on a slow machine the time of the first would be over before the last was placed
  const placing = Array.from({ length: lanes }, async (_, lane) => {
    for (let index = lane; index < lanes * each; index += lanes) {
      const ending = endingOf(await waitingForProof('jar-buttons'), index);
      ending.catch(() => {}); // told below
      endings.push(ending);
    }
  });
  await Promise.all(placing);
  expect(await Promise.all(endings)).toContain('confirmed');
});

test('a proof that nobody was told of is found by the last look', async () => {
  await shop.webhooks({ pause: true });
  const { orderId } = await provenInTime('book-naps');
  expect((await resting(orderId)).status).toBe('confirmed');
  await shop.webhooks({ resume: 'kept' });
});

test('a proof while the order is being given up is voided, and its news changes nothing', async () => {
  await shop.webhooks({ pause: true });
  await shop.misbehave({ kind: 'error_before' }, '/cancel', 2);
  const { orderId, payment, placedAtMs } = await waitingForProof('book-naps');
  await untilMs(placedAtMs + payByMs + times.lastLookMs + 100);
  await shop.answers(payment, 'authorise');
  await shop.webhooks({ resume: 'reversed' });
  expect((await resting(orderId)).status).toBe('failed');
  expect((await shop.paymentsOf(orderId)).map(({ status }) => status)).toEqual(['canceled']);
});

test('nobody who pays nothing keeps units: all are back seconds after the deadline', async () => {
  const before = await shop.available('jar-honey');
  const waiting = await Promise.all(Array.from({ length: 5 }, () => waitingForProof('jar-honey')));
  expect(await shop.available('jar-honey')).toBe(before - waiting.length);
  const back = () => shop.available('jar-honey');
  await until('the units are back', back, (units) => units === before, times.holdTtlMs + 5_000);
});

test('units, orders and money tell the same story', async () => {
  expect(await disagreements(shop, opening)).toEqual([]);
});
