/** What becomes of the hold, the money, the codes and the cart of an order when somebody or something gets in between. */
import { describe, expect, test } from 'vitest';
import { actorId } from '../kernel/index.ts';
import type { CouponReply } from '../coupon/commands.ts';
import type { StockReply } from '../stock/replies.ts';
import { Host } from './host.fixture.ts';
import { orderDefinition, type OrderState } from './index.ts';
import { buyer, orderId, OrderUnderTest, place, startedAt, store } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { settle, World } from './world.fixture.ts';

const at = startedAt;

describe('money that was taken outside', () => {
  test.each([
    ['while the buyer is away', 'secure'],
    ['while the payment is under way', 'slow'],
  ] as const)('in part, %s, goes back with the units', (_, card) => {
    const [order, world] = [new OrderUnderTest(), new World({ pm_card_visa: card })];
    order.send(place(), at);
    settle(order, world, at);
    const intent = world.intents.get('pi_1')!;
    Object.assign(intent, { status: 'captured', amountMinor: 100 });
    order.send({ type: 'paymentNews', eventId: 'evt', outcome: { kind: 'captured', intentId: 'pi_1', amountMinor: 100 } }, at + 1);
    settle(order, world, at + 1);
    expect(order.state).toMatchObject({ stage: 'failed', hold: { status: 'released' } });
    expect(Object.fromEntries(world.available)).toEqual({ A: 5, B: 5 });
    expect(world.keptMinor()).toBe(0);
  });
});

describe('a hold that the merchant commits while the order lets it go', () => {
  const [order, coupon] = [actorId('order', store, orderId), actorId('coupon', store, 'TEN')];
  const hold = actorId('hold', store, orderId.replace('order_', 'hold_'));
  const once = (commandId: string) => ({ commandId, fingerprint: 'f' });

  test.each(['A', 'B', 'TEN'])('gives everything back, also what %s commits late', (late) => {
    const host = new Host(at);
    for (const sku of ['A', 'B'])
      host.ask(actorId('stock', store, sku), { type: 'receive', location: 'main', quantity: 5, ...once(`receive ${sku}`) } as never);
    const terms = { usesMax: 1, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };
    host.ask(coupon, { type: 'define', terms, ...once('define') } as never);
    host.world.setCard('pm_card_visa', 'secure');
    host.ask(order, place({ codes: ['TEN'] }));
    host.isLate = ({ command, to }) => command.type === 'commitPart' && to.id === late;
    expect(host.ask(hold, { type: 'commit', buyer: null } as never)).toBeNull();
    host.ask(order, { type: 'cancel', buyer, reason: 'no', ...once('cancel') } as never);
    host.hurry();
    expect(host.stateOf<OrderState>(order)).toMatchObject({ stage: 'canceled', hold: { status: 'released' } });
    const levels = ['A', 'B'].map((sku) => {
      const [level] = (host.ask(actorId('stock', store, sku), { type: 'read' }) as { readonly reply: StockReply }).reply.levels;
      return [level!.available, level!.held, level!.committed];
    });
    expect(levels).toEqual([
      [5, 0, 0],
      [5, 0, 0],
    ]);
    expect(host.ask(coupon, { type: 'read' })).toMatchObject({ reply: { held: 0, used: 0 } satisfies Partial<CouponReply> });
  });
});

