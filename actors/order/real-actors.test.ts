/** An order with the real `hold`, `stock`, `coupon` and `store`: what it asks of them is what they answer to. */
import { describe, expect, test } from 'vitest';
import { actorId } from '../kernel/index.ts';
import type { CouponReply } from '../coupon/commands.ts';
import type { StockReply } from '../stock/replies.ts';
import type { StoreState } from '../store/state.ts';
import { Host } from './host.fixture.ts';
import type { OrderCommand, OrderReply, OrderState } from './index.ts';
import { buyer, orderId, place, startedAt, store } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';

const order = actorId('order', store, orderId);
const once = (commandId: string) => ({ commandId, fingerprint: 'f' });

function hostWith(units: Readonly<Record<string, number>>): Host {
  const host = new Host(startedAt);
  for (const [sku, quantity] of Object.entries(units))
    host.ask(actorId('stock', store, sku), { type: 'receive', location: 'main', quantity, ...once(`receive ${sku}`) } as never);
  return host;
}

function levelsOf(host: Host, sku: string): string {
  const outcome = host.ask(actorId('stock', store, sku), { type: 'read' });
  const { levels } = (outcome as { readonly reply: StockReply }).reply;
  return levels.map(({ onHand, available, held, committed, damaged }) => `${onHand}: ${available} ${held} ${committed} ${damaged}`).join();
}

function say(host: Host, command: OrderCommand): string {
  const outcome = host.ask(order, command);
  if (outcome === null) return 'waits';
  if ('refusal' in outcome) return outcome.refusal.code;
  return (outcome.reply as OrderReply).status;
}

const both = { A: 5, B: 5 };

describe('an order with a real coupon', () => {
  const coupon = actorId('coupon', store, 'TEN');
  const terms = { usesMax: 1, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };

  function hostWithCoupon(): Host {
    const host = hostWith(both);
    host.ask(coupon, { type: 'define', terms, ...once('define') } as never);
    return host;
  }

  function uses(host: Host): string {
    const { held, used } = (host.ask(coupon, { type: 'read' }) as { readonly reply: CouponReply }).reply;
    return `${held} held, ${used} used`;
  }

  test('uses it up, and gives the use back when it is canceled', () => {
    const host = hostWithCoupon();
    expect(say(host, place({ codes: ['TEN'] }))).toBe('confirmed');
    expect(uses(host)).toBe('0 held, 1 used');
    say(host, { type: 'cancel', ...once('c1'), buyer, reason: 'no' });
    expect(host.stateOf<OrderState>(order).stage).toBe('canceled');
    expect(uses(host)).toBe('0 held, 0 used');
  });

  test('is refused when it is used up, and has taken no units', () => {
    const host = hostWithCoupon();
    say(host, place({ codes: ['TEN'] }));
    const second = actorId('order', store, 'order_00000000-0000-8000-8000-000000000002');
    const outcome = host.ask(second, place({ commandId: second.id, codes: ['TEN'] }));
    expect(outcome).toMatchObject({ refusal: { code: 'line_refused', kind: 'coupon', sku: 'TEN', cause: { code: 'coupon_used_up' } } });
    expect(levelsOf(host, 'A')).toBe('5: 3 0 2 0');
  });

  test('gives a held use back when the checkout is refused', () => {
    const host = hostWithCoupon();
    expect(say(host, place({ codes: ['TEN'], expectedTotalMinor: 1 }))).toBe('price_changed');
    expect(uses(host)).toBe('0 held, 0 used');
  });
});

describe('orders of one store', () => {
  test('have numbers without gap, also when one is refused between them', () => {
    const host = hostWith(both);
    const orders = [1, 2, 3].map((count) => actorId('order', store, `order_00000000-0000-8000-8000-00000000000${count}`));
    for (const [index, id] of orders.entries())
      host.ask(id, place({ commandId: id.id, lines: [{ sku: 'A', quantity: index === 1 ? 9 : 1, shownUnitPriceMinor: null }] }));
    expect(orders.map((id) => host.stateOf<OrderState>(id).number)).toEqual([1, null, 2]);
    expect(host.stateOf<StoreState>(actorId('store', store, store)).onTheirWay).toBe(0);
  });
});

