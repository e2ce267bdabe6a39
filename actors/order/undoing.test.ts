/** The saga on its way back, told as stories: whatever goes wrong, units, uses, money and the cart are where they were. */
import { describe, expect, test } from 'vitest';
import { orderDefinition, type OrderCommand } from './index.ts';
import { orderId, OrderUnderTest, place, said, uuid } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import {
  at,
  cancel,
  expectNothingLeft,
  fromCart,
  giveUpAt,
  keeping,
  pass,
  pay,
  payBy,
  shop,
  shownOf,
  tick,
  type Shop,
} from './shop.fixture.ts';
import { settle, type World } from './world.fixture.ts';

describe('a refusal gives everything back before it is said', () => {
  test('a cart that another order has', () => {
    const all = shop('good', fromCart, (world) => (world.cart = 'ordered'));
    expect(all.order.verdicts).toEqual([`${orderId} cart_checked_out`]);
    expect(all.world.holds.size).toBe(0);
  });

  test('a cart without lines, and one with more than a hold can have', () => {
    for (const [lines, code] of [
      [[], 'cart_empty'],
      [
        Array.from({ length: 1_001 }, (_, line) => ({ sku: `S${line}`, quantity: 1, shownUnitPriceMinor: null, holdId: null })),
        'line_refused',
      ],
    ] as const) {
      const all = shop('good', fromCart, (world) => (world.cartLines = lines));
      expect(all.order.verdicts).toEqual([`${orderId} ${code}`]);
      expect(all.world.holds.size).toBe(0);
      expectNothingLeft(all);
    }
    const none = new OrderUnderTest();
    expect(said(none.send(place({ lines: [] }), at))).toBe('refused cart_empty');
  });

  test('too few units', () => {
    const all = shop('good', { ...fromCart }, (world) => world.available.set('A', 1));
    expect(all.order.verdicts).toEqual([`${orderId} insufficient_stock`]);
    expect(shownOf(all)).toMatchObject({ status: 'failed', refusal: { code: 'insufficient_stock', sku: 'A' }, payBy: null });
    all.world.available.set('A', 5);
    expectNothingLeft(all);
  });

  test('a coupon that is used up', () => {
    const all = shop('good', fromCart, (world) => world.uses.set('TEN', 0));
    expect(shownOf(all).refusal).toMatchObject({ code: 'line_refused', sku: 'TEN', cause: { code: 'coupon_used_up' } });
    all.world.uses.set('TEN', 1);
    expectNothingLeft(all);
  });

  test('no price', () => {
    const all = shop('good', fromCart, (world) => (world.prices = 'missing'));
    expect(all.order.verdicts).toEqual([`${orderId} price_unavailable`]);
    expectNothingLeft(all);
  });

  test('another total than the buyer expects, and what has changed', () => {
    const all = shop('good', { ...fromCart, expectedTotalMinor: 2_300 });
    expect(all.order.verdicts).toEqual([`${orderId} price_changed`]);
    expect(shownOf(all).refusal).toMatchObject({
      quote: { totalMinor: 2_500 },
      changed: [{ sku: 'A', shownUnitPriceMinor: 900, unitPriceMinor: 1_000 }],
    });
    expectNothingLeft(all);
  });

  test('the expected total is no refusal, whatever single prices were shown', () => {
    expect(shop('good', { ...fromCart, expectedTotalMinor: 2_500 }).order.verdicts).toEqual([`${orderId} confirmed`]);
  });

  test('nothing is said before the last thing is given back', () => {
    const all = shop('good', fromCart, (world) => (world.prices = 'missing'), ['release']);
    expect(all.order.verdicts).toEqual([]);
    expect(said(all.order.send(place(fromCart), at))).toBe('refused in_progress');
    settle(all.order, all.world, at);
    expect(all.order.verdicts).toEqual([`${orderId} price_unavailable`]);
  });
});

