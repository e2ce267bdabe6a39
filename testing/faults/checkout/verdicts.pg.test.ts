/**
 * Whole checkouts against a real server: every buyer hears one definite verdict, and units, orders and money agree
 * afterwards (FAULTS 47, 48, 51).
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerUnderTest, startServer } from '../../../load-tests/server.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { until } from '../../until.ts';
import { disagreements } from './audit.ts';
import { codeOf, type Heard, Shop } from './shop.ts';

/** One test of this file each. */
const opening = { 'globe-compromise': 1, 'lamp-moon': 5, 'kite-patient': 0, 'jar-buttons': 100, 'book-naps': 10, 'hat-captain': 4 };
const backWithinMs = 5_000;

let server: ServerUnderTest;
let shop: Shop;

beforeAll(async () => {
  server = await startServer({ prepare: prepareFolder });
  shop = await Shop.of(server);
  for (const [sku, units] of Object.entries(opening)) await shop.stock(sku, units);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function counted(heard: readonly Heard[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of heard) counts[codeOf(each)] = (counts[codeOf(each)] ?? 0) + 1;
  return counts;
}

test('the last unit is one order; every other buyer hears a refusal and pays nothing', async () => {
  const sku = 'globe-compromise';
  const buyers = await shop.buyers(60);
  const heard = await Promise.all(
    buyers.map((buyer) => {
      const key = randomUUID();
      return shop.settled(() => shop.checkout(buyer, { lines: [{ sku, quantity: 1 }] }, key));
    }),
  );
  expect(counted(heard)).toEqual({ confirmed: 1, insufficient_stock: 59 });
  expect(await shop.available(sku)).toBe(0);
});

test('of several SKUs all are sold or none: what was held goes back when one is sold out', async () => {
  const lines = [
    { sku: 'lamp-moon', quantity: 2 },
    { sku: 'kite-patient', quantity: 1 },
  ];
  const buyers = await shop.buyers(10);
  const heard = await Promise.all(buyers.map((buyer) => shop.settled(() => shop.checkout(buyer, { lines }))));
  expect(counted(heard)).toEqual({ insufficient_stock: 10 });
  const back = () => shop.available('lamp-moon');
  await until('the units of the other SKU are back', back, (units) => units === opening['lamp-moon'], backWithinMs);
});

test('two lines of one SKU are one demand', async () => {
  const twice = (quantity: number) => [
    { sku: 'hat-captain', quantity },
    { sku: 'hat-captain', quantity },
  ];
  const buyer = await shop.buyer();
  expect(codeOf(await shop.checkout(buyer, { lines: twice(3) }))).toBe('insufficient_stock'); // 6 of 4
  const { body } = await shop.checkout(buyer, { lines: twice(2) });
  expect(body).toMatchObject({ status: 'confirmed', lines: [{ sku: 'hat-captain', quantity: 4 }] });
  expect(await shop.available('hat-captain')).toBe(0);
});

test('one key at the same time twenty times: one order, and everybody who is told, is told of it', async () => {
  const buyer = await shop.buyer();
  const wish = { lines: [{ sku: 'jar-buttons', quantity: 1 }] };
  const key = randomUUID();
  const first = await Promise.all(Array.from({ length: 20 }, () => shop.checkout(buyer, wish, key)));
  expect(Object.keys(counted(first)).filter((code) => code !== 'confirmed' && code !== 'in_progress')).toEqual([]);
  const later = await Promise.all(Array.from({ length: 20 }, () => shop.settled(() => shop.checkout(buyer, wish, key))));
  const confirmed = [...first, ...later].filter(({ status }) => status === 201);
  expect(new Set(confirmed.map(({ body }) => body['orderId'])).size).toBe(1);
  expect(later.every(({ headers }) => headers.get('idempotent-replayed') === 'true')).toBe(true);
  const other = await shop.checkout(buyer, { lines: [{ sku: 'jar-buttons', quantity: 2 }] }, key);
  expect([other.status, codeOf(other)]).toEqual([422, 'idempotency_key_reused']);
  const stranger = await shop.settled(() => shop.checkout(null, wish, key)); // the merchant: another scope
  expect(stranger.body['orderId']).not.toBe(confirmed[0]!.body['orderId']);
  expect(await shop.available('jar-buttons')).toBe(opening['jar-buttons'] - 2);
});

test('cancel against confirm: an order ends in one way, whoever was first', async () => {
  const sku = 'book-naps';
  const rounds = await Promise.all(
    (await shop.buyers(10)).map(async (buyer) => {
      const { body } = await shop.checkout(buyer, { lines: [{ sku, quantity: 1 }], paymentMethod: 'pm_card_authenticationRequired' });
      const orderId = String(body['orderId']);
      return { buyer, orderId, payment: await shop.waitingPayment(orderId) };
    }),
  );
  const cancels = await Promise.all(
    rounds.map(async ({ buyer, orderId, payment }) => {
      const cancel = () => shop.call('POST', `/v1/orders/${orderId}/cancel`, { buyer });
      const [, canceled] = await Promise.all([shop.answers(payment, 'authorise'), shop.settled(cancel)]);
      return canceled;
    }),
  );
  for (const [index, { orderId }] of rounds.entries()) {
    expect(codeOf(cancels[index]!)).toBe('canceled'); // before shipping a cancel always wins in the end
    await shop.orderWhen(orderId, 'is canceled', ({ status }) => status === 'canceled');
  }
  const back = () => shop.available(sku);
  await until('all units are back', back, (units) => units === opening[sku], backWithinMs);
});

test('units, orders and money tell the same story', async () => {
  expect(await disagreements(shop, opening)).toEqual([]);
});