describe('an order with real units', () => {
  test('commits them', () => {
    const host = hostWith(both);
    expect(say(host, place())).toBe('confirmed');
    expect([levelsOf(host, 'A'), levelsOf(host, 'B')]).toEqual(['5: 3 0 2 0', '5: 4 0 1 0']);
    expect(host.stateOf<OrderState>(order).hold.allocations).toEqual([
      { sku: 'A', locations: [{ location: 'main', quantity: 2 }] },
      { sku: 'B', locations: [{ location: 'main', quantity: 1 }] },
    ]);
  });

  test('is refused when there are too few, and takes them when there are some: the same key, another hold', () => {
    const host = hostWith({ A: 5, B: 1 });
    expect(say(host, place({ lines: [{ sku: 'B', quantity: 2, shownUnitPriceMinor: null }] }))).toBe('insufficient_stock');
    host.ask(actorId('stock', store, 'B'), { type: 'receive', location: 'main', quantity: 4, ...once('more') } as never);
    expect(say(host, place({ lines: [{ sku: 'B', quantity: 2, shownUnitPriceMinor: null }], attempt: 2 }))).toBe('confirmed');
    expect(levelsOf(host, 'B')).toBe('5: 3 0 2 0');
  });

  test('releases them when the price is another', () => {
    const host = hostWith(both);
    expect(say(host, place({ expectedTotalMinor: 1 }))).toBe('price_changed');
    expect([levelsOf(host, 'A'), levelsOf(host, 'B')]).toEqual(['5: 5 0 0 0', '5: 5 0 0 0']);
  });

  test('gives committed units back when it is canceled', () => {
    const host = hostWith(both);
    say(host, place());
    expect(say(host, { type: 'cancel', ...once('c1'), buyer, reason: 'no' })).toBe('canceled');
    expect(host.stateOf<OrderState>(order).stage).toBe('canceled');
    expect([levelsOf(host, 'A'), levelsOf(host, 'B')]).toEqual(['5: 5 0 0 0', '5: 5 0 0 0']);
  });

  test('ships them in pieces, and takes them back, damaged or not', () => {
    const host = hostWith(both);
    say(host, place());
    const lines = [{ sku: 'A', quantity: 1 }];
    expect(say(host, { type: 'fulfil', ...once('s1'), lines, tracking: null })).toBe('partially_shipped');
    expect(levelsOf(host, 'A')).toBe('4: 3 0 1 0');
    expect(say(host, { type: 'fulfil', ...once('s2'), lines: null, tracking: null })).toBe('shipped');
    expect([levelsOf(host, 'A'), levelsOf(host, 'B')]).toEqual(['3: 3 0 0 0', '4: 4 0 0 0']);
    say(host, { type: 'requestReturn', ...once('r'), buyer, lines: [{ sku: 'A', quantity: 2 }], reason: 'small' });
    const receive = { type: 'receiveReturn', returnId: 'return_1', lines, location: 'main', refund: true } as const;
    say(host, { ...receive, ...once('r1'), condition: 'restock' });
    say(host, { ...receive, ...once('r2'), condition: 'damaged' });
    expect(levelsOf(host, 'A')).toBe('5: 4 0 0 1');
    expect(host.stateOf<OrderState>(order).restocks).toEqual([]);
  });

  test("absorbs the buyer's own hold of a line", () => {
    const host = hostWith({ A: 2, B: 5 });
    const own = { type: 'hold', holdId: 'own', fingerprint: 'f', buyer, quantity: 2, ttlMs: 600_000, nearness: [] };
    host.ask(actorId('stock', store, 'A'), own);
    expect(say(host, place({ lines: [{ sku: 'A', quantity: 2, shownUnitPriceMinor: null, absorbs: 'own' }] }))).toBe('confirmed');
    expect(levelsOf(host, 'A')).toBe('2: 0 0 2 0');
  });

  test('lets them go at once when the payment is declined, and takes them again for another card', () => {
    const host = hostWith(both);
    host.world.setCard('pm_card_visa', 'declined');
    expect(say(host, place())).toBe('payment_failed');
    expect([levelsOf(host, 'A'), levelsOf(host, 'B')]).toEqual(['5: 5 0 0 0', '5: 5 0 0 0']);
    host.world.setCard('other', 'good');
    expect(say(host, { type: 'pay', ...once('p1'), buyer, paymentMethod: 'other', returnUrl: null })).toBe('confirmed');
    expect(levelsOf(host, 'A')).toBe('5: 3 0 2 0');
  });

  test('lets them go when nobody pays in time', () => {
    const unpaid = hostWith(both);
    unpaid.world.setCard('pm_card_visa', 'declined');
    expect(say(unpaid, place({ keepsUnitsOnDecline: true }))).toBe('payment_failed');
    expect(levelsOf(unpaid, 'A')).toBe('5: 3 2 0 0');
    unpaid.now += orderLimits.holdTtlMs;
    unpaid.tick();
    unpaid.tick();
    expect(levelsOf(unpaid, 'A')).toBe('5: 5 0 0 0');
    expect(unpaid.stateOf<OrderState>(order).stage).toBe('failed');
  });
});
