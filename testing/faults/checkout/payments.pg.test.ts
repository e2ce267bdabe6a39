/**
 * A payment provider that repeats, reorders and delays what it says, falls silent after having done what it was asked,
 * or is not who it claims to be (FAULTS 49, 50), at a real server.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerUnderTest, startServer } from '../../../load-tests/server.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { until } from '../../until.ts';
import { disagreements } from './audit.ts';
import { type Buyer, codeOf, type Heard, Shop, signed, type Wish } from './shop.ts';

const opening = { 'jar-buttons': 100, 'book-naps': 100, 'jar-honey': 100, 'boat-paper': 3 };
const secret = 'whsec_the_newer_one';
const secretBefore = 'whsec_the_one_before';
const backWithinMs = 5_000;
const proof = 'pm_card_authenticationRequired';

let server: ServerUnderTest;
let shop: Shop;

beforeAll(async () => {
  server = await startServer({ prepare: prepareFolder, environment: { STRIPE_WEBHOOK_SECRET: `${secret},${secretBefore}` } });
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
}

/** A checkout that waits for its buyer's proof. */
async function waitingForProof(sku: string): Promise<Waiting> {
  const buyer = await shop.buyer();
  const wish = { lines: [{ sku, quantity: 1 }], paymentMethod: proof };
  const key = randomUUID();
  const { body } = await shop.settled(() => shop.checkout(buyer, wish, key));
  expect(body['status']).toBe('requires_action');
  const orderId = String(body['orderId']);
  return { buyer, orderId, payment: await shop.waitingPayment(orderId) };
}

function confirmed(orderId: string) {
  return shop.orderWhen(
    orderId,
    'is confirmed and captured',
    (order) => order.status === 'confirmed' && order.paymentStatus === 'captured',
  );
}

test('every event a hundred times, the last one first: each order is confirmed once', async () => {
  const waiting = await Promise.all(Array.from({ length: 4 }, () => waitingForProof('jar-buttons')));
  await shop.webhooks({ pause: true, duplicate: 100 });
  for (const { payment } of waiting) await shop.answers(payment, 'authorise');
  // the capture is told of before the authorisation: one order finds out by itself and is captured meanwhile
  await confirmed(waiting[0]!.orderId);
  await shop.webhooks({ resume: 'reversed', duplicate: 1 });
  for (const { orderId } of waiting) await confirmed(orderId);
});

test('the buyer asks while the webhook comes: both hear of one order', async () => {
  const waiting = await Promise.all(Array.from({ length: 5 }, () => waitingForProof('book-naps')));
  await Promise.all(
    waiting.map(async ({ buyer, orderId, payment }) => {
      const pay = () => shop.call('POST', `/v1/orders/${orderId}/pay`, { buyer, body: { paymentMethod: 'pm_card_visa' } });
      await Promise.all([shop.answers(payment, 'authorise'), pay(), pay()]);
    }),
  );
  for (const { orderId } of waiting) await confirmed(orderId);
});

test.each(['pm_card_sim_silent', 'pm_card_sim_error_after', 'pm_card_sim_error_once', 'pm_card_sim_processing'])(
  '%s: what was done unheard is neither lost nor done again',
  async (paymentMethod) => {
    const wish: Wish = { lines: [{ sku: 'jar-honey', quantity: 1 }], paymentMethod };
    const [buyer, key] = [await shop.buyer(), randomUUID()];
    const heard = await shop.settled(() => shop.checkout(buyer, wish, key));
    expect(codeOf(heard)).toBe('confirmed');
    expect(await shop.paymentsOf(String(heard.body['orderId']))).toHaveLength(1);
  },
);

