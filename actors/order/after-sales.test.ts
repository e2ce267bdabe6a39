/** After the sale: shipments in pieces, returns, refunds, each once however often it is asked for. */
import { describe, expect, test } from 'vitest';
import type { OrderCommand, OrderReply, PaymentOutcome } from './index.ts';
import { buyer, orderId, OrderUnderTest, place, said, startedAt, store, uuid } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { settle, World } from './world.fixture.ts';

const at = startedAt;
let commands = 0;
const once = () => ({ commandId: `c${++commands}`, fingerprint: 'f' });
const units = (sku: string, quantity: number) => [{ sku, quantity }];

function sold(): { readonly order: OrderUnderTest; readonly world: World; readonly say: (command: OrderCommand) => string } {
  const [order, world] = [new OrderUnderTest(), new World()];
  const say = (command: OrderCommand): string => {
    const words = said(order.send(command, at));
    settle(order, world, at);
    return words;
  };
  say(place());
  return { order, world, say };
}

function shownOf(order: OrderUnderTest): OrderReply {
  const decision = order.send({ type: 'read', buyer: null }, at);
  if (decision.kind !== 'accepted' || decision.reply.type !== 'order') throw new Error(`the order cannot be read: ${said(decision)}`);
  return decision.reply;
}

const fulfil = (lines: readonly { sku: string; quantity: number }[] | null, more = once()): OrderCommand => ({
  type: 'fulfil',
  ...more,
  lines,
  tracking: { carrier: 'post', number: 'T1', url: null },
});
const refund = (amountMinor: number | null): OrderCommand => ({ type: 'refund', ...once(), amountMinor, reason: 'sorry' });
const requestReturn = (lines: readonly { sku: string; quantity: number }[]): OrderCommand => ({
  type: 'requestReturn',
  ...once(),
  buyer,
  lines,
  reason: 'small',
});
const receive = (over: Partial<OrderCommand & { type: 'receiveReturn' }> = {}): OrderCommand => ({
  type: 'receiveReturn',
  ...once(),
  returnId: 'return_1',
  lines: null,
  location: 'main',
  condition: 'restock',
  refund: true,
  ...over,
});

describe('shipping', () => {
  test('in pieces tells each SKU how many units have left in total, and shows from where', () => {
    const { order, world, say } = sold();
    const hold = world.holds.get(`hold_${uuid}`)!;
    expect(say(fulfil(units('A', 1)))).toBe('partially_shipped [shipment.created]');
    expect(Object.fromEntries(hold.shipped)).toEqual({ A: 1 });
    expect(say(fulfil(null))).toBe('shipped [shipment.created]');
    expect(Object.fromEntries(hold.shipped)).toEqual({ A: 2, B: 1 });
    expect(shownOf(order).shipments).toMatchObject([
      { shipmentId: 'shipment_1', lines: [{ sku: 'A', quantity: 1, locations: [{ location: 'main', quantity: 1 }] }], deliveredAt: null },
      {
        shipmentId: 'shipment_2',
        lines: [
          { sku: 'A', quantity: 1 },
          { sku: 'B', quantity: 1 },
        ],
        tracking: { carrier: 'post' },
      },
    ]);
    expect(order.rows.get(`fulfilments ${store} ${orderId} shipment_1`)).toMatchObject({ shipped_at: at, delivered_at: null });
  });

  test('takes units from the warehouses in the order of the hold', () => {
    const order = new OrderUnderTest();
    const world = new World();
    order.send(place(), at);
    const take = order.debt('take');
    const locations = [
      { location: 'near', quantity: 1 },
      { location: 'far', quantity: 1 },
    ];
    const outcome = world.ask(take, at) as { readonly reply: object };
    const allocations = [
      { sku: 'A', locations },
      { sku: 'B', locations: [{ location: 'near', quantity: 1 }] },
    ];
    order.send({ type: 'stepAnswered', effectId: take.id, outcome: { reply: { ...outcome.reply, allocations } } }, at);
    settle(order, world, at);
    order.send(fulfil(units('A', 1)), at);
    order.send(fulfil(units('A', 1)), at);
    expect(shownOf(order).shipments.map(({ lines }) => lines[0]?.locations)).toEqual([
      [{ location: 'near', quantity: 1 }],
      [{ location: 'far', quantity: 1 }],
    ]);
  });

  test('again with the same key is the same shipment, with another body an error', () => {
    const { order, say } = sold();
    const key = once();
    say(fulfil(units('A', 1), key));
    expect(say(fulfil(units('A', 1), key))).toBe('repeated partially_shipped');
    expect(say(fulfil(units('A', 1), { ...key, fingerprint: 'other' }))).toBe('refused idempotency_key_reused');
    expect(shownOf(order).shipments).toHaveLength(1);
  });

  test('is delivered when every shipment is', () => {
    const { say } = sold();
    say(fulfil(units('A', 2)));
    say(fulfil(units('B', 1)));
    expect(say({ type: 'deliver', ...once(), shipmentId: 'shipment_1' })).toBe('shipped [shipment.delivered]');
    expect(say({ type: 'deliver', ...once(), shipmentId: 'shipment_2' })).toBe('delivered [shipment.delivered]');
  });
});

