/** The saga told as stories: one order against its tiny outside, forwards and back. */
import { describe, expect, test } from 'vitest';
import { buyer, orderId, OrderUnderTest, place, said, startedAt, store, uuid } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import type { OrderReply } from './index.ts';
import { settle, World } from './world.fixture.ts';

const typesOf = (order: OrderUnderTest): string[] => order.events.map(({ type }) => type);
const at = startedAt;

function shownOf(order: OrderUnderTest): OrderReply {
  const decision = order.send({ type: 'read', buyer }, at);
  if (decision.kind !== 'accepted' || decision.reply.type !== 'order') throw new Error(`the order cannot be read: ${said(decision)}`);
  return decision.reply;
}

describe('an order that works out', () => {
  test('is held, priced, paid, committed, numbered, confirmed and captured, in this order', () => {
    const [order, world] = [new OrderUnderTest(), new World()];
    expect(said(order.send(place(), at))).toBe('waiting [order.placed]');
    settle(order, world, at);
    expect(typesOf(order)).toEqual([
      'order.placed',
      'order.held',
      'order.priced',
      'payment.created',
      'payment.authorised',
      'order.committed',
      'order.confirmed',
      'payment.captured',
      'order.number_noted',
    ]);
    expect(order.verdicts).toEqual([`${orderId} confirmed`]);
    expect(shownOf(order)).toMatchObject({ number: 1, status: 'confirmed', paymentStatus: 'captured', capturedMinor: 3_500, payBy: null });
    expect(world.keptMinor()).toBe(3_500);
    expect(world.holds.get(`hold_${uuid}`)?.status).toBe('committed');
    expect(order.owed()).toEqual([]);
  });

  test('takes lines and codes from its cart, closes it, and says which prices have changed', () => {
    const [order, world] = [new OrderUnderTest(), new World()];
    world.discountMinor = 250;
    order.send(place({ cartId: 'cart_1', lines: [] }), at);
    settle(order, world, at);
    expect(shownOf(order)).toMatchObject({
      status: 'confirmed',
      lines: [{ sku: 'A', quantity: 2, unitPriceMinor: 1_000 }],
      changed: [{ sku: 'A', shownUnitPriceMinor: 900, unitPriceMinor: 1_000 }],
      capturedMinor: 2_250,
    });
    expect(world.cart).toBe('ordered');
    expect(world.uses.get('TEN')).toBe(0);
  });

  test('asks for no payment when there is nothing to pay', () => {
    const [order, world] = [new OrderUnderTest(), new World()];
    world.discountMinor = 10_000;
    order.send(place(), at);
    settle(order, world, at);
    expect(shownOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'none', number: 1 });
    expect(world.intents.size).toBe(0);
  });

  test('sends its buyer to 3-D Secure, says so, and goes on with the news that it is done', () => {
    const [order, world] = [new OrderUnderTest(), new World({ pm_card_visa: 'secure' })];
    order.send(place(), at);
    settle(order, world, at);
    expect(order.verdicts).toEqual([`${orderId} requires_action`]);
    expect(shownOf(order)).toMatchObject({ status: 'requires_action', nextAction: { redirectUrl: 'https://bank.example' } });
    expect(said(order.send(place(), at))).toBe('repeated requires_action');
    world.act('pi_1', 'authorised');
    for (const news of world.news) order.send({ type: 'paymentNews', ...news }, at + 30_000);
    settle(order, world, at + 30_000);
    expect(shownOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured', nextAction: null });
  });

  test('asks by itself what became of the payment when no news comes', () => {
    const [order, world] = [new OrderUnderTest(), new World({ pm_card_visa: 'secure' })];
    order.send(place(), at);
    settle(order, world, at);
    world.act('pi_1', 'authorised');
    order.send({ type: 'tick' }, at + orderLimits.lookEveryMs);
    settle(order, world, at + orderLimits.lookEveryMs);
    expect(shownOf(order)).toMatchObject({ status: 'confirmed' });
  });

  test('is shown to live pages by status, payment, number and version', () => {
    const [order, world] = [new OrderUnderTest(), new World()];
    order.send(place(), at);
    settle(order, world, at);
    expect(order.rows.get(`orders ${store} ${orderId}`)).toMatchObject({
      status: 'confirmed',
      payment_status: 'captured',
      number: 1,
      total_minor: 3_500,
    });
    expect([...order.rows.keys()].filter((key) => key.startsWith('order_events'))).toHaveLength(order.events.length);
    expect(order.rows.get(`order_lines ${store} ${orderId} A`)).toMatchObject({ quantity: 2, total_minor: 2_000 });
    expect(order.rows.get(`payments ${store} ${orderId} pi_1`)).toMatchObject({ status: 'captured', captured_minor: 3_500 });
  });
});