test.each([
  ['create an intent', 'cut_after', '/payment_intents'],
  ['confirm', 'cut_after', '/confirm'],
  ['capture', 'cut_after', '/capture'],
  ['capture', 'error_after', '/capture'],
  ['confirm', 'rate_limited', '/confirm'],
])('an answer to "%s" that is lost (%s) costs nobody anything twice', async (_step, kind, path) => {
  await shop.misbehave({ kind }, path, 2);
  const [buyer, key] = [await shop.buyer(), randomUUID()];
  const wish = { lines: [{ sku: 'jar-honey', quantity: 1 }] };
  const { body } = await shop.settled(() => shop.checkout(buyer, wish, key));
  await confirmed(String(body['orderId']));
  await shop.simulator('DELETE', 'faults');
});

test('a declined payment gives the unit back within seconds; paying otherwise takes it again', async () => {
  const sku = 'boat-paper';
  const [buyer, key] = [await shop.buyer(), randomUUID()];
  const declined = await shop.settled(() =>
    shop.checkout(buyer, { lines: [{ sku, quantity: 3 }], paymentMethod: 'pm_card_visa_chargeDeclined' }, key),
  );
  expect([declined.status, codeOf(declined)]).toEqual([402, 'payment_failed']);
  await until(
    'the units are back',
    () => shop.available(sku),
    (units) => units === 3,
    backWithinMs,
  );
  const orderId = String(declined.headers.get('onhand-order'));
  const pay = (paymentMethod: string) => {
    const payKey = randomUUID();
    const request = { key: payKey, buyer, body: { paymentMethod } };
    return shop.settled(() => shop.call('POST', `/v1/orders/${orderId}/pay`, request));
  };
  expect(codeOf(await pay('pm_card_chargeDeclinedInsufficientFunds'))).toBe('payment_failed');
  const other = await shop.buyer();
  expect(codeOf(await shop.settled(() => shop.checkout(other, { lines: [{ sku, quantity: 1 }] }, randomUUID())))).toBe('confirmed');
  expect(codeOf(await pay('pm_card_visa'))).toBe('insufficient_stock'); // somebody was quicker, and that is that
  expect(await shop.available(sku)).toBe(2);
});

test('events that are forged, stale, signed by another or written again are nothing; both secrets of a rotation count', async () => {
  const { orderId, payment } = await waitingForProof('book-naps');
  const order = await shop.order(orderId);
  const amount = (order['total'] as { readonly amountMinor: number }).amountMinor;
  const { storeId } = (await server.keys()).find(({ demo }) => demo)!;
  const event = (id: string, type = 'payment_intent.processing', status = 'processing') =>
    JSON.stringify({
      id,
      object: 'event',
      type,
      data: {
        object: {
          id: payment,
          object: 'payment_intent',
          status,
          amount,
          amount_capturable: amount,
          currency: 'gbp',
          metadata: { store: storeId, orderId },
        },
      },
    });
  const paid = event('evt_forged', 'payment_intent.amount_capturable_updated', 'requires_capture');
  const now = Date.now();
  const refused = [
    await shop.webhook(paid, ''),
    await shop.webhook(paid, signed(paid, 'whsec_somebody')),
    await shop.webhook(paid, signed(paid, secret, now - 3_600_000)),
    await shop.webhook(paid, signed(paid, secret, now + 3_600_000)),
    await shop.webhook(JSON.stringify(JSON.parse(paid), null, 1), signed(paid, secret)),
    await shop.webhook(paid, `${signed(paid, 'whsec_somebody')},v0=${'0'.repeat(64)}`),
  ];
  expect(refused.map(({ status, body }) => [status, body['code']])).toEqual(refused.map(() => [400, 'signature_invalid']));
  expect((await shop.order(orderId)).status).toBe('requires_action');
  for (const known of [secret, secretBefore]) {
    const body = event(`evt_${known}`);
    const heard = await shop.webhook(body, signed(body, known));
    expect([heard.status, heard.body]).toEqual([200, { taken: true }]);
  }
  const foreign = paid.replace(storeId, 'store_of_somebody_else');
  expect((await shop.webhook(foreign, signed(foreign, secret))).status).toBe(200); // so that it is not sent again
  expect((await shop.order(orderId)).status).toBe('requires_action');
  await shop.answers(payment, 'fail');
  await shop.orderWhen(orderId, 'has failed', ({ status }) => status === 'failed');
  // money that the provider does not know of is no money, even if it is signed
  expect((await shop.webhook(paid, signed(paid, secret))).body).toEqual({ taken: true });
  await shop.orderWhen(orderId, 'has failed still', ({ status }) => status === 'failed');
});

