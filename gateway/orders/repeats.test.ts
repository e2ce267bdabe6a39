/** Who repeats a request hears how its order is: also while the store is paused, and where the first answer was lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../runtime/router/port.ts';
import type { Answered } from '../../testing/gateway-world.ts';
import { openOrderWorld, type OrderWorld } from '../../testing/order-world.ts';

let shop: OrderWorld;
let buyer: string;
/** Instead of what an order says to its `place`; null: that is heard. */
let instead: Outcome | null = null;

beforeAll(async () => {
  shop = await openOrderWorld({
    router: (node) => ({
      send: (envelope, answer) =>
        node.send(envelope, (outcome) => answer(instead !== null && envelope.command.type === 'place' ? instead : outcome)),
    }),
  });
  buyer = await shop.world.newBuyer();
});
afterAll(() => shop[Symbol.asyncDispose]());

const whole = { name: 'Ann Buyer', line1: '1 Way', city: 'Ghent', postalCode: '9000', country: 'BE' };

function post(path: string, body: object, idempotencyKey: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  return shop.world.call('POST', path, { key: shop.world.demo.publishableKey, buyer, body, idempotencyKey, headers });
}

let wishes = 0;

/** A checkout of two of five units of an SKU of its own, under a key of its own. */
async function wish(more: object = {}) {
  const sku = `sku-${++wishes}`;
  await shop.world.receive(sku, 5);
  const body = { lines: [{ sku, quantity: 2 }], email: 'ann@example.com', shippingAddress: whole, paymentMethod: 'pm_card_visa', ...more };
  const send = (other: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answered> =>
    post('/v1/checkouts', { ...body, ...other }, `key of ${sku}`, headers);
  const available = async () => (await shop.world.books(sku))?.available;
  return { sku, send, available };
}

async function whilePaused(work: () => Promise<void>): Promise<void> {
  const set = async (to: 'pause' | 'resume') => expect((await shop.world.call('POST', `/v1/admin/store/${to}`)).status).toBe(200);
  await set('pause');
  try {
    await work();
  } finally {
    await set('resume');
  }
}

/** What is the same however often it is said. */
function heardIn({ status, headers, body }: Answered): object {
  const { code, orderId, number, orderStatus, nextAction, sku, decline } = body;
  const said = ['idempotent-replayed', 'onhand-attempt', 'onhand-order', 'location'].map((name) => headers.get(name));
  return { status, said, body: { status: body.status, code, orderId, number, orderStatus, nextAction, sku, decline } };
}

async function samePausedAsOpen(repeat: () => Promise<Answered>): Promise<Answered> {
  const open = await repeat();
  await whilePaused(async () => expect(heardIn(await repeat())).toEqual(heardIn(open)));
  return open;
}

const declined = { paymentMethod: 'pm_card_visa_chargeDeclined' };
const secure = { paymentMethod: 'pm_card_authenticationRequired', returnUrl: 'https://shop.example/back' };

describe('a checkout in a paused store', () => {
  test('that is new is refused, and takes no unit', async () => {
    const { send, available } = await wish();
    await whilePaused(async () => expect((await send()).body.code).toBe('store_paused'));
    expect(await available()).toBe(5);
    expect((await send()).status).toBe(201);
  });

  test('that is repeated is the order it was; with another body it is none', async () => {
    const { send, available } = await wish();
    const first = await send();
    const again = await samePausedAsOpen(send);
    expect([again.status, again.body.orderId, again.headers.get('idempotent-replayed')]).toEqual([201, first.body.orderId, 'true']);
    const other = await samePausedAsOpen(() => send({ email: 'other@example.com' }));
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await available()).toBe(3);
  });

  test('that waits for its buyer still says where to go', async () => {
    const { send } = await wish(secure);
    await send();
    const again = await samePausedAsOpen(send);
    expect([again.status, again.body.status]).toEqual([202, 'requires_action']);
    expect(again.body.nextAction).toMatchObject({ type: 'redirect' });
  });

  test('that was declined and keeps its units says so', async () => {
    shop.settings.keepsUnitsOnDecline = true;
    try {
      const { send } = await wish(declined);
      await send();
      expect((await samePausedAsOpen(send)).body.code).toBe('payment_failed');
    } finally {
      shop.settings.keepsUnitsOnDecline = false;
    }
  });

  test('that was canceled has ended', async () => {
    const { send } = await wish();
    const { orderId } = (await send()).body;
    expect((await post(`/v1/orders/${String(orderId)}/cancel`, {}, 'cancel')).body.status).toBe('canceled');
    const again = await samePausedAsOpen(send);
    expect([again.status, again.body.code, again.body.orderStatus]).toEqual([409, 'order_ended', 'canceled']);
  });

  test('that was refused is told as it was where its try is named, and is not tried again', async () => {
    const { sku, send, available } = await wish();
    const lines = [{ sku, quantity: 6 }];
    expect((await send({ lines })).body.code).toBe('insufficient_stock');
    await shop.world.receive(sku, 5);
    const copy = await samePausedAsOpen(() => send({ lines }, { 'onhand-attempt': '1' }));
    expect([copy.body.code, copy.headers.get('onhand-attempt')]).toEqual(['insufficient_stock', '1']);
    await whilePaused(async () => {
      for (const headers of [{}, { 'onhand-attempt': '2' }, { 'onhand-attempt': '3' }])
        expect((await send({ lines }, headers)).body.code).toBe('store_paused');
      expect((await send({}, { 'onhand-attempt': '2' })).body.code).toBe('idempotency_key_reused');
    });
    expect(await available()).toBe(10);
    expect((await send({ lines }, { 'onhand-attempt': '2' })).status).toBe(201);
  });
});

