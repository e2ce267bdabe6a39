/** Orders of units of one SKU and nothing else: an ordinary hold of one line, asked of the SKU's `stock` itself. */
import { describe, expect, test } from 'vitest';
import { actorId, oneLineHoldId } from '../kernel/index.ts';
import type { StockReply } from '../stock/replies.ts';
import { Host } from './host.fixture.ts';
import type { OrderCommand, OrderReply, OrderState, Place } from './index.ts';
import { buyer, orderId, OrderUnderTest, place, said, startedAt as at, store, uuid } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { settle, World } from './world.fixture.ts';

const order = actorId('order', store, orderId);
const stock = actorId('stock', store, 'A');
const lines = [{ sku: 'A', quantity: 2, shownUnitPriceMinor: null }];
const placed = (over: Partial<Place> = {}) => place({ lines, ...over });
const once = (commandId: string) => ({ commandId, fingerprint: 'f' });
const holdId = oneLineHoldId(uuid, 'A');

function asked(over: Partial<Place>): OrderUnderTest {
  const one = new OrderUnderTest();
  one.send(placed(over), at);
  return one;
}

describe('who is asked', () => {
  test('the stock of the one SKU, for an ordinary hold that lives as long as the payment may take', () => {
    const { id, to, command } = asked({}).debt('take');
    expect({ id, to }).toEqual({ id: 'take:1', to: stock });
    expect(command).toEqual({
      type: 'hold',
      holdId,
      fingerprint: 'f1.1',
      buyer,
      quantity: 2,
      ttlMs: orderLimits.holdTtlMs,
      nearness: [{ location: 'main', rank: 0 }],
      notAfter: at + orderLimits.startWithinMs,
    });
  });

  test('once for two lines of one SKU: they are one demand', () => {
    expect(asked({ lines: [...lines, ...lines] }).debt('take')).toMatchObject({ to: stock, command: { quantity: 4 } });
  });

  test.each<[string, Partial<Place>]>([
    ['two SKUs', { lines: [...lines, { sku: 'B', quantity: 1, shownUnitPriceMinor: null }] }],
    ['a code', { codes: ['TEN'] }],
    ['a hold that is taken over', { lines: [{ ...lines[0]!, absorbs: 'hold_x' }] }],
  ])('the hold actor for %s', (_, over) => {
    expect(asked(over).debt('take')).toMatchObject({ to: { kind: 'hold', id: `hold_${uuid}` }, command: { type: 'take' } });
  });

  test.each([
    [[], 'stock'],
    [['TEN'], 'hold'],
  ])('for a cart with the codes %j: %s', (codes, kind) => {
    const [one, world] = [new OrderUnderTest(), new World()];
    world.cartCodes = codes;
    one.send(place({ cartId: 'cart_1', lines: [] }), at);
    settle(one, world, at, ['take']);
    expect(one.debt('take').to.kind).toBe(kind);
    settle(one, world, at);
    expect(one.state.stage).toBe('confirmed');
  });

  test('a cart whose hold is gone asks again, for what is left to ask: one line', () => {
    const [one, world] = [new OrderUnderTest(), new World()];
    world.cartCodes = [];
    world.cartLines = [{ sku: 'A', quantity: 2, shownUnitPriceMinor: 900, holdId: 'hold_gone' }];
    one.send(place({ cartId: 'cart_1', lines: [] }), at);
    settle(one, world, at, ['take']);
    const refusal = { code: 'line_refused', sku: 'A', cause: { code: 'hold_unknown' } };
    one.send({ type: 'stepAnswered', effectId: one.debt('take').id, outcome: { refusal } }, at);
    expect(one.debt('take')).toMatchObject({ id: 'take:2', to: stock, command: { holdId: oneLineHoldId(`${uuid}-2`, 'A') } });
    settle(one, world, at);
    expect(one.state.stage).toBe('confirmed');
  });

  test('an order that was placed before there were two ways goes on as it began', () => {
    const [one, world] = [new OrderUnderTest(), new World()];
    const { type: _, ...wish } = placed();
    one.apply([{ type: 'order.placed', place: wish, cause: 'command' }], at);
    expect(one.debt('take').to.kind).toBe('hold');
    settle(one, world, at);
    expect(one.state).toMatchObject({ stage: 'confirmed', hold: { status: 'committed' } });
    expect([...world.holds.keys()]).toEqual([`hold_${uuid}`]);
    one.send({ type: 'fulfil', ...once('ship'), lines: null, tracking: null }, at);
    expect(one.debt('fulfil').command).toMatchObject({ holdId: `hold_${uuid}` });
  });
});

