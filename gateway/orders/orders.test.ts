/** Checkouts and orders over HTTP, from the first request to the last refund, with everything real but prices and the bank. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CartCommand, CartLine } from '../../actors/cart/commands.ts';
import { actorId } from '../../actors/kernel/index.ts';
import { ask } from '../../runtime/router/port.ts';
import { openOrderWorld, type OrderWorld } from '../../testing/order-world.ts';
import type { Answered } from '../../testing/gateway-world.ts';
import { unitPriceMinorOf } from '../../testing/simulation/prices.ts';

let shop: OrderWorld;
let buyer: string;

beforeAll(async () => {
  shop = await openOrderWorld();
  buyer = await shop.world.newBuyer();
});
afterAll(() => shop[Symbol.asyncDispose]());

const whole = { name: 'Ann Buyer', line1: '1 Way', city: 'Ghent', postalCode: '9000', country: 'BE' };

interface Asked {
  readonly idempotencyKey?: string;
  readonly buyer?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function asBuyer(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<Answered> {
  return shop.world.call(method, path, { key: shop.world.demo.publishableKey, buyer, ...(body === undefined ? {} : { body }), ...asked });
}

function asMerchant(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<Answered> {
  return shop.world.call(method, path, { ...(body === undefined ? {} : { body }), ...asked });
}

function checkout(sku: string, more: object = {}, asked: Asked = {}): Promise<Answered> {
  const body = { lines: [{ sku, quantity: 2 }], email: 'ann@example.com', shippingAddress: whole, paymentMethod: 'pm_card_visa', ...more };
  return asBuyer('POST', '/v1/checkouts', body, asked);
}

let skus = 0;

/** An SKU of its own, five units of it. */
async function received(): Promise<string> {
  skus += 1;
  const sku = `sku-${String(skus).padStart(3, '0')}`;
  await shop.world.receive(sku, 5);
  return sku;
}

/** The merchant's own, as it was shown then. */
async function cartOf(line: CartLine): Promise<string> {
  const actor = actorId('cart', shop.world.demo.storeId, `cart_${randomUUID()}`);
  const command: CartCommand = { type: 'create', buyer: null, currency: 'USD', lines: [line], fingerprint: 'f' };
  expect((await ask(shop.world.node, { actor, command, class: 'client', waitMs: 10_000 })).kind).toBe('reply');
  return actor.id;
}

/** Confirmed, and the money is here: only then it is shipped. */
async function bought(more: object = {}): Promise<{ readonly sku: string; readonly path: string; readonly answer: Answered }> {
  const sku = await received();
  const answer = await checkout(sku, more);
  expect(answer.status).toBe(201);
  const path = `/v1/orders/${String(answer.body.orderId)}`;
  await expect.poll(async () => (await asBuyer('GET', path)).body.paymentStatus, { timeout: 10_000 }).toBe('captured');
  return { sku, path, answer };
}

const priceMinor = unitPriceMinorOf('sku-001');
const totalMinor = 2 * priceMinor + 490;
const money = (amountMinor: number) => ({ amountMinor, currency: 'USD' });
const admin = (path: string): string => path.replace('/v1/', '/v1/admin/');

