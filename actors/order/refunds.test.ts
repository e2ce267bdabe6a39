/** Refunds that come back, or are given up: whose money it is then, what is said of it, and that it can be tried again. */
import { describe, expect, test } from 'vitest';
import { orderDefinition, type OrderCommand } from './index.ts';
import { place, said } from './kit.fixture.ts';
import { backoffMs, orderLimits } from './limits.ts';
import { at, cancel, giveUpAt, pass, payBy, shop, shownOf, tick, type Shop } from './shop.fixture.ts';
import { settle } from './world.fixture.ts';

const refund: OrderCommand & { readonly type: 'refund' } = {
  type: 'refund',
  commandId: 'r1',
  fingerprint: 'f',
  amountMinor: 500,
  reason: 'sorry',
};
const retry = (refundId: string, commandId = 'again'): OrderCommand => ({ type: 'retryRefund', commandId, fingerprint: 'f', refundId });

function say({ order, world }: Shop, command: OrderCommand, now = at): string {
  const answer = said(order.send(command, now));
  settle(order, world, now);
  return answer;
}

/** The bank sends the newest refund back. */
function comesBack(all: Shop, now: number): string {
  const { refundId } = all.order.state.refunds.at(-1)!;
  all.world.returnRefund(all.order.state.payment.intentId!, refundId);
  return say(all, { type: 'paymentNews', ...all.world.news.at(-1)! }, now);
}