describe('a refusal', () => {
  const short = { code: 'insufficient_stock', sku: 'A', available: 0, held: 0, final: true };

  test('is told once the hold is let go: a copy of the question may be on its way', () => {
    const one = asked({});
    const take = one.debt('take');
    expect(said(one.send({ type: 'stepAnswered', effectId: 'take:1', outcome: { refusal: short } }, at))).toBe(
      'noted [order.hold_refused order.refused]',
    );
    expect(one.verdicts).toEqual([]);
    const { notAfter } = take.command as unknown as { readonly notAfter: number };
    expect(one.debt('release')).toMatchObject({ to: stock, command: { type: 'release', holdId, buyer, notAfter } });
    one.send({ type: 'stepAnswered', effectId: 'release:1', outcome: { reply: { type: 'part', status: 'released' } } }, at);
    expect(one.verdicts).toEqual([`${orderId} insufficient_stock`]);
  });

  test.each([
    [{ code: 'buyer_cap_exceeded', cap: 1, has: 1 }, 'line_refused'],
    [{ code: 'sku_paused' }, 'line_refused'],
    [{ code: 'sku_unknown' }, 'line_refused'],
    [{ code: 'too_late' }, 'checkout_expired'],
  ])('%j is %s', (refusal, code) => {
    const [one, world] = [asked({}), new World()];
    one.send({ type: 'stepAnswered', effectId: 'take:1', outcome: { refusal } }, at);
    settle(one, world, at);
    expect(one.verdicts).toEqual([`${orderId} ${code}`]);
    expect(one.state.refusal).toMatchObject(code === 'line_refused' ? { code, sku: 'A', cause: refusal } : { code });
  });

  test('for want of memory is none: it is asked again', () => {
    const one = asked({});
    one.send({ type: 'stepAnswered', effectId: 'take:1', outcome: { refusal: { code: 'repeats_full' } } }, at);
    expect(one.owed().map(({ id }) => id)).toEqual(['take:1']);
  });
});

// --- with real actors -----------------------------------------------------------------------------------------------

function hostWith(units: number): Host {
  const host = new Host(at);
  receive(host, units, 'first');
  return host;
}

function receive(host: Host, quantity: number, name: string): void {
  host.ask(stock, { type: 'receive', location: 'main', quantity, ...once(name) } as never);
}

function say(host: Host, command: OrderCommand): string {
  const outcome = host.ask(order, command);
  if (outcome === null) return 'waits';
  return 'refusal' in outcome ? outcome.refusal.code : (outcome.reply as OrderReply).status;
}

function levels(host: Host): string {
  const [level] = (host.ask(stock, { type: 'read' }) as { readonly reply: StockReply }).reply.levels;
  return `${level!.onHand}: ${level!.available} available, ${level!.held} held, ${level!.committed} committed`;
}

const stageOf = (host: Host) => host.stateOf<OrderState>(order).stage;