test('a store that has another account by now hears of the payments of the one before, and no other account speaks of them', async () => {
  const paidThrough = async (account: string | null): Promise<void> => {
    const { status } = await shop.call('PUT', '/v1/admin/payments/settings', { body: { account, feeMillionths: 0 } });
    expect(status).toBe(200);
  };
  await paidThrough('acct_before');
  const { orderId, payment } = await waitingForProof('jar-buttons');
  await paidThrough('acct_now');
  const { storeId } = (await server.keys()).find(({ demo }) => demo)!;
  const object = { id: payment, object: 'payment_intent', status: 'processing', metadata: { store: storeId, orderId } };
  const told = async (id: string, account: string | null) => {
    const from = account === null ? {} : { account };
    const body = JSON.stringify({ id, object: 'event', type: 'payment_intent.processing', ...from, data: { object } });
    return (await shop.webhook(body, signed(body, secret))).body['taken'];
  };
  expect(await told('evt_now', 'acct_now')).toBe(false);
  expect(await told('evt_own', null)).toBe(false);
  expect(await told('evt_before', 'acct_before')).toBe(true);
  await shop.answers(payment, 'authorise');
  await confirmed(orderId);
  await shop.call('POST', `/v1/admin/orders/${orderId}/refund`, {
    body: { amount: { amountMinor: 100, currency: 'GBP' }, reason: 'sorry' },
  });
  await shop.orderWhen(orderId, 'is refunded from the account before', ({ paymentStatus }) => paymentStatus === 'partially_refunded');
  await paidThrough(null);
});

test('a refund that the bank of the buyer sends back is the money of the shop again, told, and can be tried again', async () => {
  const wish: Wish = { lines: [{ sku: 'jar-honey', quantity: 1 }], paymentMethod: 'pm_card_refundFail' };
  const [buyer, key] = [await shop.buyer(), randomUUID()];
  const { body } = await shop.settled(() => shop.checkout(buyer, wish, key));
  const orderId = String(body['orderId']);
  await confirmed(orderId);
  const amount = { amountMinor: 100, currency: 'GBP' };
  await shop.call('POST', `/v1/admin/orders/${orderId}/refund`, { body: { amount, reason: 'sorry' } });
  const failed = ({ paymentStatus }: { readonly paymentStatus: string }): boolean => paymentStatus === 'refund_failed';
  const order = (await shop.orderWhen(orderId, 'has its refund back', failed)) as unknown as {
    readonly refunded: unknown;
    readonly refunds: readonly { readonly refundId: string; readonly status: string }[];
  };
  expect([order.refunded, order.refunds]).toMatchObject([{ amountMinor: 0 }, [{ status: 'failed' }]]);
  expect((await shop.paymentsOf(orderId)).map(({ amountRefunded }) => amountRefunded)).toEqual([0]);
  const news = () => shop.call('GET', '/v1/admin/events?limit=200');
  const told = (heard: Heard): boolean => JSON.stringify(heard.body['items']).includes('order.refund_failed');
  await until('the merchant is told', news, told);
  const retried = await shop.call('POST', `/v1/admin/orders/${orderId}/refunds/${order.refunds[0]!.refundId}/retry`);
  expect(retried.status).toBe(200);
  await shop.orderWhen(orderId, 'has its refund back again', failed);
});

test('units, orders and money tell the same story', async () => {
  expect(await disagreements(shop, opening)).toEqual([]);
});
