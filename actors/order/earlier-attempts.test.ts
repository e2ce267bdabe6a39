/**
 * Money of an earlier attempt, while a later one is under way or done. An order that took money is not placed again
 * (P3); but orders in old logs were, and their banks may still send refunds back.
 */
import { describe, expect, test } from 'vitest';
import { orderDefinition, type OrderCommand, type PaymentOutcome } from './index.ts';
import { orderId, place, said } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { at, cancel, giveUpAt, pass, payBy, shop, shownOf, tick, type Shop } from './shop.fixture.ts';
import { settle } from './world.fixture.ts';

const later = giveUpAt + 1_000;

/** Late money of the first attempt went back; then the order was placed again, as its log says. */
function placedAgain(paymentMethod = 'pm_card_visa', account: string | null = null): Shop {
  const all = shop('secure');
  all.order.send(tick, payBy);
  pass(all, giveUpAt, ['void']);
  all.world.act('pi_1', 'captured');
  all.world.available.set('A', 0);
  hear(all, giveUpAt + 1);
  expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'refunded' });
  all.world.available.set('A', 9);
  expect(said(all.order.send(place({ attempt: 2 }), later))).toBe('refused attempt_over');
  const { type: _, ...again } = place({ attempt: 2, paymentMethod, account });
  all.order.apply([{ type: 'order.placed', place: again, cause: `place ${orderId}` }], later);
  settle(all.order, all.world, later);
  return all;
}

function hear({ order, world }: Shop, now: number): void {
  for (const news of [...world.news]) order.send({ type: 'paymentNews', ...news }, now);
  settle(order, world, now);
}

function comesBack(all: Shop, now: number): string {
  const [refundId] = [...all.world.intents.get('pi_1')!.refunds.keys()];
  all.world.returnRefund('pi_1', refundId!);
  const decided = said(all.order.send({ type: 'paymentNews', ...all.world.news.at(-1)! }, now));
  settle(all.order, all.world, now);
  return decided;
}

describe('a refund of an earlier attempt that comes back', () => {
  test('is told to the merchant and made again, from the payment it was of; the later one keeps its money', () => {
    const all = placedAgain('good');
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured' });
    expect(comesBack(all, later + 1)).toBe('noted [refund.returned]');
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'refunding', capturedMinor: 3_500, refundedMinor: 0 });
    expect(shownOf(all).refunds).toMatchObject([{ status: 'pending', amountMinor: 3_500 }]);
    expect(all.world.keptMinor()).toBe(7_000);
    pass(all, later + 1 + orderLimits.returnedRefundPauseMs);
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'captured', refundedMinor: 0 });
    expect(shownOf(all).refunds).toMatchObject([{ status: 'done', amountMinor: 3_500 }]);
    expect(all.world.keptMinor()).toBe(3_500);
  });

  test('leaves the refunds of the later one as they are', () => {
    const all = placedAgain('good');
    comesBack(all, later + 1);
    const refund: OrderCommand = { type: 'refund', commandId: 'r1', fingerprint: 'f', amountMinor: null, reason: 'sorry' };
    all.order.send(refund, later + 2);
    settle(all.order, all.world, later + 2);
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'refunding', refundedMinor: 3_500 });
    pass(all, later + 1 + orderLimits.returnedRefundPauseMs);
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'refunded', refundedMinor: 3_500 });
    expect(all.world.keptMinor()).toBe(0);
  });

  test('is made again by an order that has failed a second time, which is not over before', () => {
    const all = placedAgain('declined');
    expect(shownOf(all).status).toBe('failed');
    comesBack(all, later + 1);
    expect(shownOf(all)).toMatchObject({ status: 'pending', paymentStatus: 'refunding' });
    pass(all, later + 1 + orderLimits.returnedRefundPauseMs);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'voided' });
    expect(all.world.keptMinor()).toBe(0);
  });

  test('is made again where a third attempt follows, and where the order is canceled meanwhile', () => {
    const all = placedAgain('declined');
    comesBack(all, later + 1);
    pass(all, later + 1 + orderLimits.returnedRefundPauseMs);
    const third = later + 2 + orderLimits.returnedRefundPauseMs;
    all.order.send(place({ attempt: 3, paymentMethod: 'good' }), third);
    settle(all.order, all.world, third);
    comesBack(all, third + 1);
    all.order.send(cancel, third + 2);
    settle(all.order, all.world, third + 2);
    expect([shownOf(all).status, all.world.keptMinor()]).toEqual(['canceled', 3_500]);
    pass(all, third + 1 + 2 * orderLimits.returnedRefundPauseMs);
    expect([shownOf(all).status, all.world.keptMinor()]).toEqual(['canceled', 0]);
  });

  test('shows as failed when it was refused for too long, and can be asked for again', () => {
    const all = placedAgain('declined');
    comesBack(all, later + 1);
    all.world.refundsRefused = 1_000;
    for (let now: number | null = later; now !== null; now = orderDefinition.deadline(all.order.state)) pass(all, now);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'refund_failed' });
    all.world.refundsRefused = 0;
    const { refundId } = all.order.state.refunds[0]!;
    const retry: OrderCommand = { type: 'retryRefund', commandId: 'again', fingerprint: 'f', refundId };
    expect(said(all.order.send(retry, later + 1e9))).toBe('pending [refund.tried_again]');
    settle(all.order, all.world, later + 1e9);
    expect([shownOf(all).paymentStatus, all.world.keptMinor()]).toEqual(['voided', 0]);
  });

  test('is noticed once, however often it is told, and only with a name that this order has given', () => {
    const all = placedAgain('good');
    comesBack(all, later + 1);
    const news = all.world.news.at(-1)!;
    expect(said(all.order.send({ type: 'paymentNews', ...news }, later + 2))).toBe('noted');
    pass(all, later + 1 + orderLimits.returnedRefundPauseMs);
    expect(said(all.order.send({ type: 'paymentNews', ...news }, later + 1e7))).toBe('noted');
    expect(all.order.state.refunds).toHaveLength(1);
    const outcome = { kind: 'refund_refused', intentId: 'pi_0', message: 'no', amountMinor: 5 } as const;
    for (const refundId of ['refund_999', 'refund_0', 'refund_', 'other'])
      expect(said(all.order.send({ type: 'paymentNews', eventId: 'e', outcome: { ...outcome, refundId } }, later + 1e7))).toBe('noted');
  });
});

