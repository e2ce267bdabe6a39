/** What somebody who means harm tries on checkouts and orders of a real server: other stores, other buyers, other prices, odd texts. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneLineHoldId } from '../../../actors/kernel/index.ts';
import { type ServerUnderTest, startServer } from '../../../load-tests/server.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { until } from '../../until.ts';
import { disagreements } from './audit.ts';
import { type Buyer, codeOf, type Heard, Shop } from './shop.ts';

const sku = 'jar-buttons';
const opening = { [sku]: 1_000 };
const address = { name: 'Eve', line1: '1 Quay Street', city: 'London', postalCode: 'E1 6AN', country: 'GB' };

let server: ServerUnderTest;
let shop: Shop;
let victim: Buyer;
let attacker: Buyer;
let orderId: string;
let totalMinor: number;

beforeAll(async () => {
  server = await startServer({ prepare: prepareFolder });
  shop = await Shop.of(server);
  await shop.stock(sku, opening[sku]);
  [victim, attacker] = (await shop.buyers(2)) as [Buyer, Buyer];
  const { body } = await shop.settled(() => shop.checkout(victim, { lines: [{ sku, quantity: 2 }] }, 'of the victim'));
  orderId = String(body['orderId']);
  totalMinor = (body['total'] as { readonly amountMinor: number }).amountMinor;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function wanting(more: Readonly<Record<string, unknown>>): Promise<Heard> {
  return shop.checkout(attacker, { lines: [{ sku, quantity: 1 }], more });
}

test('an order of somebody else is one that does not exist, to read, to pay, to cancel, to send back', async () => {
  const lines = [{ sku, quantity: 1 }];
  const heard = await Promise.all([
    shop.call('GET', `/v1/orders/${orderId}`, { buyer: attacker }),
    shop.call('POST', `/v1/orders/${orderId}/cancel`, { buyer: attacker }),
    shop.call('POST', `/v1/orders/${orderId}/pay`, { buyer: attacker, body: { paymentMethod: 'pm_card_visa' } }),
    shop.call('POST', `/v1/orders/${orderId}/returns`, { buyer: attacker, body: { lines, reason: 'mine now' } }),
    shop.call('GET', `/v1/orders/${orderId.replace(/.$/, 'x')}`, { buyer: attacker }),
    shop.call('GET', '/v1/orders/order_00000000-0000-8000-8000-000000000000', { buyer: attacker }),
  ]);
  for (const each of heard) expect([each.status, codeOf(each)]).toEqual([404, 'order_unknown']);
});

test('the key of a buyer is not the key of another buyer: nobody gets the order of somebody else by its key', async () => {
  const { body } = await shop.settled(() => shop.checkout(attacker, { lines: [{ sku, quantity: 2 }] }, 'of the victim'));
  expect(body['orderId']).not.toBe(orderId);
});

test('a buyer reaches nothing of the merchant', async () => {
  const attempts: readonly (readonly [string, string, unknown?])[] = [
    ['GET', '/v1/admin/orders'],
    ['GET', `/v1/admin/orders/${orderId}/timeline`],
    ['POST', `/v1/admin/orders/${orderId}/refund`, { reason: 'mine' }],
    ['POST', `/v1/admin/orders/${orderId}/fulfil`, {}],
    ['GET', '/v1/admin/events'],
    ['GET', '/v1/admin/mails'],
    ['GET', '/v1/admin/webhooks'],
  ];
  for (const [method, path, body] of attempts) expect((await shop.call(method, path, { buyer: attacker, body })).status, path).toBe(403);
});

test('another store reaches nothing of this one (I6)', async () => {
  const other = (await server.keys()).find(({ demo }) => !demo)!;
  const as = (method: string, path: string, body?: unknown) => shop.call(method, path, { secretKey: other.secretKey, body });
  const lines = [{ sku, quantity: 1 }];
  const onOrder = await Promise.all([
    as('GET', `/v1/orders/${orderId}`),
    as('POST', `/v1/orders/${orderId}/cancel`),
    as('POST', `/v1/orders/${orderId}/pay`, { paymentMethod: 'pm_card_visa' }),
    as('POST', `/v1/orders/${orderId}/returns`, { lines, reason: 'x' }),
    as('POST', `/v1/admin/orders/${orderId}/fulfil`, {}),
    as('POST', `/v1/admin/orders/${orderId}/refund`, { reason: 'x' }),
    as('POST', `/v1/admin/orders/${orderId}/deliver`, { shipmentId: 'shipment_1' }),
    as('POST', `/v1/admin/orders/${orderId}/receive-return`, { returnId: 'return_1' }),
  ]);
  for (const each of onOrder) expect([each.status, codeOf(each)]).toEqual([404, 'order_unknown']);
  const events = () => shop.call('GET', '/v1/admin/events');
  await until('the own events are numbered', events, ({ body }) => (body['items'] as readonly unknown[]).length > 0);
  for (const path of ['orders', `orders/${orderId}/timeline`, 'events', 'mails', 'webhooks', 'orders?search=ada'])
    expect((await as('GET', `/v1/admin/${path}`)).body['items'], path).toEqual([]);
  const response = await fetch(`${server.url}/v1/orders/${orderId}`, {
    headers: { authorization: `Bearer ${other.publishableKey}`, 'onhand-buyer': victim.token },
  });
  expect(response.status).toBe(401); // the token is of a buyer of another store
});

test.each([
  ['a price of its own', { unitPriceMinor: 1 }],
  ['a total of its own', { total: { amountMinor: 1, currency: 'GBP' } }],
  ['another account to be paid', { account: 'acct_eve' }],
  ['a fee of its own', { feeMillionths: 0 }],
  ['the units for ever', { keepsUnitsOnDecline: true }],
  ['another buyer', { buyer: 'somebody' }],
  ['another currency', { currency: 'JPY' }],
  ['a total in another currency', { expectedTotal: { amountMinor: 1, currency: 'USD' } }],
  ['a negative total', { expectedTotal: { amountMinor: -1, currency: 'GBP' } }],
  ['two recipients', { email: 'a@example.com, b@example.com' }],
  ['a header in the e-mail', { email: 'a@example.com\r\nBcc: b@example.com' }],
  ['a script to return to', { returnUrl: 'javascript:alert(1)' }],
  ['a file to return to', { returnUrl: 'file:///etc/passwd' }],
  ['a NUL in the name', { shippingAddress: { ...address, name: 'a\u0000b' } }],
  ['half a character in the name', { shippingAddress: { ...address, name: 'a\ud800b' } }],
  ['a NUL in the city', { shippingAddress: { ...address, city: '\u0000' } }],
  ['a NUL in the postal code', { shippingAddress: { ...address, postalCode: '\u0000' } }],
  ['a line break in the name', { shippingAddress: { ...address, name: 'Eve\nSent by the bank' } }],
  ['a NUL in the payment method', { paymentMethod: 'pm_\u0000' }],
  ['a NUL in the shipping method', { shippingMethod: 'x\u0000' }],
  ['a NUL in a code', { codes: ['\u0000'] }],
  ['half a character in a code', { codes: ['\udc00'] }],
  ['a negative quantity', { lines: [{ sku, quantity: -1 }] }],
  ['no quantity', { lines: [{ sku, quantity: 0 }] }],
  ['half a unit', { lines: [{ sku, quantity: 0.5 }] }],
  ['a quantity beyond numbers', { lines: [{ sku, quantity: 2 ** 60 }] }],
])('%s is refused in shape', async (_what, more) => {
  const heard = await wanting(more);
  expect([400, 422], codeOf(heard)).toContain(heard.status);
});

test('prices of lines, and what else a merchant may agree with a buyer, need the secret key', async () => {
  const heard = await wanting({ lines: [{ sku, quantity: 1, unitPriceMinor: 1 }] });
  expect([heard.status, codeOf(heard)]).toEqual([403, 'secret_key_required']);
});

test('a hold, a cart and an order are used by their buyer alone', async () => {
  const held = await shop.call('POST', '/v1/holds', { buyer: victim, body: { sku, quantity: 5, ttlSeconds: 600 } });
  const absorbs = String(held.body['holdId']);
  const before = await shop.available(sku);
  const own = await shop.settled(() =>
    shop.checkout(attacker, { lines: [{ sku, quantity: 1 }], more: { lines: [{ sku, quantity: 1, absorbs }] } }),
  );
  expect([201, 404, 409], codeOf(own)).toContain(own.status);
  const hold = await shop.call('GET', `/v1/holds/${absorbs}`, { buyer: victim });
  expect(hold.body).toMatchObject({ status: 'held' }); // the victim's own is untouched
  expect(await shop.available(sku)).toBe(own.status === 201 ? before - 1 : before);
  await shop.call('DELETE', `/v1/holds/${absorbs}`, { buyer: victim });
});

test('a cart is checked out by its buyer alone, once, and at the prices of the shop', async () => {
  const made = await shop.call('POST', '/v1/carts', { buyer: victim, body: { lines: [{ sku, quantity: 2 }] } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const cartId = String(made.body['cartId']);
  const body = { cartId, email: 'ada@example.com', shippingAddress: address, paymentMethod: 'pm_card_visa' };
  const checkout = (buyer: Buyer) => {
    const key = randomUUID();
    return shop.settled(() => shop.call('POST', '/v1/checkouts', { key, buyer, body }));
  };
  expect(codeOf(await checkout(attacker))).toBe('cart_unknown');
  const bought = await Promise.all(Array.from({ length: 5 }, () => checkout(victim)));
  const verdicts = bought.map(codeOf);
  expect(verdicts.filter((verdict) => verdict === 'confirmed')).toHaveLength(1);
  expect(verdicts.filter((verdict) => verdict !== 'confirmed' && !verdict.startsWith('cart_'))).toEqual([]);
});

test('a buyer who commits or lets go of the units of an order behind its back gains nothing', async () => {
  const before = await shop.available(sku);
  for (const act of ['commit', 'release']) {
    const more = { paymentMethod: 'pm_card_authenticationRequired' };
    const { body } = await shop.settled(() => shop.checkout(attacker, { lines: [{ sku, quantity: 3 }], more }, `behind ${act}`));
    const id = String(body['orderId']);
    const hold = `/v1/holds/${oneLineHoldId(id.replace('order_', ''), sku)}`;
    if (act === 'commit') await shop.call('POST', `${hold}/commit`, { buyer: attacker });
    else await shop.call('DELETE', hold, { buyer: attacker });
    const cancel = () => shop.call('POST', `/v1/orders/${id}/cancel`, { buyer: attacker });
    expect(codeOf(await shop.settled(cancel))).toBe('canceled');
    await until(
      `the units are back after "${act}"`,
      () => shop.available(sku),
      (units) => units === before,
    );
  }
});

test.each([
  ['GET', `/v1/admin/orders?search=%00`],
  ['GET', `/v1/admin/orders?buyer=a%00`],
  ['GET', '/v1/admin/stock/%00'],
  ['PUT', '/v1/admin/webhooks/%00'],
])('%s %s is refused in shape', async (method, path) => {
  const { status } = await shop.call(method, path, method === 'GET' ? {} : { body: {} });
  expect(status).toBe(400);
});

test('quantities that add up beyond everything are too many, and nothing else', async () => {
  const lines = Array.from({ length: 1_000 }, () => ({ sku, quantity: 900_000 }));
  const heard = await shop.settled(() => shop.checkout(attacker, { lines }, randomUUID()));
  expect(['quantity_invalid', 'insufficient_stock']).toContain(codeOf(heard));
});

test('another total than the true one is refused with the true one', async () => {
  const heard = await wanting({ expectedTotal: { amountMinor: 1, currency: 'GBP' } });
  expect(codeOf(heard)).toBe('price_changed');
  expect((heard.body['total'] as { readonly amountMinor: number }).amountMinor).toBeGreaterThan(1);
});

test.each(['nope', '../../orders', 'ﬃ'.repeat(21), '💥', "' or 1=1 --", 'a:b:c', 'a/b'])('the code %s is no code', async (code) => {
  const heard = await shop.settled(() => shop.checkout(attacker, { lines: [{ sku, quantity: 1 }], codes: [code] }, randomUUID()));
  expect([400, 404, 409, 422], codeOf(heard)).toContain(heard.status);
});

test('twenty refunds at once give back no more than was paid', async () => {
  const amount = { amountMinor: Math.ceil(totalMinor * 0.4), currency: 'GBP' };
  await shop.orderWhen(orderId, 'is captured', ({ paymentStatus }) => paymentStatus === 'captured');
  const refunds = await Promise.all(
    Array.from({ length: 20 }, () => shop.call('POST', `/v1/admin/orders/${orderId}/refund`, { body: { amount, reason: 'again' } })),
  );
  expect(refunds.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(2);
  expect(new Set(refunds.filter(({ status }) => status !== 200).map(codeOf))).toEqual(new Set(['refund_exceeds_captured']));
});

test('a cancel while it is shipped: shipped or canceled, never both, and never more sent back than was sent', async () => {
  const ordered = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const { body } = await shop.settled(() => shop.checkout(attacker, { lines: [{ sku, quantity: 1 }] }, randomUUID()));
      const id = String(body['orderId']);
      await shop.orderWhen(id, 'is captured', ({ paymentStatus }) => paymentStatus === 'captured');
      return id;
    }),
  );
  for (const id of ordered) {
    const [shipped, canceled] = await Promise.all([
      shop.call('POST', `/v1/admin/orders/${id}/fulfil`, { body: {} }),
      shop.call('POST', `/v1/orders/${id}/cancel`, { buyer: attacker }),
    ]);
    expect([codeOf(shipped), codeOf(canceled)].sort()).toEqual(
      shipped.status === 200 ? ['already_shipped', 'shipped'] : ['canceled', 'order_ended'],
    );
    if (shipped.status !== 200) continue;
    const back = { lines: [{ sku, quantity: 1 }], reason: 'small' };
    const returns = await Promise.all(
      Array.from({ length: 5 }, () => shop.call('POST', `/v1/orders/${id}/returns`, { buyer: attacker, body: back })),
    );
    expect(returns.filter(({ status }) => status === 201)).toHaveLength(1);
  }
});

test('after all of it the shop sells, its rows follow, and everything agrees', async () => {
  const { status } = await shop.settled(() => shop.checkout(victim, { lines: [{ sku, quantity: 1 }] }, randomUUID()));
  expect(status).toBe(201);
  const listed = () => shop.call('GET', '/v1/admin/orders?limit=1');
  await until('the newest order is listed', listed, ({ body }) => JSON.stringify(body).includes('confirmed'));
  expect(await disagreements(shop, opening)).toEqual([]);
});