describe('a checkout', () => {
  test('that is paid is a confirmed order with a number; its units are sold', async () => {
    const { sku, path, answer } = await bought();
    expect(answer.headers.get('location')).toBe(path);
    expect(answer.body).toMatchObject({ status: 'confirmed', total: money(totalMinor) });
    expect(answer.body.number).toBeGreaterThan(0);
    expect((await shop.world.books(sku))?.levels[0]).toMatchObject({ committed: 2, held: 0, available: 3 });
    expect((await asBuyer('GET', path)).body).toMatchObject({ number: answer.body.number, captured: money(totalMinor) });
  });

  test('with the same key is the same order, and with the same key and another body none', async () => {
    const sku = await received();
    const first = await checkout(sku, {}, { idempotencyKey: 'once' });
    const again = await checkout(sku, {}, { idempotencyKey: 'once' });
    expect([again.status, again.body.orderId, again.body.number]).toEqual([201, first.body.orderId, first.body.number]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await shop.world.books(sku))?.available).toBe(3);
    expect((await checkout(sku, { email: 'other@example.com' }, { idempotencyKey: 'once' })).body.code).toBe('idempotency_key_reused');
  });

  test('that was refused is tried again under its key; a copy of a try that was made is answered as it was then', async () => {
    const sku = await received();
    const wish = { lines: [{ sku, quantity: 6 }] };
    const first = await checkout(sku, wish, { idempotencyKey: 'short' });
    expect([first.status, first.body.code, first.headers.get('onhand-attempt')]).toEqual([409, 'insufficient_stock', null]);
    await shop.world.receive(sku, 5);
    const copy = await checkout(sku, wish, { idempotencyKey: 'short', headers: { 'onhand-attempt': '1' } });
    expect([copy.status, copy.body.code, copy.body.sku]).toEqual([409, 'insufficient_stock', sku]);
    expect([copy.headers.get('onhand-attempt'), copy.headers.get('idempotent-replayed')]).toEqual(['1', 'true']);
    expect((await shop.world.books(sku))?.available).toBe(10);
    const again = await checkout(sku, wish, { idempotencyKey: 'short' });
    expect([again.status, again.body.status, again.headers.get('onhand-attempt')]).toEqual([201, 'confirmed', '2']);
    for (const attempt of ['0', '-1', 'one'])
      expect((await checkout(sku, wish, { headers: { 'onhand-attempt': attempt } })).body.code).toBe('validation_failed');
  });

  test('that is declined says so; no unit is sold and no money taken', async () => {
    const sku = await received();
    const { status, body } = await checkout(sku, { paymentMethod: 'pm_card_visa_chargeDeclined' });
    expect([status, body.code]).toEqual([402, 'payment_failed']);
    const order = await asBuyer('GET', `/v1/orders/${String(body.orderId)}`);
    expect(order.body).toMatchObject({ number: null, captured: money(0) });
    expect((await shop.world.books(sku))?.levels[0]).toMatchObject({ committed: 0 });
  });

  test('that is declined keeps its units where the store says so, until it is paid otherwise', async () => {
    shop.settings.keepsUnitsOnDecline = true;
    try {
      const sku = await received();
      const { status, body } = await checkout(sku, { paymentMethod: 'pm_card_visa_chargeDeclined' });
      expect([status, body.code]).toEqual([402, 'payment_failed']);
      expect((await shop.world.books(sku))?.levels[0]).toMatchObject({ held: 2, available: 3 });
      const paid = await asBuyer('POST', `/v1/orders/${String(body.orderId)}/pay`, { paymentMethod: 'pm_card_visa' });
      expect([paid.status, paid.body.status]).toEqual([201, 'confirmed']);
    } finally {
      shop.settings.keepsUnitsOnDecline = false;
    }
  });

  test('that needs the buyer says where to go, and is confirmed once the bank has heard them', async () => {
    const sku = await received();
    const { status, body } = await checkout(sku, {
      paymentMethod: 'pm_card_authenticationRequired',
      returnUrl: 'https://shop.example/back',
    });
    expect([status, body.status]).toEqual([202, 'requires_action']);
    expect(body.nextAction).toMatchObject({ type: 'redirect' });
    const path = `/v1/orders/${String(body.orderId)}`;
    const intent = shop.payments.totals().find(({ orderId }) => orderId === body.orderId)!;
    expect(shop.payments.finishAction(intent.intentId, 'authorise')).toBe(true);
    await expect.poll(async () => (await asBuyer('GET', path)).body.status, { timeout: 10_000 }).toBe('confirmed');
  });

  test('of more than there is, of a total that is none any more, or of nothing known is refused and leaves nothing', async () => {
    const sku = await received();
    const tooMany = await checkout(sku, { lines: [{ sku, quantity: 6 }] });
    expect([tooMany.status, tooMany.body.code, tooMany.body.sku]).toEqual([409, 'insufficient_stock', sku]);
    const dearer = await checkout(sku, { expectedTotal: money(1) });
    expect([dearer.body.code, dearer.body.total]).toEqual(['price_changed', money(totalMinor)]);
    expect((await checkout(sku, { expectedTotal: { amountMinor: 1, currency: 'EUR' } })).body.code).toBe('validation_failed');
    expect((await checkout('nobody has this')).body.code).toBe('sku_unknown');
    await expect.poll(async () => (await shop.world.books(sku))?.available, { timeout: 10_000 }).toBe(5);
  });

  test('says which prices differ from those that were shown, as `price_changed` does; and nothing where none does', async () => {
    const sku = await received();
    const lines = [{ sku, quantity: 1, shownUnitPriceMinor: priceMinor - 1 }];
    const changed = [{ sku, shownUnitPriceMinor: priceMinor - 1, unitPriceMinor: priceMinor }];
    expect((await checkout(sku, { lines, expectedTotal: money(1) })).body).toMatchObject({ code: 'price_changed', changed });
    const { status, body } = await checkout(sku, { lines });
    expect([status, body.changed]).toEqual([201, changed]);
    expect((await asBuyer('GET', `/v1/orders/${String(body.orderId)}`)).body.changed).toEqual(changed);
    const same = await checkout(sku, { lines: [{ sku, quantity: 1, shownUnitPriceMinor: priceMinor }] });
    expect([same.status, 'changed' in same.body]).toEqual([201, false]);
  });

  test('of a cart whose prices have risen says so, where nobody said what to expect', async () => {
    const sku = await received();
    const cartId = await cartOf({ sku, quantity: 1, shownUnitPriceMinor: 1, holdId: null });
    const body = { cartId, email: 'ann@example.com', shippingAddress: whole, paymentMethod: 'pm_card_visa' };
    const answer = await asMerchant('POST', '/v1/checkouts', body);
    expect([answer.status, answer.body.changed]).toEqual([201, [{ sku, shownUnitPriceMinor: 1, unitPriceMinor: priceMinor }]]);
  });

  test('reads codes as pricing does: without blanks around, in capitals, each once', async () => {
    await shop.defineCode('TENTH OFF', 1);
    const { answer } = await bought({ codes: [' tenth off ', 'Tenth Off'] });
    expect(answer.body.discounts).toMatchObject([{ code: 'TENTH OFF' }]);
    expect(await shop.usesOf('TENTH OFF')).toBe(1);
    const sku = await received();
    const second = await checkout(sku, { codes: ['TENTH OFF'] });
    expect([second.status, second.body.code, second.body.discountCode, second.body.sku]).toEqual([
      409,
      'coupon_used_up',
      'TENTH OFF',
      undefined,
    ]);
    const unknown = await checkout(sku, { codes: ['nobody has this'] });
    expect(unknown.body).toMatchObject({ code: 'coupon_unknown', discountCode: 'NOBODY HAS THIS' });
    await expect.poll(async () => (await shop.world.books(sku))?.available, { timeout: 10_000 }).toBe(5);
  });
});