describe('with the real stock', () => {
  test('it is confirmed, shipped and returned, and no hold actor ever knew of it', () => {
    const host = hostWith(5);
    expect(say(host, placed())).toBe('confirmed');
    expect(levels(host)).toBe('5: 3 available, 0 held, 2 committed');
    expect(host.stateOf<OrderState>(order).hold.allocations).toEqual([{ sku: 'A', locations: [{ location: 'main', quantity: 2 }] }]);
    expect(host.stateOf(actorId('hold', store, `hold_${uuid}`))).toBeUndefined();
    say(host, { type: 'fulfil', ...once('s1'), lines: [{ sku: 'A', quantity: 1 }], tracking: null });
    expect(say(host, { type: 'fulfil', ...once('s2'), lines: null, tracking: null })).toBe('shipped');
    expect(levels(host)).toBe('3: 3 available, 0 held, 0 committed');
    const back = [{ sku: 'A', quantity: 1 }];
    say(host, { type: 'requestReturn', ...once('r'), buyer, lines: back, reason: 'small' });
    const receiving = { lines: back, location: 'main', condition: 'restock', refund: true } as const;
    say(host, { type: 'receiveReturn', returnId: 'return_1', ...receiving, ...once('r1') });
    expect(levels(host)).toBe('4: 4 available, 0 held, 0 committed');
  });

  test.each([
    ['canceled after the sale', {}, 'good', { type: 'cancel', ...once('c'), buyer, reason: 'no' }, 'canceled'],
    ['canceled while the buyer is away', {}, 'secure', { type: 'cancel', ...once('c'), buyer, reason: 'no' }, 'canceled'],
    ['another price', { expectedTotalMinor: 1 }, 'good', { type: 'tick' }, 'failed'],
    ['a declined payment', {}, 'declined', { type: 'tick' }, 'failed'],
  ] as const)('its units go back: %s', (_, over, card, then, stage) => {
    const host = hostWith(5);
    host.world.setCard('pm_card_visa', card);
    say(host, placed(over));
    say(host, then);
    expect(stageOf(host)).toBe(stage);
    expect(levels(host)).toBe('5: 5 available, 0 held, 0 committed');
  });

  test('a declined payment takes them again under the next name, for another card', () => {
    const host = hostWith(5);
    host.world.setCard('pm_card_visa', 'declined');
    expect(say(host, placed())).toBe('payment_failed');
    expect(say(host, { type: 'pay', ...once('p'), buyer, paymentMethod: 'good', returnUrl: null })).toBe('confirmed');
    const read = (name: string) => host.ask(stock, { type: 'readHold', buyer, holdId: name } as never);
    expect(read(oneLineHoldId(`${uuid}-2`, 'A'))).toMatchObject({ reply: { status: 'committed' } });
    expect(read(holdId)).toMatchObject({ reply: { status: 'released' } });
  });

  test('little time left is extended first', () => {
    const host = hostWith(5);
    host.world.setCard('pm_card_visa', 'declined');
    say(host, placed({ keepsUnitsOnDecline: true }));
    const { payBy } = host.stateOf<OrderState>(order);
    host.now = payBy! - orderLimits.payTimeMinMs + 1;
    expect(say(host, { type: 'pay', ...once('p'), buyer, paymentMethod: 'good', returnUrl: null })).toBe('confirmed');
  });

  test('nobody pays in time: they go back by themselves', () => {
    const host = hostWith(5);
    host.world.setCard('pm_card_visa', 'secure');
    say(host, placed());
    host.now += orderLimits.holdTtlMs;
    host.tick();
    host.tick();
    expect([stageOf(host), levels(host)]).toEqual(['failed', '5: 5 available, 0 held, 0 committed']);
  });

  test.each(['commit', 'release'] as const)('a buyer who does "%s" behind its back gains nothing', (type) => {
    const host = hostWith(5);
    host.world.setCard('pm_card_visa', 'secure');
    say(host, placed());
    host.ask(stock, { type, holdId, buyer } as never);
    expect(say(host, { type: 'cancel', ...once('c'), buyer, reason: 'no' })).toBe('canceled');
    expect([stageOf(host), levels(host)]).toEqual(['canceled', '5: 5 available, 0 held, 0 committed']);
  });

  test('a buyer who takes its hold over with one of their own keeps that one alone', () => {
    const host = hostWith(5);
    host.world.setCard('pm_card_visa', 'secure');
    say(host, placed());
    const own = { type: 'hold', holdId: 'own', fingerprint: 'f', buyer, quantity: 1, ttlMs: 60_000, nearness: [], replaces: holdId };
    host.ask(stock, own);
    expect(levels(host)).toBe('5: 4 available, 1 held, 0 committed');
    expect(say(host, { type: 'cancel', ...once('c'), buyer, reason: 'no' })).toBe('canceled');
    expect([stageOf(host), levels(host)]).toEqual(['canceled', '5: 4 available, 1 held, 0 committed']);
  });

  test('a copy of a refused question takes nothing, although there is enough by then', () => {
    const host = hostWith(1);
    expect(say(host, placed())).toBe('insufficient_stock');
    receive(host, 4, 'more');
    const copy = asked({}).debt('take').command;
    expect(host.ask(stock, copy)).toEqual({ refusal: { code: 'too_late' } });
    host.now += orderLimits.startWithinMs + 10_000;
    expect(host.ask(stock, copy)).toEqual({ refusal: { code: 'too_late' } });
    expect(levels(host)).toBe('5: 5 available, 0 held, 0 committed');
    expect(say(host, placed({ attempt: 2 }))).toBe('confirmed');
  });
});