describe('paying in a paused store', () => {
  async function declinedOrder() {
    const { send, available } = await wish(declined);
    const path = `/v1/orders/${String((await send()).body.orderId)}/pay`;
    const pay = (key: string, more: object = {}) => post(path, { paymentMethod: 'pm_card_visa', ...more }, key);
    return { path, pay, available };
  }

  test('with a key that paid says how the order is; with another body or another key it pays nothing', async () => {
    const { pay, available } = await declinedOrder();
    const refused = await pay('first', declined);
    expect((await samePausedAsOpen(() => pay('first', declined))).body.code).toBe('payment_failed');
    await whilePaused(async () => expect((await pay('second')).body.code).toBe('store_paused'));
    expect([refused.status, await available()]).toEqual([402, 5]);
    expect((await pay('second')).status).toBe(201);
    const again = await samePausedAsOpen(() => pay('second'));
    expect([again.status, again.body.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'confirmed', 'true']);
    const other = await samePausedAsOpen(() => pay('second', declined));
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    await whilePaused(async () => expect((await pay('third')).body.code).toBe('store_paused'));
  });

  test('an order of somebody else sounds like one that does not exist', async () => {
    const { path } = await declinedOrder();
    const stranger = await shop.world.newBuyer();
    const pay = (of: string) =>
      shop.world.call('POST', of, { key: shop.world.demo.publishableKey, buyer: stranger, body: { paymentMethod: 'pm_card_visa' } });
    await whilePaused(async () => {
      const none = await pay('/v1/orders/order_00000000-0000-8000-8000-000000000000/pay');
      expect(heardIn(await pay(path))).toMatchObject({ status: none.status, body: { code: none.body.code } });
    });
  });
});

test('an order that was canceled while its answer was lost has ended', async () => {
  const { send } = await wish();
  const { orderId } = (await send()).body;
  instead = { kind: 'unavailable', code: 'outcome_unknown', retryAfterMs: 1_000 };
  try {
    expect((await send()).status).toBe(201);
    await post(`/v1/orders/${String(orderId)}/cancel`, {}, 'cancel lost');
    const ended = await send();
    expect([ended.status, ended.body.code, ended.body.orderStatus]).toEqual([409, 'order_ended', 'canceled']);
  } finally {
    instead = null;
  }
});