describe('one key', () => {
  const reused = [422, 'idempotency_key_reused'];

  test('pays at most once, and with one card', async () => {
    const sku = await received();
    const { body } = await checkout(sku, { paymentMethod: 'pm_card_visa_chargeDeclined' });
    const path = `/v1/orders/${String(body.orderId)}/pay`;
    const pay = (paymentMethod: string, idempotencyKey: string) => asBuyer('POST', path, { paymentMethod }, { idempotencyKey });
    const declined = await pay('pm_card_visa_chargeDeclined', 'pay-1');
    expect([declined.status, declined.body.code]).toEqual([402, 'payment_failed']);
    const again = await pay('pm_card_visa_chargeDeclined', 'pay-1');
    expect([again.status, again.body.code]).toEqual([402, 'payment_failed']);
    expect(shop.payments.totals().filter(({ orderId }) => orderId === body.orderId)).toHaveLength(2);
    const other = await pay('pm_card_visa', 'pay-1');
    expect([other.status, other.body.code]).toEqual(reused);
    expect((await pay('pm_card_visa', 'pay-2')).status).toBe(201);
  });

  test('does one thing to an order: another body is another wish', async () => {
    const { sku, path } = await bought();
    await asMerchant('POST', `${admin(path)}/fulfil`);
    const once = { idempotencyKey: 'one key' };
    const returning = (quantity: number) => asBuyer('POST', `${path}/returns`, { lines: [{ sku, quantity }], reason: 'too small' }, once);
    expect((await returning(1)).status).toBe(201);
    const refunding = (amountMinor: number) =>
      asMerchant('POST', `${admin(path)}/refund`, { amount: money(amountMinor), reason: 'sorry' }, once);
    expect((await refunding(10)).status).toBe(200);
    for (const answer of [await returning(2), await refunding(11)]) expect([answer.status, answer.body.code]).toEqual(reused);
  });

  test('cancels an order for one reason', async () => {
    const { path } = await bought();
    const cancel = (reason: string) => asBuyer('POST', `${path}/cancel`, { reason }, { idempotencyKey: 'cancel' });
    expect((await cancel('too blue')).body.status).toBe('canceled');
    const other = await cancel('too red');
    expect([other.status, other.body.code]).toEqual(reused);
    expect((await cancel('too blue')).body.status).toBe('canceled');
  });
});