describe('a payment that is declined', () => {
  test('gives everything back at once, and then it is told', () => {
    const all = shop('declined', fromCart);
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`]);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided', payBy: null, refusal: { code: 'payment_failed' } });
    expectNothingLeft(all);
    expect(orderDefinition.deadline(all.order.state)).toBeNull();
  });

  test('is paid otherwise by taking the units again, with an intent of its own', () => {
    const all = shop('declined', fromCart);
    expect(said(all.order.send(pay(), at + 60_000))).toBe('waiting [order.placed]');
    settle(all.order, all.world, at + 60_000);
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`, 'p1 confirmed']);
    expect(said(all.order.send(pay(), at + 61_000))).toBe('repeated confirmed');
    expect(all.world.intents.size).toBe(2);
    expect([...all.world.holds.keys()]).toEqual([`hold_${uuid}`, `hold_${uuid}-2`]);
  });

  test('is in progress to whoever pays otherwise before all is given back', () => {
    const all = shop('declined', {}, () => {}, ['void']);
    expect(said(all.order.send(pay(), at))).toBe('refused in_progress');
    settle(all.order, all.world, at);
    expect(said(all.order.send(pay(), at))).toBe('waiting [order.placed]');
  });

  test('is not paid otherwise at another price than the buyer was shown', () => {
    const all = shop('declined');
    all.world.discountMinor = 100;
    all.order.send(pay(), at + 1);
    settle(all.order, all.world, at + 1);
    expect(all.order.verdicts.at(-1)).toBe('p1 price_changed');
    expectNothingLeft(all);
    all.order.send(place({ paymentMethod: 'pm_card_visa', attempt: 3 }), at + 2); // the whole wish again: whatever it costs
    expect(all.order.state.place!.expectedTotalMinor).toBeNull();
  });

  test('does not ask for an absorbed hold a second time', () => {
    const all = shop('declined', { lines: [{ sku: 'A', quantity: 1, absorbs: 'hold_x', shownUnitPriceMinor: null }] });
    all.order.send(pay(), at + 1);
    expect(all.order.debt('take')).toMatchObject({ to: { kind: 'stock', id: 'A' }, command: { type: 'hold', quantity: 1 } });
    expect(JSON.stringify(all.order.debt('take').command)).not.toContain('hold_x');
  });

  test('may be declined again, and again', () => {
    const all = shop('declined');
    for (const name of ['p1', 'p2']) {
      all.order.send(pay('declined', name), at + 1);
      settle(all.order, all.world, at + 1);
    }
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`, 'p1 payment_failed', 'p2 payment_failed']);
    expectNothingLeft(all);
  });
});

describe('a payment that is declined where the store keeps the units', () => {
  test('is told at once, and leaves the buyer the time of the hold for another card', () => {
    const all = shop('declined', keeping);
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`]);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'declined', payBy, refusal: { code: 'payment_failed' } });
    expect(said(all.order.send(pay(), at + 60_000))).toBe('waiting [payment.retried]');
    settle(all.order, all.world, at + 60_000);
    expect(all.order.verdicts.at(-1)).toBe('p1 confirmed');
    expect(said(all.order.send(pay(), at + 61_000))).toBe('repeated confirmed');
    expect(all.world.intents.size).toBe(1);
  });

  test('extends the hold first when little of it is left', () => {
    const all = shop('declined', keeping);
    const late = payBy - orderLimits.payTimeMinMs + 1;
    all.order.send(pay(), late);
    expect(all.order.owed().map(({ id }) => id)).toEqual(['extend.p1:1']);
    settle(all.order, all.world, late);
    expect(shownOf(all).status).toBe('confirmed');
  });

  test('is paid with what is left of a hold that may not live longer', () => {
    const all = shop('declined', keeping);
    const late = payBy - 1_000;
    all.order.send(pay(), late);
    all.order.send({ type: 'stepAnswered', effectId: 'extend.p1:1', outcome: { refusal: { code: 'hold_life_exceeded' } } }, late);
    settle(all.order, all.world, late);
    expect(shownOf(all).status).toBe('confirmed');
  });

  test('is given up at the deadline, with the decline as the reason', () => {
    const all = shop('declined', { ...fromCart, ...keeping });
    expect(orderDefinition.deadline(all.order.state)).toBe(payBy);
    pass(all, payBy);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided', refusal: { code: 'payment_failed' } });
    expectNothingLeft(all);
  });

  test('may be declined again, and again', () => {
    const all = shop('declined', keeping);
    all.order.send(pay('declined', 'p1'), at + 1);
    settle(all.order, all.world, at + 1);
    all.order.send(pay('declined', 'p2'), at + 2);
    settle(all.order, all.world, at + 2);
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`, 'p1 payment_failed', 'p2 payment_failed']);
  });
});

describe('a payment that waits for its buyer', () => {
  test('is looked at once more before it is given up, and saved if it is done by then', () => {
    const all = shop('secure');
    all.order.send(tick, payBy);
    expect(all.order.owed().map(({ id }) => id.split(':')[0])).toEqual(['retrieve']);
    all.world.act('pi_1', 'authorised');
    settle(all.order, all.world, payBy + 1);
    expect(shownOf(all).status).toBe('confirmed');
  });

  test('is voided when it is not', () => {
    const all = shop('secure', fromCart);
    pass(all, payBy);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided', refusal: { code: 'checkout_expired' } });
    expectNothingLeft(all);
  });

  test.each([-1, 0, 1])('news of money %i ms around the end of the hold is one outcome: paid, or given back', (offsetMs) => {
    const all = shop('secure', fromCart);
    all.order.send(tick, payBy);
    all.world.act('pi_1', 'authorised');
    const now = giveUpAt + offsetMs;
    if (offsetMs >= 0) all.order.send(tick, now);
    for (const news of all.world.news) all.order.send({ type: 'paymentNews', ...news }, now);
    settle(all.order, all.world, now);
    for (const news of all.world.news) all.order.send({ type: 'paymentNews', ...news }, now + 1);
    settle(all.order, all.world, now + 1);
    const { status, capturedMinor } = shownOf(all);
    expect([status, capturedMinor, all.world.keptMinor()]).toEqual(offsetMs < 0 ? ['confirmed', 2_500, 2_500] : ['failed', 0, 0]);
    if (offsetMs >= 0) expectNothingLeft(all);
  });
});

describe('money that comes too late', () => {
  function expiredThenCaptured(prepare: (world: World) => void = () => {}): Shop {
    const all = shop('secure');
    all.order.send(tick, payBy);
    pass(all, giveUpAt, ['void']);
    all.world.act('pi_1', 'captured');
    prepare(all.world);
    settle(all.order, all.world, giveUpAt + 1);
    return all;
  }

  test('takes units again when there are some', () => {
    const all = expiredThenCaptured();
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured', refusal: null });
    expect(all.world.holds.get(`hold_${uuid}-2`)?.status).toBe('committed');
    expect(all.world.keptMinor()).toBe(3_500);
  });

  test('goes back when there are none', () => {
    const all = expiredThenCaptured((world) => world.available.set('B', 0));
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'refunded', capturedMinor: 3_500, refundedMinor: 3_500 });
    expect(all.world.keptMinor()).toBe(0);
  });

  test('goes back when the buyer has canceled', () => {
    const all = shop('secure');
    all.order.send(cancel, at + 1);
    all.world.act('pi_1', 'captured');
    settle(all.order, all.world, at + 2);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded' });
    expectNothingLeft(all);
  });

  test('is asked about after the end, and believed only then', () => {
    const all = shop('secure', fromCart);
    pass(all, payBy);
    const late: OrderCommand = {
      type: 'paymentNews',
      eventId: 'evt_old',
      outcome: { kind: 'authorised', intentId: 'pi_1', amountMinor: 2_500 },
    };
    expect(said(all.order.send(late, giveUpAt))).toBe('noted [payment.appeared]');
    settle(all.order, all.world, giveUpAt);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided' });
    expect(said(all.order.send(late, giveUpAt + 1))).toBe('noted');
    expectNothingLeft(all);
  });

  test('that is reserved after the end takes units again, too', () => {
    const all = shop('secure');
    pass(all, payBy);
    all.world.intents.get('pi_1')!.status = 'authorised';
    const outcome = { kind: 'authorised', intentId: 'pi_1', amountMinor: 3_500 } as const;
    all.order.send({ type: 'paymentNews', eventId: 'evt_late', outcome }, giveUpAt);
    settle(all.order, all.world, giveUpAt);
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured' });
  });
});

describe('cancelling', () => {
  const waits = ['begin', 'take', 'quote', 'createIntent', 'confirm'];
  test.each(waits)('while %s is on its way: its answer is awaited, then everything is given back', (step) => {
    const all = shop('good', fromCart, () => {}, [step]);
    expect(said(all.order.send(cancel, at + 1))).toBe('canceled [order.canceled]');
    expect(all.order.verdicts).toEqual([`${orderId} order_ended`]);
    settle(all.order, all.world, at + 2);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', payBy: null });
    expectNothingLeft(all);
  });

  test('is not possible while the hold commits, and again when it is confirmed', () => {
    const all = shop('good', {}, () => {}, ['commit']);
    expect(said(all.order.send(cancel, at))).toBe('refused in_progress');
    settle(all.order, all.world, at);
    expect(said(all.order.send(cancel, at))).toBe('canceled [order.canceled refund.asked]');
    settle(all.order, all.world, at);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded', number: 1, refundedMinor: 3_500 });
    expectNothingLeft(all);
  });

  test('while the capture is on its way refunds what was captured', () => {
    const all = shop('good', {}, () => {}, ['capture']);
    all.order.send(cancel, at);
    settle(all.order, all.world, at);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded', capturedMinor: 3_500 });
    expectNothingLeft(all);
  });

  test('refunds only what was not refunded before', () => {
    const all = shop();
    all.order.send({ type: 'refund', commandId: 'r', fingerprint: 'f', amountMinor: 1_000, reason: 'late' }, at);
    settle(all.order, all.world, at);
    all.order.send(cancel, at);
    settle(all.order, all.world, at);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded', refundedMinor: 3_500 });
    expect(all.world.keptMinor()).toBe(0);
  });
});

describe('what the outside refuses', () => {
  const ended = at + orderLimits.holdTtlMs + 1;

  test('a hold that ended before it could commit: units are taken again when there are some', () => {
    const all = shop('good', {}, () => {}, ['commit']);
    settle(all.order, all.world, ended);
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured', refusal: null });
    expect(all.world.holds.get(`hold_${uuid}-2`)?.status).toBe('committed');
    expect(all.world.keptMinor()).toBe(3_500);
  });

  test('a hold that ended before it could commit: the money goes back when there are none', () => {
    const all = shop('good', {}, () => {}, ['commit']);
    all.order.send(orderDefinition.answered(all.order.debt('commit'), all.world.ask(all.order.debt('commit'), ended)), ended);
    all.world.available.set('B', 0);
    settle(all.order, all.world, ended);
    all.world.available.set('B', 5);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided', refusal: { code: 'checkout_expired' } });
    expect(all.world.numbers.size).toBe(0);
    expectNothingLeft(all);
  });

  test('a hold that its buyer committed behind the back of the order is given back one SKU at a time', () => {
    const all = shop('secure', fromCart);
    all.world.commitBehindItsBack();
    all.order.send(cancel, at);
    settle(all.order, all.world, at);
    expectNothingLeft(all);
  });

  test('a capture is tried again with growing pauses', () => {
    const all = shop('good', {}, (world) => (world.capturesRefused = 2));
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'capture_failed' });
    const first = orderDefinition.deadline(all.order.state)!;
    expect(first).toBe(at + orderLimits.retryMs);
    pass(all, first);
    const second = orderDefinition.deadline(all.order.state)!;
    expect(second).toBe(first + 2 * orderLimits.retryMs);
    pass(all, second);
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured' });
  });

  test.each([false, true])('an intent that the provider will not make is a failed payment (already on the way back: %s)', (isUndoing) => {
    const all = shop('good', fromCart, () => {}, ['createIntent']);
    const { id } = all.order.debt('createIntent');
    if (isUndoing) all.order.send(cancel, at);
    const declined = { reply: { kind: 'declined', intentId: '', decline: 'account_invalid', message: 'no' } };
    all.order.send({ type: 'stepAnswered', effectId: id, outcome: declined }, at);
    settle(all.order, all.world, at);
    expect(all.order.verdicts).toEqual([`${orderId} ${isUndoing ? 'order_ended' : 'payment_failed'}`]);
    expectNothingLeft(all);
  });

  test('a capture or refund that is still under way is asked for again', () => {
    const all = shop('good', {}, () => {}, ['capture']);
    const processing = { reply: { kind: 'processing', intentId: 'pi_1' } };
    all.order.send({ type: 'stepAnswered', effectId: all.order.debt('capture').id, outcome: processing }, at);
    pass(all, orderDefinition.deadline(all.order.state)!);
    expect(shownOf(all).paymentStatus).toBe('captured');
    all.order.send({ type: 'refund', commandId: 'r', fingerprint: 'f', amountMinor: 1, reason: 'x' }, at);
    for (let tries = 0; tries < 2 * orderLimits.refundTriesMax; tries++) {
      all.order.send({ type: 'stepAnswered', effectId: all.order.debt('refund').id, outcome: processing }, at);
      all.order.send(tick, orderDefinition.deadline(all.order.state)!);
    }
    settle(all.order, all.world, at);
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 1 });
  });

  test('a capture that fails for good ends the order: units and reserved money go back', () => {
    const all = shop('good', {}, (world) => (world.capturesRefused = 1_000));
    for (let now = orderDefinition.deadline(all.order.state); now !== null; now = orderDefinition.deadline(all.order.state)) pass(all, now);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'voided', number: 1 });
    expect(all.order.events.find(({ type }) => type === 'order.canceled')).toMatchObject({ by: 'capture_failed' });
    expectNothingLeft(all);
  });

  test('a void is tried until it is done', () => {
    const all = shop('secure', fromCart, (world) => (world.voidsRefused = 20));
    pass(all, payBy);
    expect(shownOf(all)).toMatchObject({ status: 'pending', paymentStatus: 'voiding' });
    for (let now = orderDefinition.deadline(all.order.state); now !== null; now = orderDefinition.deadline(all.order.state)) pass(all, now);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided' });
    expectNothingLeft(all);
  });

  test('the refund of a whole order is tried until it is done', () => {
    const all = shop('good', {}, (world) => (world.refundsRefused = orderLimits.wholeRefundTriesMax - 1));
    all.order.send(cancel, at);
    settle(all.order, all.world, at);
    for (let now = orderDefinition.deadline(all.order.state); now !== null; now = orderDefinition.deadline(all.order.state)) pass(all, now);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded' });
    expectNothingLeft(all);
  });

  test('units that never answer in time are given up, and given back when they do', () => {
    const all = shop('good', fromCart, () => {}, ['take']);
    all.order.send(tick, at + orderLimits.startWithinMs);
    settle(all.order, all.world, at + orderLimits.startWithinMs + 1);
    expect(all.order.verdicts).toEqual([`${orderId} checkout_expired`]);
    expectNothingLeft(all);
  });

  test('an authorisation of another amount is no payment', () => {
    const all = shop('good', {}, () => {}, ['confirm']);
    const outcome = { kind: 'authorised', intentId: 'pi_1', amountMinor: 1 } as const;
    all.order.send({ type: 'paymentNews', eventId: 'e', outcome }, at);
    settle(all.order, all.world, at);
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`]);
    expectNothingLeft(all);
  });
});