describe('sending back', () => {
  test('brings units back to their SKU once, and their money', () => {
    const { order, world, say } = sold();
    say(fulfil(null));
    expect(say(requestReturn(units('A', 2)))).toBe('shipped [return.requested]');
    const key = once();
    expect(say(receive({ ...key, lines: units('A', 1), condition: 'damaged' }))).toBe('shipped [return.received refund.asked]');
    expect(say(receive({ ...key, lines: units('A', 1), condition: 'damaged' }))).toBe('repeated shipped');
    expect(shownOf(order)).toMatchObject({ refundedMinor: 1_000, returns: [{ status: 'requested', refundMinor: 1_000 }] });
    say(receive());
    expect(shownOf(order)).toMatchObject({
      refundedMinor: 2_000,
      returns: [{ status: 'received', received: [{ sku: 'A', quantity: 2 }] }],
    });
    expect(world.returned.get('A')).toBe(2);
    expect(order.rows.get(`returns ${store} ${orderId} return_1`)).toMatchObject({ status: 'received', refund_minor: 2_000 });
  });

  test('of everything makes an order returned; shipping stays paid', () => {
    const { order, say } = sold();
    say(fulfil(null));
    say(requestReturn([...units('A', 2), ...units('B', 1)]));
    say(receive());
    expect(shownOf(order)).toMatchObject({ status: 'returned', paymentStatus: 'partially_refunded', refundedMinor: 3_000 });
    expect(say(receive())).toBe('refused units_exceeded');
  });

  test('without money back, when the merchant says so', () => {
    const { order, say } = sold();
    say(fulfil(null));
    say(requestReturn(units('A', 1)));
    expect(say(receive({ refund: false }))).toBe('shipped [return.received]');
    expect(shownOf(order)).toMatchObject({ paymentStatus: 'captured', refundedMinor: 0 });
  });

  test('gives back no more than is left of what was paid', () => {
    const { order, say } = sold();
    say(fulfil(null));
    say(refund(3_000));
    say(requestReturn(units('A', 2)));
    say(receive());
    expect(shownOf(order)).toMatchObject({ paymentStatus: 'refunded', refundedMinor: 3_500, returns: [{ refundMinor: 500 }] });
  });

  test('in portions gives back a line to the last cent', () => {
    const [order, world] = [new OrderUnderTest(), new World()];
    world.available.set('A', 7);
    order.send(place({ lines: [{ sku: 'A', quantity: 7, shownUnitPriceMinor: null }] }), at);
    world.lineTotalMinor = 1_000;
    settle(order, world, at);
    order.send(fulfil(null), at);
    settle(order, world, at);
    order.send(requestReturn(units('A', 7)), at);
    const amounts: number[] = [];
    for (let unit = 0; unit < 7; unit++) {
      const before = shownOf(order).refundedMinor;
      order.send(receive({ lines: units('A', 1) }), at);
      settle(order, world, at);
      amounts.push(shownOf(order).refundedMinor - before);
    }
    expect(amounts).toEqual([142, 143, 143, 143, 143, 143, 143]);
  });

  test('in dinars gives back only what cards can move, and still the whole line', () => {
    const [order, world] = [new OrderUnderTest(), new World()];
    world.currency = 'KWD';
    order.send(place({ currency: 'KWD', lines: [{ sku: 'A', quantity: 3, shownUnitPriceMinor: null }] }), at);
    world.lineTotalMinor = 1_000;
    settle(order, world, at);
    order.send(fulfil(null), at);
    settle(order, world, at);
    order.send(requestReturn(units('A', 3)), at);
    for (let unit = 0; unit < 3; unit++) {
      order.send(receive({ lines: units('A', 1) }), at);
      settle(order, world, at);
    }
    expect(shownOf(order).refunds.map(({ amountMinor }) => amountMinor)).toEqual([330, 330, 340]);
  });
});