describe('an order', () => {
  test('of another buyer, or of no such id, looks like one that does not exist', async () => {
    const { path } = await bought();
    const stranger = { buyer: await shop.world.newBuyer() };
    for (const [method, of] of [
      ['GET', path],
      ['POST', `${path}/cancel`],
      ['GET', '/v1/orders/order_00000000-0000-8000-8000-000000000000'],
      ['GET', '/v1/orders/anything'],
    ] as const) {
      const { status, body } = await asBuyer(method, of, undefined, stranger);
      expect([method, of, status, body.code]).toEqual([method, of, 404, 'order_unknown']);
    }
    expect((await asMerchant('GET', path)).status).toBe(200);
  });

  test('that is canceled gives units, uses and money back, once', async () => {
    await shop.defineCode('GO BACK', 1);
    const { sku, path } = await bought({ codes: ['GO BACK'] });
    expect(await shop.usesOf('GO BACK')).toBe(1);
    for (const _ of ['first', 'again']) {
      const { status, body } = await asBuyer('POST', `${path}/cancel`, { reason: 'too blue' });
      expect([status, body.status]).toEqual([200, 'canceled']);
    }
    await expect.poll(async () => (await asBuyer('GET', path)).body.refunded, { timeout: 10_000 }).toEqual(money(totalMinor));
    await expect.poll(async () => (await shop.world.books(sku))?.available, { timeout: 10_000 }).toBe(5);
    await expect.poll(() => shop.usesOf('GO BACK'), { timeout: 10_000 }).toBe(0);
  });

  test('is shipped, delivered, sent back, received and refunded', async () => {
    const { sku, path } = await bought();
    const tracking = { carrier: 'Post', number: '1' };
    const one = await asMerchant('POST', `${admin(path)}/fulfil`, { lines: [{ sku, quantity: 1 }], tracking });
    expect([one.status, one.body.status]).toEqual([200, 'partially_shipped']);
    expect((await asBuyer('POST', `${path}/cancel`)).body.code).toBe('already_shipped');
    const rest = await asMerchant('POST', `${admin(path)}/fulfil`);
    expect(rest.body.status).toBe('shipped');
    const shipments = rest.body.shipments as readonly { readonly shipmentId: string }[];
    expect(shipments).toHaveLength(2);
    for (const { shipmentId } of shipments) await asMerchant('POST', `${admin(path)}/deliver`, { shipmentId });
    expect((await asBuyer('GET', path)).body.status).toBe('delivered');
    expect((await asMerchant('POST', `${admin(path)}/deliver`, { shipmentId: 'none' })).body.code).toBe('shipment_unknown');

    const asked = await asBuyer('POST', `${path}/returns`, { lines: [{ sku, quantity: 1 }], reason: 'too small' });
    expect(asked.status).toBe(201);
    const [{ returnId }] = asked.body.returns as [{ readonly returnId: string }];
    expect((await asBuyer('POST', `${path}/returns`, { lines: [{ sku, quantity: 2 }], reason: 'more' })).body.code).toBe('units_exceeded');
    expect((await asMerchant('POST', `${admin(path)}/receive-return`, { returnId, location: 'nowhere' })).body.code).toBe(
      'location_unknown',
    );
    expect((await asMerchant('POST', `${admin(path)}/receive-return`, { returnId: 'none' })).body.code).toBe('return_unknown');
    expect((await asMerchant('POST', `${admin(path)}/receive-return`, { returnId })).status).toBe(200);
    await expect.poll(async () => (await asBuyer('GET', path)).body.refunded, { timeout: 10_000 }).toEqual(money(priceMinor));
    await expect.poll(async () => (await shop.world.books(sku))?.available, { timeout: 10_000 }).toBe(4);

    const refund = { amount: money(100), reason: 'for the trouble' };
    expect((await asMerchant('POST', `${admin(path)}/refund`, refund, { idempotencyKey: 'trouble' })).status).toBe(200);
    expect((await asMerchant('POST', `${admin(path)}/refund`, refund, { idempotencyKey: 'trouble' })).status).toBe(200);
    await expect.poll(async () => (await asBuyer('GET', path)).body.refunded, { timeout: 10_000 }).toEqual(money(priceMinor + 100));
    expect((await asMerchant('POST', `${admin(path)}/refund`, { amount: money(totalMinor), reason: 'all' })).body.code).toBe(
      'refund_exceeds_captured',
    );
  });

  test('says when a refund has come back, which is then tried again', async () => {
    const { path, answer } = await bought();
    await asMerchant('POST', `${admin(path)}/refund`, { amount: money(100), reason: 'sorry' });
    const seen = async () => (await asBuyer('GET', path)).body as unknown as { paymentStatus: string; refunds: { refundId: string }[] };
    await expect.poll(async () => (await seen()).paymentStatus, { timeout: 10_000 }).toBe('partially_refunded');
    const [{ refundId }] = (await seen()).refunds as [{ refundId: string }];
    const intent = shop.payments.totals().find(({ orderId }) => orderId === answer.body.orderId)!;
    expect(shop.payments.returnRefund(intent.intentId, refundId)).toBe(true);
    await expect.poll(async () => (await seen()).paymentStatus, { timeout: 10_000 }).toBe('refund_failed');
    expect(await seen()).toMatchObject({ refunded: money(0), refunds: [{ refundId, status: 'failed', amount: money(100) }] });
    const retry = (id: string) => asMerchant('POST', `${admin(path)}/refunds/${id}/retry`);
    expect((await retry('refund_0')).body.code).toBe('refund_unknown');
    expect((await asBuyer('POST', `${admin(path)}/refunds/${refundId}/retry`)).status).toBe(403);
    expect((await retry(refundId)).status).toBe(200);
    await expect.poll(async () => (await seen()).paymentStatus, { timeout: 10_000 }).toBe('partially_refunded');
    expect(await seen()).toMatchObject({ refunded: money(100), refunds: [{ refundId, status: 'done' }] });
  });

  test('is refunded in its own currency, whatever the store sells in by now', async () => {
    const euros = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
    shop.settings.currency = 'EUR';
    try {
      const { sku, path } = await bought();
      await asMerchant('POST', `${admin(path)}/fulfil`);
      const asked = await asBuyer('POST', `${path}/returns`, { lines: [{ sku, quantity: 1 }], reason: 'too small' });
      const [{ returnId }] = asked.body.returns as [{ readonly returnId: string }];
      shop.settings.currency = 'JPY';
      const refund = (amount: object) => asMerchant('POST', `${admin(path)}/refund`, { amount, reason: 'sorry' });
      const receive = (amount: object) => asMerchant('POST', `${admin(path)}/receive-return`, { returnId, refund: amount });
      for (const [answer, pointer] of [
        [await refund({ amountMinor: 100, currency: 'JPY' }), '/amount/currency'],
        [await receive({ amountMinor: 100, currency: 'JPY' }), '/refund/currency'],
      ] as const) {
        expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
        expect(answer.body.errors).toEqual([{ pointer, detail: 'the order is in EUR' }]);
      }
      expect((await refund(euros(100))).status).toBe(200);
      expect((await receive(euros(50))).status).toBe(200);
      await expect.poll(async () => (await asBuyer('GET', path)).body.refunded, { timeout: 10_000 }).toEqual(euros(150));
    } finally {
      shop.settings.currency = 'USD';
    }
  });

  test('that nobody has priced, or nobody knows, has no money to give back', async () => {
    const unknown = '/v1/admin/orders/order_00000000-0000-8000-8000-000000000000';
    const refund = { amount: money(1), reason: 'sorry' };
    for (const path of [unknown, '/v1/admin/orders/anything'])
      expect((await asMerchant('POST', `${path}/refund`, refund)).body.code).toBe('order_unknown');
    const sku = await received();
    const { headers } = await checkout(sku, { lines: [{ sku, quantity: 6 }] });
    const failed = await asMerchant('POST', `/v1/admin/orders/${headers.get('onhand-order')}/refund`, refund);
    expect([failed.status, failed.body.code, failed.body.orderStatus]).toEqual([409, 'order_ended', 'failed']);
  });

  test('is listed for the merchant, page by page, and tells its story', async () => {
    const email = 'listed@example.com';
    const ids: unknown[] = [];
    for (let count = 0; count < 3; count++) {
      ids.unshift((await bought({ email })).answer.body.orderId);
      await shop.world.clock.advance(1_000);
    }
    const listed = async (query: string): Promise<Answered> => asMerchant('GET', `/v1/admin/orders?search=${email}&${query}`);
    await expect.poll(async () => (await listed('')).body.items.length, { timeout: 10_000 }).toBe(3);
    const first = await listed('limit=2');
    const second = await listed(`limit=2&cursor=${first.body.next}`);
    expect([...first.body.items, ...second.body.items].map((order) => (order as unknown as { orderId: string }).orderId)).toEqual(ids);
    expect(second.body.next).toBeNull();
    expect(first.body.items[0]).toMatchObject({ total: money(totalMinor), captured: money(totalMinor), refunded: money(0) });
    expect((await listed('cursor=nonsense')).body.code).toBe('cursor_invalid');
    expect((await listed('status=canceled')).body.items).toEqual([]);

    const path = `/v1/admin/orders/${String(ids[0])}/timeline`;
    const story = (await asMerchant('GET', path)).body.items as unknown as readonly { readonly type: string; readonly version: number }[];
    const types = story.map(({ type }) => type);
    expect(types[0]).toBe('order.placed');
    expect(types).toContain('order.confirmed');
    const { items, next } = (await asMerchant('GET', `${path}?after=${story[0]!.version}&limit=1`)).body;
    expect(items).toEqual([story[1]]);
    expect(next).toBe(story[1]!.version);
    expect((await asBuyer('GET', path)).status).toBe(403);
  });
});