describe('a code that gave way to a better discount', () => {
  const order = actorId('order', store, orderId);
  const coupon = actorId('coupon', store, 'TEN');
  const terms = { usesMax: 1, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };
  const notApplied = [{ code: 'TEN', name: 'Ten off', why: 'better_discount' }];

  function bought(isLate: Host['isLate'] = () => false): Host {
    const host = new Host(at);
    const received = { type: 'receive', location: 'main', quantity: 5, commandId: 'r', fingerprint: 'f' };
    for (const sku of ['A', 'B']) host.ask(actorId('stock', store, sku), received);
    host.ask(coupon, { type: 'define', terms, commandId: 'd', fingerprint: 'f' } as never);
    host.world.notApplied = notApplied;
    host.isLate = isLate;
    host.ask(order, place({ codes: ['TEN'] }));
    return host;
  }

  const uses = (host: Host) => (host.ask(coupon, { type: 'read' }) as { readonly reply: CouponReply }).reply;

  test('is not used up by an order that it did nothing for', () => {
    const host = bought();
    expect(host.stateOf<OrderState>(order)).toMatchObject({ stage: 'confirmed', codes: [], hold: { status: 'committed', left: [] } });
    expect(uses(host)).toMatchObject({ held: 0, used: 0, left: 1 });
  });

  test('is given back once, also when the order is canceled meanwhile', () => {
    const host = bought(({ command }) => command.type === 'giveBack');
    expect(uses(host)).toMatchObject({ used: 1 });
    host.ask(order, { type: 'cancel', buyer, reason: 'no', commandId: 'c', fingerprint: 'f' } as never);
    host.hurry();
    expect(host.stateOf<OrderState>(order)).toMatchObject({ stage: 'canceled', hold: { status: 'released' } });
    expect(uses(host)).toMatchObject({ held: 0, used: 0, left: 1 });
  });
});

describe('the cart of an order whose hold ended before it could commit, although it was paid', () => {
  function paidTooLate(left: number): World {
    const [order, world] = [new OrderUnderTest(), new World({ pm_card_visa: 'good' })];
    order.send(place({ cartId: 'cart_1', lines: [] }), at);
    settle(order, world, at, ['commit']);
    const later = at + orderLimits.holdTtlMs + 1;
    const debt = order.debt('commit');
    const outcome = world.ask(debt, later);
    world.available.set('A', left);
    order.send(orderDefinition.answered(debt, outcome), later);
    settle(order, world, later);
    return world;
  }

  test('is ordered when its units could be taken again: nobody buys it twice', () => {
    const world = paidTooLate(5);
    expect([world.cart, world.numbers.size]).toEqual(['ordered', 1]);
  });

  test('is open again when they could not, and the money goes back', () => {
    const world = paidTooLate(1);
    expect([world.cart, world.numbers.size, world.keptMinor()]).toEqual(['open', 0, 0]);
  });
});

describe('a cart that names a hold', () => {
  const order = actorId('order', store, orderId);
  const stock = actorId('stock', store, 'A');

  function boughtFrom(holder: string, laterMs: number): Host {
    const host = new Host(at);
    host.ask(stock, { type: 'receive', location: 'main', quantity: 5, commandId: 'r', fingerprint: 'f' } as never);
    host.ask(stock, { type: 'hold', holdId: 'own', fingerprint: 'f', buyer: holder, quantity: 2, ttlMs: 600_000, nearness: [] } as never);
    host.world.cartLines = [{ sku: 'A', quantity: 2, shownUnitPriceMinor: null, holdId: 'own' }];
    host.ask(actorId('coupon', store, 'TEN'), { type: 'define', terms, commandId: 'd', fingerprint: 'f' } as never);
    for (const ms of [Math.min(laterMs, 600_000), Math.max(0, laterMs - 600_000)]) {
      host.now += ms;
      host.tick();
    }
    host.ask(order, place({ cartId: 'cart_1', lines: [] }));
    return host;
  }
  const terms = { usesMax: null, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };
  const available = (host: Host) => (host.ask(stock, { type: 'read' }) as { readonly reply: StockReply }).reply.available;

  test('that lives is bought with it', () => {
    const host = boughtFrom(buyer, 1_000);
    expect([host.stateOf<OrderState>(order).stage, available(host)]).toEqual(['confirmed', 3]);
  });

  test('that was forgotten long ago is bought without it', () => {
    const host = boughtFrom(buyer, 24 * 3_600_000);
    expect([host.stateOf<OrderState>(order).stage, available(host)]).toEqual(['confirmed', 3]);
  });

  test('of whoever the buyer was before signing in is bought beside it', () => {
    const host = boughtFrom('anonymous', 1_000);
    expect([host.stateOf<OrderState>(order).stage, available(host)]).toEqual(['confirmed', 1]);
  });
});