describe('a refund that comes back', () => {
  test('is the money of the merchant again, who is told and may try again', () => {
    const all = shop();
    say(all, refund);
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 500 });
    expect(comesBack(all, at + 1)).toBe('noted [refund.returned]');
    expect(all.order.events.at(-1)).toMatchObject({ type: 'refund.returned', message: 'account closed', retryAt: null });
    expect(shownOf(all)).toMatchObject({ status: 'confirmed', paymentStatus: 'refund_failed', refundedMinor: 0 });
    const { refundId } = all.order.state.refunds[0]!;
    expect(shownOf(all).refunds).toEqual([{ refundId, status: 'failed', amountMinor: 500, reason: 'sorry' }]);
    expect(say(all, retry(refundId), at + 2)).toBe('confirmed [refund.tried_again]');
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 500 });
    expect(say(all, retry(refundId), at + 3)).toBe('repeated confirmed');
    expect(all.world.keptMinor()).toBe(3_000);
  });

  test('is no longer owed once another one was made for it, and not made twice', () => {
    const all = shop();
    say(all, refund);
    comesBack(all, at + 1);
    say(all, { ...refund, commandId: 'r2', amountMinor: null }, at + 2);
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'refunded', refundedMinor: 3_500 });
    expect(all.order.send(retry(all.order.state.refunds[0]!.refundId), at + 3)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'refund_exceeds_captured', leftMinor: 0 },
    });
  });

  test('is told by old news, too, which say nothing about the next try', () => {
    const all = shop();
    say(all, refund);
    const { refundId, step } = all.order.state.refunds[0]!;
    comesBack(all, at + 1);
    const old = all.world.news.at(-1)!;
    const made = { kind: 'refunded', intentId: 'pi_1', refundId, amountMinor: 500, attempt: step } as const;
    expect(say(all, { type: 'paymentNews', eventId: 'late', outcome: made }, at + 2)).toBe('noted');
    all.order.send(retry(refundId), at + 3);
    expect(say(all, { type: 'paymentNews', eventId: 'later', outcome: made }, at + 3)).toBe('noted');
    expect(say(all, { type: 'paymentNews', ...old }, at + 4)).toBe('noted');
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 500 });
  });

  test('is believed although nobody has heard yet that it was made, and late words about it change nothing', () => {
    const all = shop();
    all.order.send(refund, at);
    const { refundId, step } = all.order.state.refunds[0]!;
    const about = { intentId: 'pi_1', refundId, attempt: step } as const;
    const back = { kind: 'refund_refused', ...about, message: 'account closed' } as const;
    const made = { kind: 'refunded', ...about, amountMinor: 500 } as const;
    expect(said(all.order.send({ type: 'paymentNews', eventId: 'back', outcome: back }, at + 1))).toBe(
      'noted [refund.done refund.returned]',
    );
    expect(said(all.order.send({ type: 'paymentNews', eventId: 'made', outcome: made }, at + 2))).toBe('noted');
    const answer = { type: 'stepAnswered', effectId: `refund:${step}`, outcome: { reply: made } } as const;
    expect(said(all.order.send(answer, at + 3))).toBe('noted');
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'refund_failed', refundedMinor: 0 });
  });

  test('of a canceled order is believed as early, and made again only after its pause', () => {
    const all = shop();
    all.order.send(cancel, at);
    pass(all, at, ['refund']);
    const asked = all.order.state.refunds.at(-1)!;
    const about = { intentId: 'pi_1', refundId: asked.refundId, attempt: asked.step } as const;
    const back = { kind: 'refund_refused', ...about, message: 'account closed' } as const;
    const made = { kind: 'refunded', ...about, amountMinor: 3_500 } as const;
    all.order.send({ type: 'paymentNews', eventId: 'back', outcome: back }, at + 1);
    all.order.send({ type: 'stepAnswered', effectId: `refund:${asked.step}`, outcome: { reply: made } }, at + 2);
    expect(asked.status).toBe('asked');
    expect(shownOf(all)).toMatchObject({ refundedMinor: 0, paymentStatus: 'refunding' });
  });

  test('of a canceled order is made again after a pause that grows, until it has come back too often', () => {
    const all = shop();
    say(all, cancel);
    let now = at;
    for (let times = 0; times < orderLimits.refundReturnsMax; times++) {
      comesBack(all, (now += 1));
      expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunding', refundedMinor: 0 });
      const pauseMs = backoffMs(times, orderLimits.returnedRefundPauseMs, orderLimits.wholeRefundPauseMaxMs);
      say(all, tick, now + pauseMs - 1);
      expect(all.world.keptMinor()).toBe(3_500);
      say(all, tick, (now += pauseMs));
      expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded', refundedMinor: 3_500 });
      expect(all.world.keptMinor()).toBe(0);
    }
    expect(comesBack(all, (now += 1))).toBe('noted [refund.returned]');
    expect(all.order.events.at(-1)).toMatchObject({ type: 'refund.returned', retryAt: null });
    expectGivenUp(all, 'canceled');
    say(all, retry(all.order.state.refunds[0]!.refundId), (now += 1e9));
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded' });
    expect(all.order.state.refunds).toHaveLength(1);
    comesBack(all, (now += 1)); // who asked is told, and may ask again
    expect(shownOf(all)).toMatchObject({ paymentStatus: 'refunding' });
  });

  test('of a canceled order may be tried at once by the merchant', () => {
    const all = shop();
    say(all, cancel);
    comesBack(all, at + 1);
    expect(say(all, retry(all.order.state.refunds[0]!.refundId), at + 2)).toBe('canceled [refund.tried_again]');
    expect(all.world.keptMinor()).toBe(0);
  });

  test('of one unit of an order that was canceled later goes back, too', () => {
    const all = shop();
    say(all, refund);
    say(all, cancel, at + 1);
    all.world.returnRefund('pi_1', all.order.state.refunds[0]!.refundId);
    say(all, { type: 'paymentNews', ...all.world.news.at(-1)! }, at + 2);
    pass(all, at + 2 + orderLimits.returnedRefundPauseMs);
    expect([shownOf(all).refundedMinor, all.world.keptMinor()]).toEqual([3_500, 0]);
  });

  test('of late money buys nothing: the order stays failed and is not begun anew', () => {
    const all = shop('secure');
    all.order.send(tick, payBy);
    pass(all, giveUpAt, ['void']);
    all.world.act('pi_1', 'captured');
    all.world.available.set('A', 0);
    for (const news of [...all.world.news]) say(all, { type: 'paymentNews', ...news }, giveUpAt + 1);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'refunded' });
    all.world.available.set('A', 9);
    comesBack(all, giveUpAt + 2);
    pass(all, giveUpAt + 2 + orderLimits.returnedRefundPauseMs);
    expect(shownOf(all)).toMatchObject({ status: 'failed', paymentStatus: 'refunded', refundedMinor: 3_500 });
    expect(all.world.available.get('A')).toBe(9);
    expect(said(all.order.send(place({ attempt: 2 }), giveUpAt + 1e8))).toBe('refused attempt_over');
  });
});

/** It rests with the money here, and says so. */
function expectGivenUp(all: Shop, status: string): void {
  expect(shownOf(all)).toMatchObject({ status, paymentStatus: 'refund_failed', refundedMinor: 0 });
  expect(shownOf(all).refunds).toMatchObject([{ status: 'failed', amountMinor: 3_500 }]);
  expect([all.order.owed(), orderDefinition.deadline(all.order.state), all.world.keptMinor()]).toEqual([[], null, 3_500]);
}

