/** What comes again, sooner or later: an attempt is made once, a command pays once, and one order tries only so many payments. */
import { describe, expect, test } from 'vitest';
import { orderDefinition, type OrderCommand } from './index.ts';
import { orderId, OrderUnderTest, place, said, uuid } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { at, cancel, expectNothingLeft, keeping, pass, pay, payBy, shop, shownOf } from './shop.fixture.ts';
import { settle } from './world.fixture.ts';

describe('a message that was long on its way', () => {
  const aYearMs = 365 * 24 * 3_600_000;

  test.each([
    ['under the same name', {}],
    ['under another name', { commandId: 'another' }],
    ['which names the attempt that it was', { attempt: 1 }],
    ['which names an attempt that nobody can know of', { attempt: 3 }],
  ])('does not place a failed order again, however late: %s', (_, over) => {
    const all = shop('good', {}, (world) => world.available.set('A', 1));
    all.world.available.set('A', 5);
    const decision = all.order.send(place(over), at + aYearMs);
    expect(decision).toMatchObject({
      kind: 'refused',
      refusal: { code: 'attempt_over', attempt: 1, refusal: { code: 'insufficient_stock' } },
    });
    expectNothingLeft(all);
  });

  test('is an old one after every attempt', () => {
    const all = shop('declined');
    all.order.send(place({ attempt: 2 }), at + 1);
    settle(all.order, all.world, at + 1);
    expect(all.order.verdicts).toEqual([`${orderId} payment_failed`, `${orderId} payment_failed`]);
    for (const attempt of [1, 2]) expect(said(all.order.send(place({ attempt }), at + 2))).toBe('refused attempt_over');
    expect(said(all.order.send(place({ attempt: 3 }), at + 2))).toBe('waiting [order.placed]');
  });

  test('counts who paid otherwise, too', () => {
    const all = shop('declined');
    all.order.send(pay('declined'), at + 1);
    settle(all.order, all.world, at + 1);
    expect(said(all.order.send(place({ attempt: 2 }), at + 2))).toBe('refused attempt_over');
  });

  test('does not pay once more for an order whose units are kept: it hears of the decline', () => {
    const all = shop('declined', keeping);
    for (const attempt of [1, 2]) expect(said(all.order.send(place({ ...keeping, attempt }), at + 1))).toBe('refused payment_failed');
    expect(all.world.answers.size).toBe(2); // an intent, and one confirmation
  });

  test('is read back from rows as old as it is', () => {
    const all = shop('good', {}, (world) => world.available.set('A', 1));
    const loaded = new OrderUnderTest();
    loaded.state = all.order.load(at);
    expect(said(loaded.send(place(), at + aYearMs))).toBe('refused attempt_over');
  });
});

describe('the same key again, as the next attempt', () => {
  test('after a refusal has a hold of its own', () => {
    const all = shop('good', {}, (world) => world.available.set('A', 1));
    all.world.available.set('A', 5);
    expect(said(all.order.send(place({ attempt: 2 }), at + 1))).toBe('waiting [order.placed]');
    settle(all.order, all.world, at + 1);
    expect(all.order.verdicts).toEqual([`${orderId} insufficient_stock`, `${orderId} confirmed`]);
    expect([...all.world.holds.keys()]).toEqual([`hold_${uuid}`, `hold_${uuid}-2`]);
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', refusal: null, placedAt: at });
  });

  test('a step of payments is never used twice, over all attempts', () => {
    const all = shop('declined');
    pass(all, payBy);
    all.order.send(place({ paymentMethod: 'pm_card_visa', attempt: 2 }), payBy + 1);
    settle(all.order, all.world, payBy + 1);
    const steps = [...all.world.answers.keys()].map((name) => name.split(' ')[1]);
    expect(new Set(steps).size).toBe(steps.length);
  });
});