describe('news name the account that they come from', () => {
  const paid = { kind: 'captured', intentId: 'pi_1', amountMinor: 3_500 } as const;
  const news = (account: string | null, outcome: PaymentOutcome = paid): OrderCommand => ({
    type: 'paymentNews',
    eventId: 'evt',
    outcome,
    account,
  });

  test.each([
    ['the account that it is paid through is believed, whatever the store has by now', 'acct_1', 'acct_1', 'noted [payment.captured]'],
    ["the platform's own account is believed where it is paid through that", null, null, 'noted [payment.captured]'],
    ['another account is not', 'acct_1', 'acct_2', 'refused order_foreign'],
    ["the platform's own is not, where the store has an account", 'acct_1', null, 'refused order_foreign'],
    ['an account is not, where the store has none', null, 'acct_1', 'refused order_foreign'],
  ])('%s', (_what, own, account, decided) => {
    const all = shop('secure', { account: own });
    expect(said(all.order.send(news(account), at + 1))).toBe(decided);
  });

  test('a refund of an earlier attempt is believed from the account of that attempt, and made again there', () => {
    const all = placedAgain('declined', 'acct_1');
    const again = later + 1;
    const { type: _, ...third } = place({ attempt: 3, paymentMethod: 'good', account: 'acct_2' });
    all.order.send({ type: 'place', ...third }, again);
    settle(all.order, all.world, again);
    const [refundId] = [...all.world.intents.get('pi_1')!.refunds.keys()];
    all.world.returnRefund('pi_1', refundId!);
    const back = all.world.news.at(-1)!.outcome;
    expect(said(all.order.send(news('acct_3', back), again + 1))).toBe('refused order_foreign');
    expect(said(all.order.send(news('acct_1', paid), again + 1))).toBe('noted');
    expect(said(all.order.send(news('acct_1', { ...paid, intentId: 'pi_3' }), again + 1))).toBe('refused order_foreign');
    expect(said(all.order.send(news(null, back), again + 1))).toBe('noted [refund.returned]');
    all.order.send(tick, again + 1 + orderLimits.returnedRefundPauseMs);
    expect(all.order.debt('refund').command).toMatchObject({ type: 'refund', intentId: 'pi_1', account: null });
  });

  test('an order that never changed its account is stored as it was before accounts were remembered', () => {
    const all = placedAgain('declined');
    const { accountsBefore, ...older } = all.order.state;
    expect([accountsBefore, Object.keys(older)]).toEqual([undefined, Object.keys(all.order.state)]);
  });
});

test('a first attempt has no earlier payments: nothing is given back from a payment that is not its own', () => {
  const all = shop();
  const outcome = { kind: 'refund_refused', intentId: 'pi_0', refundId: 'refund_1', message: 'no', amountMinor: 5 } as const;
  expect(said(all.order.send({ type: 'paymentNews', eventId: 'e', outcome }, at + 1))).toBe('noted');
});