describe('a refund of a whole order that is refused', () => {
  /** Every refusal until it is over: when it was, and what was told. */
  function refusedUntilOver(all: Shop): { readonly askedAt: readonly number[]; readonly told: number } {
    const askedAt: number[] = [at];
    for (let rounds = 0; rounds < 100; rounds++) {
      const due = orderDefinition.deadline(all.order.state);
      if (due === null) break;
      askedAt.push(due);
      pass(all, due);
    }
    const told = all.order.events.filter((event) => event.type === 'refund.failed' && (event.retryAt === null || event.told === true));
    return { askedAt, told: told.length };
  }

  test('is asked for at growing distances for about a week, then rests until the merchant asks', () => {
    const all = shop('good', {}, (world) => (world.refundsRefused = 1_000));
    say(all, cancel);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunding' });
    const { askedAt, told } = refusedUntilOver(all);
    expect(askedAt).toHaveLength(orderLimits.wholeRefundTriesMax);
    const pauses = askedAt.slice(1).map((now, index) => now - askedAt[index]!);
    expect(pauses.every((pauseMs, index) => index === 0 || pauseMs >= pauses[index - 1]!)).toBe(true);
    expect(pauses.at(-1)).toBe(orderLimits.wholeRefundPauseMaxMs);
    const days = (askedAt.at(-1)! - at) / 86_400_000;
    expect([days > 5, days < 8, told]).toEqual([true, true, 2]); // once early, once at the end
    expectGivenUp(all, 'canceled');
    const { refundId } = all.order.state.refunds[0]!;
    expect(say(all, retry(refundId), at + 1e9)).toBe('canceled [refund.tried_again]');
    expect(shownOf(all).paymentStatus).toBe('refunding'); // refused again: a new row of tries
    all.world.refundsRefused = 0;
    pass(all, orderDefinition.deadline(all.order.state)!);
    expect(shownOf(all)).toMatchObject({ status: 'canceled', paymentStatus: 'refunded', refundedMinor: 3_500 });
    expect(all.world.keptMinor()).toBe(0);
  });

  test('of an order that failed does not begin it anew, nor takes units for its money', () => {
    const all = shop('secure');
    all.order.send(tick, payBy);
    pass(all, giveUpAt, ['void']);
    all.world.act('pi_1', 'captured');
    all.world.available.set('A', 0);
    all.world.refundsRefused = 1_000;
    for (const news of [...all.world.news]) say(all, { type: 'paymentNews', ...news }, giveUpAt + 1);
    refusedUntilOver(all);
    all.world.available.set('A', 9);
    expectGivenUp(all, 'failed');
    expect(said(all.order.send(place({ attempt: 2 }), giveUpAt + 1e9))).toBe('refused attempt_over');
    for (const news of [...all.world.news]) say(all, { type: 'paymentNews', ...news }, giveUpAt + 1e9);
    expectGivenUp(all, 'failed');
  });

  test('is given up at the next refusal where older code has asked for it for weeks', () => {
    const all = shop('good', {}, (world) => (world.refundsRefused = 1_000));
    say(all, cancel);
    const { refundId } = all.order.state.refunds[0]!;
    let now = at;
    for (let tries = 0; tries < 100; tries++) {
      now += 3_600_000;
      const again = { type: 'refund.tried_again', refundId, cause: 'timer' } as const;
      const failed = { type: 'refund.failed', refundId, message: 'no', retryAt: now + 3_600_000, cause: 'effect' } as const;
      all.order.apply([again, failed], now);
    }
    pass(all, now + 3_600_000);
    expectGivenUp(all, 'canceled');
  });
});

test('a refund that came back in an older log folds to what its row says', () => {
  const all = shop();
  say(all, refund);
  const [before] = all.order.state.refunds;
  const back = { type: 'refund.returned', refundId: before!.refundId, message: 'no', retryAt: null, cause: 'webhook evt' } as const;
  all.order.apply([back], at + 1);
  expect(all.order.state.refunds).toEqual([{ ...before, status: 'failed', doneAt: null, failedAt: at + 1 }]);
  say(all, retry(before!.refundId), at + 2);
  expect(all.order.state.refunds[0]).not.toHaveProperty('returns');
});

test('a refund that is given up shows as such until it is tried again', () => {
  const all = shop('good', {}, (world) => (world.refundsRefused = orderLimits.refundTriesMax));
  say(all, refund);
  for (let tries = 1; tries < orderLimits.refundTriesMax; tries++) pass(all, at + tries * orderLimits.retryMaxMs);
  expect(shownOf(all)).toMatchObject({ paymentStatus: 'refund_failed', refundedMinor: 0 });
  expect(say(all, retry('refund_0'), at + 1e8)).toBe('refused refund_unknown');
  say(all, retry(all.order.state.refunds[0]!.refundId), at + 1e8);
  expect(shownOf(all)).toMatchObject({ paymentStatus: 'partially_refunded', refundedMinor: 500 });
});