test('a capture of a part, made at the payment provider itself, is what was captured, everywhere', () => {
  const [order, world] = [new OrderUnderTest(), new World()];
  order.send(place(), at);
  settle(order, world, at, ['capture']);
  const part: PaymentOutcome = { kind: 'captured', intentId: 'pi_1', amountMinor: 2_000 };
  expect(said(order.send({ type: 'paymentNews', eventId: 'evt', outcome: part }, at))).toBe('noted [payment.captured]');
  expect(shownOf(order)).toMatchObject({ status: 'confirmed', capturedMinor: 2_000, quote: { totalMinor: 3_500 } });
  expect(order.rows.get(`orders ${store} ${orderId}`)).toMatchObject({ total_minor: 3_500, captured_minor: 2_000, refunded_minor: 0 });
  expect(order.rows.get(`payments ${store} ${orderId} pi_1`)).toMatchObject({ amount_minor: 3_500, captured_minor: 2_000 });
  expect(said(order.send(refund(2_001), at))).toBe('refused refund_exceeds_captured');
  order.send(refund(null), at);
  expect(order.debt('refund').command).toMatchObject({ amountMinor: 2_000 });
});

describe('money back', () => {
  test('in parts, up to what was captured', () => {
    const { order, say } = sold();
    expect(say(refund(1_000))).toBe('confirmed [refund.asked]');
    expect(shownOf(order)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 1_000 });
    expect(say(refund(2_501))).toBe('refused refund_exceeds_captured');
    expect(say(refund(null))).toBe('confirmed [refund.asked]');
    expect(shownOf(order)).toMatchObject({ paymentStatus: 'refunded', refundedMinor: 3_500 });
    expect(say(refund(null))).toBe('refused refund_exceeds_captured');
  });

  test('counts while it is on its way, so that two refunds never exceed what was captured', () => {
    const { order } = sold();
    order.send(refund(3_000), at);
    expect(said(order.send(refund(1_000), at))).toBe('refused refund_exceeds_captured');
    expect(shownOf(order).paymentStatus).toBe('refunding');
  });

  test('that is refused again and again is given up, and what it was for may be tried anew', () => {
    const { order, world } = sold();
    world.refundsRefused = orderLimits.refundTriesMax;
    order.send(refund(1_000), at);
    for (let now = at, tries = 0; tries < orderLimits.refundTriesMax; tries++) {
      settle(order, world, now);
      now += orderLimits.retryMaxMs;
      order.send({ type: 'tick' }, now);
    }
    expect(order.state.refunds).toMatchObject([{ status: 'failed', tries: orderLimits.refundTriesMax }]);
    expect(order.owed()).toEqual([]);
    order.send(refund(1_000), at);
    settle(order, world, at);
    expect(shownOf(order).refundedMinor).toBe(1_000);
  });

  test('is done when its webhook says so first', () => {
    const { order, world } = sold();
    order.send(refund(1_000), at);
    const answer = world.ask(order.debt('refund'), at) as { readonly reply: PaymentOutcome };
    order.send({ type: 'paymentNews', eventId: 'e', outcome: answer.reply }, at);
    expect(shownOf(order)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 1_000 });
    expect(order.owed()).toEqual([]);
  });
});

test('commands beyond what one order remembers wait until the oldest may be forgotten', () => {
  const { order } = sold();
  for (let count = 0; count < orderLimits.repeatsMax; count++) {
    const { state } = order;
    const remembered = [...state.remembered, { commandId: `old${count}`, fingerprint: 'f', at }];
    order.state = { ...state, remembered };
  }
  expect(said(order.send(refund(1), at))).toBe('refused repeats_full');
  expect(said(order.send(refund(1), at + 24 * 3_600_000))).toBe('confirmed [refund.asked]');
});
