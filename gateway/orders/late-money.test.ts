/** Money that comes, or should go, while the payment provider cannot be reached: as soon as it can, it goes within 5 s. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fairWeather } from '../../services/payments/memory.ts';
import { openOrderWorld, type OrderWorld } from '../../testing/order-world.ts';

let shop: OrderWorld;
beforeAll(async () => {
  shop = await openOrderWorld();
});
afterAll(() => shop[Symbol.asyncDispose]());

const address = { name: 'Ann Buyer', line1: '1 Way', city: 'Ghent', postalCode: '9000', country: 'BE' };
const awayMs = 300_000;
const withinMs = 5_000;

let orders = 0;

async function ordered(paymentMethod: string): Promise<{ readonly path: string; readonly paymentId: string; readonly sku: string }> {
  const sku = `late-${++orders}`;
  await shop.world.receive(sku, 5);
  const body = { lines: [{ sku, quantity: 2 }], email: 'ann@example.com', shippingAddress: address, paymentMethod };
  const answer = await shop.world.call('POST', '/v1/checkouts', { body });
  const { orderId } = answer.body as unknown as { readonly orderId: string };
  return { path: `/v1/orders/${orderId}`, paymentId: paymentOf(orderId).intentId, sku };
}

function paymentOf(orderId: string) {
  return shop.payments.totals().find((payment) => payment.orderId === orderId)!;
}

function payment(paymentId: string) {
  return shop.payments.totals().find(({ intentId }) => intentId === paymentId)!;
}

async function statusOf(path: string): Promise<string> {
  return String((await shop.world.call('GET', path)).body.paymentStatus);
}

/** The provider is away for minutes, meanwhile the merchant cancels; then it is back. */
async function canceledWhileAway(path: string, meanwhile: () => void): Promise<void> {
  shop.payments.weather = { ...fairWeather, away: 1 };
  expect((await shop.world.call('POST', `${path}/cancel`)).body.status).toBe('canceled');
  await shop.world.clock.advance(awayMs);
  meanwhile();
  await shop.world.clock.advance(awayMs);
  shop.payments.weather = fairWeather;
  await shop.world.clock.advance(withinMs);
}

test('money that was authorised for an order that is over is let go within 5 s', async () => {
  const { path, paymentId, sku } = await ordered('pm_card_authenticationRequired');
  await canceledWhileAway(path, () => expect(shop.payments.finishAction(paymentId, 'authorise')).toBe(true));
  await expect.poll(() => payment(paymentId).status, { timeout: 5_000 }).toBe('voided');
  await expect.poll(() => statusOf(path), { timeout: 5_000 }).toBe('voided');
  expect((await shop.world.books(sku))?.available).toBe(5);
});

test('money that was taken for an order that is over goes back within 5 s', async () => {
  const { path, paymentId, sku } = await ordered('pm_card_visa');
  await expect.poll(() => statusOf(path), { timeout: 10_000 }).toBe('captured');
  await canceledWhileAway(path, () => {});
  await expect.poll(() => payment(paymentId).refundedMinor, { timeout: 5_000 }).toBe(payment(paymentId).capturedMinor);
  await expect.poll(() => statusOf(path), { timeout: 5_000 }).toBe('refunded');
  expect((await shop.world.books(sku))?.available).toBe(5);
});
