/** More checkouts than may be under way: who waits, who is told to come again, and what that leaves behind. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOrderWorld, type OrderWorld } from '../../testing/order-world.ts';
import type { Answered } from '../../testing/gateway-world.ts';
import { until } from '../../testing/until.ts';

let shop: OrderWorld;
let buyer: string;
let gate = (): Promise<void> => Promise.resolve();
let begun = 0;

beforeAll(async () => {
  shop = await openOrderWorld({
    admission: { leastMax: 1, startMax: 1, mostMax: 1, waitingMax: 1, leavingMax: 0 },
    beforeCheckout() {
      begun += 1;
      return gate();
    },
  });
  buyer = await shop.world.newBuyer();
  await shop.world.receive('sku-001', 5);
});
afterAll(() => shop[Symbol.asyncDispose]());

const whole = { name: 'Ann Buyer', line1: '1 Way', city: 'Ghent', postalCode: '9000', country: 'BE' };

function checkout(idempotencyKey: string, more: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const body = {
    lines: [{ sku: 'sku-001', quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: whole,
    paymentMethod: 'pm_card_visa',
    ...more,
  };
  return shop.world.call('POST', '/v1/checkouts', { key: shop.world.demo.publishableKey, buyer, body, idempotencyKey, headers });
}

function heldUp(): () => void {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  gate = () => opened;
  return open;
}

const underWay = (count: number) =>
  until(
    `${count} begun`,
    () => begun,
    (now) => now === count,
  );

test('one is under way, one waits, the next is told when to come and has made no order; then its key is as new', async () => {
  const open = heldUp();
  const first = checkout('first');
  await underWay(1);
  // either of the two waits, whichever comes first
  const others = [checkout('second'), checkout('third')];
  const turnedAway = await Promise.race(others);
  expect([turnedAway.status, turnedAway.body.code]).toEqual([503, 'overloaded']);
  expect(Number(turnedAway.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(turnedAway.headers.get('onhand-order')).toBeNull();
  open();
  expect((await first).status).toBe(201);
  const answers = await Promise.all(others);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 503]);
  expect(begun).toBe(2);
  const again = await checkout(answers[0]!.status === 503 ? 'second' : 'third');
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
  expect((await shop.world.books('sku-001'))?.levels[0]).toMatchObject({ committed: 3, held: 0, available: 2 });
});

test('a checkout that fails on its way leaves its place to the next', async () => {
  gate = () => Promise.reject(new Error('the settings cannot be read'));
  expect((await checkout('fails')).status).toBe(500);
  gate = () => Promise.resolve();
  expect((await checkout('goes on')).status).toBe(201);
});

test('an order that stands is told as it is, however full it is; one that failed, other words and other keys are turned away', async () => {
  gate = () => Promise.resolve();
  await shop.world.receive('sku-001', 10);
  const declined = { paymentMethod: 'pm_card_visa_chargeDeclined' };
  expect((await checkout('declined', declined)).status).toBe(402);
  const bought = await checkout('bought');
  expect(bought.status).toBe(201);
  const canceled = await checkout('canceled');
  expect((await shop.world.call('POST', `/v1/orders/${String(canceled.body.orderId)}/cancel`)).body.status).toBe('canceled');

  begun = 0;
  const open = heldUp();
  const inTheWay = checkout('in the way');
  await underWay(1);
  const others = [checkout('one'), checkout('other')];
  expect((await Promise.race(others)).status).toBe(503); // so the other one waits
  const again = await checkout('bought');
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(again.body.orderId).toBe(bought.body.orderId);
  expect((await checkout('bought', {}, { 'onhand-attempt': '1' })).status).toBe(201);
  const ended = await checkout('canceled');
  expect([ended.status, ended.body.code, ended.body.orderStatus]).toEqual([409, 'order_ended', 'canceled']);
  expect(ended.headers.get('onhand-order')).toBe(canceled.body.orderId);
  expect((await checkout('bought', {}, { 'onhand-attempt': '2' })).body.code).toBe('overloaded');
  expect((await checkout('bought', { email: 'other@example.com' })).body.code).toBe('overloaded');
  expect((await checkout('declined', declined)).body.code).toBe('overloaded');
  expect(begun).toBe(1);
  open();
  await Promise.all([inTheWay, ...others]);
});