describe('a command that paid', () => {
  test('pays once, for ever: again, it hears of its decline', () => {
    const all = shop('declined');
    all.order.send(pay('declined'), at + 1);
    settle(all.order, all.world, at + 1);
    all.world.setCard('declined', 'good'); // the same message would be paid now
    expect(said(all.order.send(pay('declined'), at + 1e9))).toBe('refused payment_failed');
    expect(said(all.order.send(pay('declined', 'p2'), at + 1e9))).toBe('waiting [order.placed]');
  });

  test('hears how the order stands when a later one has paid', () => {
    const all = shop('declined', keeping);
    for (const [card, name] of [
      ['declined', 'p1'],
      ['secure', 'p2'],
    ] as const) {
      all.order.send(pay(card, name), at + 1);
      settle(all.order, all.world, at + 1);
    }
    expect(said(all.order.send(pay('declined', 'p1'), at + 2))).toBe('repeated requires_action');
    all.world.act('pi_1', 'authorised');
    for (const news of all.world.news) all.order.send({ type: 'paymentNews', ...news }, at + 3);
    settle(all.order, all.world, at + 3);
    expect(said(all.order.send(pay('declined', 'p1'), at + 4))).toBe('repeated confirmed');
  });

  test.each([
    ['while it is paid', 'good', ['confirm']],
    ['once it is confirmed', 'good', []],
    ['after its decline', 'declined', []],
  ])('is refused with another card under its key: %s', (_, card, except) => {
    const all = shop('declined');
    all.order.send(pay(card), at + 1);
    settle(all.order, all.world, at + 1, except);
    expect(said(all.order.send({ ...pay(card), fingerprint: 'another card' } as OrderCommand, at + 2))).toBe(
      'refused idempotency_key_reused',
    );
  });
});

test('a cancellation with another reason under its key is refused, before and after the order has ended', () => {
  const all = shop('good', {}, () => {}, ['capture']);
  all.order.send(cancel, at);
  const other = { ...cancel, fingerprint: 'another reason' } as OrderCommand;
  expect(said(all.order.send(other, at))).toBe('refused idempotency_key_reused');
  settle(all.order, all.world, at);
  expect(said(all.order.send(other, at))).toBe('refused idempotency_key_reused');
  expect(said(all.order.send(cancel, at))).toBe('repeated canceled');
});

describe('one order tries only so many payments', () => {
  const { paymentTriesMax } = orderLimits;
  const exceeded = { kind: 'refused', refusal: { code: 'payment_attempts_exceeded', attemptsMax: paymentTriesMax } };

  test.each([
    ['whose units go back with each decline', {}],
    ['whose units are kept', keeping],
  ])('%s; and it ends as it would have', (_, over) => {
    const all = shop('declined', over);
    for (let tries = 1; tries < paymentTriesMax; tries++) {
      expect(said(all.order.send(pay('declined', `p${tries}`), at + tries))).toContain('waiting');
      settle(all.order, all.world, at + tries);
    }
    expect(all.order.send(pay('good', 'one more'), at + 100)).toMatchObject(exceeded);
    const confirms = [...all.world.answers.keys()].filter((name) => name.startsWith('confirm'));
    expect(confirms).toHaveLength(paymentTriesMax);
    pass(all, payBy);
    expect(shownOf(all)).toMatchObject({ status: 'failed', refusal: { code: 'payment_failed' } });
    expectNothingLeft(all);
    expect(all.order.send(place({ ...over, attempt: all.order.state.attempt + 1 }), payBy)).toMatchObject(exceeded);
  });

  test('also where it is placed again each time, and where no intent ever comes about', () => {
    const all = shop('declined');
    for (let attempt = 2; attempt <= paymentTriesMax; attempt++) {
      all.order.send(place({ attempt }), at + attempt);
      settle(all.order, all.world, at + attempt, ['createIntent']);
      const debt = all.order.debt('createIntent');
      const outcome = { reply: { kind: 'declined', intentId: '', decline: 'amount_not_payable', message: 'no' } };
      all.order.send(orderDefinition.answered(debt, outcome), at + attempt);
      settle(all.order, all.world, at + attempt);
    }
    expect(all.order.send(place({ attempt: paymentTriesMax + 1 }), at + 100)).toMatchObject(exceeded);
    expect(all.order.send(pay(), at + 100)).toMatchObject(exceeded);
  });
});

test('rows of before the tries were counted are read as an order with none', () => {
  const all = shop('declined');
  const [name, row] = [...all.order.rows].find(([key]) => key.startsWith('orders '))!;
  const { payCommands: _, paymentTries: __, ...state } = row['state'] as Record<string, never>;
  all.order.rows.set(name, { ...row, state });
  expect(all.order.load(at)).toMatchObject({ payCommands: [], paymentTries: 0, attempt: 1 });
});
