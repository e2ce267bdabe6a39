/**
 * Every command at an order in every stage: rows of answer → stages. `stages.fixture.ts` says how each stage is come to.
 * Each cell also proves that rows load as the state, that the laws hold, and that deciding changes nothing.
 */
import { describe, expect, test } from 'vitest';
import { orderDefinition, type OrderCommand, type PaymentOutcome } from './index.ts';
import { buyer, OrderUnderTest, place, said } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { stages, type Staged, type StageName } from './stages.fixture.ts';

interface Ledger {
  readonly command: OrderCommand;
  /** At the stage's own instant, or so much later. */
  readonly laterMs?: number;
  /** What is said, and in which stages; `rest`: in all others. */
  readonly answers: Readonly<Record<string, string>>;
}

const stageNames = Object.keys(stages) as StageName[];
const saga = 'cart hold quote intent confirm requiresAction processing declined extend commit number rescuing';
const over = 'undoing voiding failed verifying declining refused';
const timeOver = 'undoing voiding failed verifying';
const sold = 'capturing captureRefused confirmed free partlyShipped shipped delivered returning refundReturned';

const once = { commandId: 'x1', fingerprint: 'f' };
const lines = (quantity: number) => [{ sku: 'A', quantity }];
const pay = { type: 'pay', ...once, buyer, paymentMethod: 'good', returnUrl: null } as const;
const cancel = { type: 'cancel', ...once, buyer, reason: 'no' } as const;
const fulfil = { type: 'fulfil', ...once, lines: null, tracking: null } as const;
const requestReturn = { type: 'requestReturn', ...once, buyer, lines: lines(1), reason: 'small' } as const;
const receive = {
  type: 'receiveReturn',
  ...once,
  returnId: 'return_1',
  lines: null,
  location: 'main',
  condition: 'restock',
  refund: true,
} as const;
const refund = { type: 'refund', ...once, amountMinor: null, reason: 'sorry' } as const;
const news = (outcome: PaymentOutcome): OrderCommand => ({ type: 'paymentNews', eventId: 'evt_x', outcome });
const money = (kind: 'authorised' | 'captured', amountMinor = 3_500): PaymentOutcome => ({ kind, intentId: 'pi_1', amountMinor });
const foreign = { 'refused order_unknown': 'none', 'refused order_foreign': 'rest' };

const ledgers: Readonly<Record<string, Ledger>> = {
  'place again': {
    command: place(),
    answers: {
      'waiting [order.placed]': 'none',
      'refused attempt_over': 'failed refused',
      'refused payment_failed': 'declined',
      'repeated requires_action': 'requiresAction',
      'repeated confirmed': 'capturing captureRefused confirmed refundReturned free',
      'repeated partially_shipped': 'partlyShipped',
      'repeated shipped': 'shipped returning',
      'repeated delivered': 'delivered',
      'refused order_ended': 'canceling canceled returnedAfterEnd',
      'refused in_progress': 'rest',
    },
  },
  'place again as the next attempt': {
    command: place({ attempt: 2 }),
    answers: {
      'waiting [order.placed]': 'none failed refused',
      'refused payment_failed': 'declined',
      'repeated requires_action': 'requiresAction',
      'repeated confirmed': 'capturing captureRefused confirmed refundReturned free',
      'repeated partially_shipped': 'partlyShipped',
      'repeated shipped': 'shipped returning',
      'repeated delivered': 'delivered',
      'refused order_ended': 'canceling canceled returnedAfterEnd',
      'refused in_progress': 'rest',
    },
  },
  'place with another body under the same key': {
    command: place({ fingerprint: 'other' }),
    answers: { 'waiting [order.placed]': 'none', 'refused idempotency_key_reused': 'rest' },
  },
  'place by somebody else': {
    command: place({ buyer: 'somebody_else' }),
    answers: { 'waiting [order.placed]': 'none', 'refused order_foreign': 'rest' },
  },
  'pay with another card': {
    command: pay,
    answers: {
      'refused order_unknown': 'none',
      'waiting [payment.retried]': 'requiresAction declined',
      'waiting [order.placed]': 'refused',
      'refused checkout_expired': timeOver,
      'refused order_ended': `${sold} canceling canceled returnedAfterEnd`,
      'refused in_progress': 'rest',
    },
  },
  'pay when the time to pay is over': {
    command: pay,
    laterMs: orderLimits.holdTtlMs - orderLimits.commitMarginMs - orderLimits.lastLookMs,
    answers: {
      'refused order_unknown': 'none',
      'waiting [order.placed]': 'refused',
      'refused checkout_expired': `requiresAction declined ${timeOver}`,
      'refused order_ended': `${sold} canceling canceled returnedAfterEnd`,
      'refused in_progress': 'rest',
    },
  },
  'pay by somebody else': { command: { ...pay, buyer: 'somebody_else' }, answers: foreign },
  cancel: {
    command: cancel,
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': 'commit number',
      'canceled [order.canceled refund.asked]': 'confirmed refundReturned rescuing',
      'refused already_shipped': 'partlyShipped shipped delivered returning',
      'refused order_ended': over,
      'repeated canceled': 'canceling canceled returnedAfterEnd',
      'canceled [order.canceled]': 'rest',
    },
  },
  'cancel by the merchant': {
    command: { ...cancel, buyer: null },
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': 'commit number',
      'canceled [order.canceled refund.asked]': 'confirmed refundReturned rescuing',
      'refused already_shipped': 'partlyShipped shipped delivered returning',
      'refused order_ended': over,
      'repeated canceled': 'canceling canceled returnedAfterEnd',
      'canceled [order.canceled]': 'rest',
    },
  },
  'cancel by somebody else': { command: { ...cancel, buyer: 'somebody_else' }, answers: foreign },
  'fulfil all that is left': {
    command: fulfil,
    answers: {
      'refused order_unknown': 'none',
      'shipped [shipment.created]': 'confirmed refundReturned free partlyShipped',
      'refused units_exceeded': 'shipped delivered returning',
      'refused order_ended': `${over} canceling canceled returnedAfterEnd`,
      'refused in_progress': 'rest',
    },
  },
  'fulfil more than was ordered': {
    command: { ...fulfil, lines: lines(3) },
    answers: {
      'refused order_unknown': 'none',
      'refused units_exceeded': 'confirmed refundReturned free partlyShipped shipped delivered returning',
      'refused order_ended': `${over} canceling canceled returnedAfterEnd`,
      'refused in_progress': 'rest',
    },
  },
  'fulfil what was never ordered': {
    command: { ...fulfil, lines: [{ sku: 'Z', quantity: 1 }] },
    answers: {
      'refused order_unknown': 'none',
      'refused units_exceeded': 'confirmed refundReturned free partlyShipped shipped delivered returning',
      'refused order_ended': `${over} canceling canceled returnedAfterEnd`,
      'refused in_progress': 'rest',
    },
  },
  deliver: {
    command: { type: 'deliver', ...once, shipmentId: 'shipment_1' },
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused shipment_unknown': 'capturing captureRefused confirmed refundReturned free',
      'partially_shipped [shipment.delivered]': 'partlyShipped',
      'delivered [shipment.delivered]': 'shipped returning',
      'repeated delivered': 'delivered',
      'refused order_ended': 'rest',
    },
  },
  'ask to send a unit back': {
    command: requestReturn,
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused not_shipped': 'capturing captureRefused confirmed refundReturned free',
      'partially_shipped [return.requested]': 'partlyShipped',
      'shipped [return.requested]': 'shipped returning',
      'delivered [return.requested]': 'delivered',
      'refused order_ended': 'rest',
    },
  },
  'ask to send back more than was shipped': {
    command: { ...requestReturn, lines: lines(3) },
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused not_shipped': 'capturing captureRefused confirmed refundReturned free',
      'refused units_exceeded': 'partlyShipped shipped delivered returning',
      'refused order_ended': 'rest',
    },
  },
  'ask to send back what somebody else bought': { command: { ...requestReturn, buyer: 'somebody_else' }, answers: foreign },
  'receive a return': {
    command: receive,
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused return_unknown': 'capturing captureRefused confirmed refundReturned free partlyShipped shipped delivered',
      'shipped [return.received refund.asked]': 'returning',
      'refused order_ended': 'rest',
    },
  },
  'receive more than was asked to be sent back': {
    command: { ...receive, lines: lines(2) },
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused return_unknown': 'capturing captureRefused confirmed refundReturned free partlyShipped shipped delivered',
      'refused units_exceeded': 'returning',
      'refused order_ended': 'rest',
    },
  },
  'give all money back': {
    command: refund,
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused refund_exceeds_captured': 'capturing captureRefused free',
      'confirmed [refund.asked]': 'confirmed refundReturned',
      'partially_shipped [refund.asked]': 'partlyShipped',
      'shipped [refund.asked]': 'shipped returning',
      'delivered [refund.asked]': 'delivered',
      'refused order_ended': 'rest',
    },
  },
  'give back more money than was captured': {
    command: { ...refund, amountMinor: 3_501 },
    answers: {
      'refused order_unknown': 'none',
      'refused in_progress': saga,
      'refused refund_exceeds_captured': sold,
      'refused order_ended': 'rest',
    },
  },
  'try a refund again': {
    command: { type: 'retryRefund', ...once, refundId: 'refund_4' },
    answers: {
      'refused order_unknown': 'none',
      'confirmed [refund.tried_again]': 'refundReturned',
      'canceled [refund.tried_again]': 'returnedAfterEnd',
      'repeated canceled': 'canceling canceled',
      'refused refund_unknown': 'rest',
    },
  },
  'news that a refund has come back': {
    command: news({ kind: 'refund_refused', intentId: 'pi_1', refundId: 'refund_4', message: 'closed', attempt: 4 }),
    answers: {
      'refused order_unknown': 'none',
      'noted [refund.returned]': 'canceled',
      'noted [refund.done refund.returned]': 'canceling',
      noted: 'rest',
    },
  },
  'news that a refund of an older asking was made, or came back': {
    command: news({ kind: 'refund_refused', intentId: 'pi_1', refundId: 'refund_4', message: 'closed', attempt: 3 }),
    answers: { 'refused order_unknown': 'none', noted: 'rest' },
  },
  'news that a refund was made, although it is known to have come back': {
    command: news({ kind: 'refunded', intentId: 'pi_1', refundId: 'refund_4', amountMinor: 3_500, attempt: 4 }),
    answers: { 'refused order_unknown': 'none', 'noted [refund.done order.closed]': 'canceling', noted: 'rest' },
  },
  'news that money is reserved': {
    command: news(money('authorised')),
    answers: {
      'refused order_unknown': 'none',
      'noted [payment.authorised]': 'confirm requiresAction processing declined extend',
      'noted [payment.appeared]': 'failed refused',
      noted: 'rest',
    },
  },
  'news that money is reserved, but not as much as it costs': {
    command: news(money('authorised', 1)),
    answers: {
      'refused order_unknown': 'none',
      'noted [order.refused]': 'confirm requiresAction processing declined extend',
      'noted [payment.appeared]': 'failed refused',
      noted: 'rest',
    },
  },
  'news that money was taken': {
    command: news(money('captured')),
    answers: {
      'refused order_unknown': 'none',
      'noted [payment.captured]': 'confirm requiresAction processing declined extend commit number capturing captureRefused',
      'noted [payment.captured order.rescued]': 'voiding',
      'noted [payment.captured refund.asked]': 'declining',
      'noted [payment.appeared]': 'failed refused',
      noted: 'rest',
    },
  },
  'news of a decline, which may be old': {
    command: news({ kind: 'declined', intentId: 'pi_1', decline: 'x', message: 'x' }),
    answers: { 'refused order_unknown': 'none', 'noted [payment.looked_up]': 'requiresAction processing', noted: 'rest' },
  },
  'news of another intent': {
    command: news({ kind: 'captured', intentId: 'pi_99', amountMinor: 3_500 }),
    answers: { 'refused order_unknown': 'none', noted: 'rest' },
  },
  'a tick before anything is due': { command: { type: 'tick' }, answers: { noted: 'rest' } },
  'a tick long after everything was due': {
    command: { type: 'tick' },
    laterMs: orderLimits.holdTtlMs,
    answers: {
      'noted [order.refused]': 'cart hold quote intent confirm requiresAction processing declined extend',
      'noted [order.refused refund.asked]': 'rescuing',
      'noted [payment.tried_again]': 'captureRefused',
      'noted [refund.tried_again]': 'returnedAfterEnd',
      noted: 'rest',
    },
  },
  'an answer to nothing that is owed': {
    command: { type: 'stepAnswered', effectId: 'take:99', outcome: { reply: {} } },
    answers: { noted: 'rest' },
  },
  read: {
    command: { type: 'read', buyer: null },
    answers: {
      'refused order_unknown': 'none',
      requires_action: 'requiresAction',
      failed: 'declined failed refused',
      confirmed: 'capturing captureRefused confirmed refundReturned free',
      partially_shipped: 'partlyShipped',
      shipped: 'shipped returning',
      delivered: 'delivered',
      canceled: 'canceling canceled returnedAfterEnd',
      pending: 'rest',
    },
  },
  'read by somebody else': { command: { type: 'read', buyer: 'somebody_else' }, answers: foreign },
};

describe('every command at every stage', () => {
  test.each(Object.entries(ledgers))('%s', (_name, { command, laterMs = 0, answers }) => {
    const named = new Map<string, string>();
    for (const [answer, list] of Object.entries(answers)) for (const stage of list.split(' ')) named.set(stage, answer);
    const expected = Object.fromEntries(stageNames.map((stage) => [stage, named.get(stage) ?? named.get('rest')]));
    const actual = Object.fromEntries(
      stageNames.map((stage) => {
        const { order, at } = stages[stage]();
        return [stage, said(order.send(command, at + laterMs))];
      }),
    );
    expect(actual).toEqual(expected);
  });
});

describe('the stages', () => {
  test('are all there are', () => {
    const seen = new Set(stageNames.map((stage) => stages[stage]().order.state.stage));
    expect([...seen].sort()).toEqual([
      'buyer',
      'canceled',
      'cart',
      'commit',
      'confirm',
      'confirmed',
      'extend',
      'failed',
      'hold',
      'intent',
      'none',
      'number',
      'quote',
      'undoing',
    ]);
  });

  test.each(stageNames)('%s: every answer to a debt counts once, and none twice', (name) => {
    for (const debt of stages[name]().order.owed()) {
      const { order, world, at }: Staged = stages[name]();
      const answer = orderDefinition.answered(debt, world.ask(debt, at));
      order.send(answer, at);
      const events = order.events.length;
      if (order.owed().some(({ id }) => id === debt.id)) continue; // said no for now: owed on
      expect(said(order.send(answer, at))).toBe('noted');
      expect(order.events).toHaveLength(events);
    }
  });

  test.each(stageNames)('%s: a busy answer leaves the debt as it is', (name) => {
    const { order, at } = stages[name]();
    for (const debt of order.owed()) {
      if (debt.to.kind === 'pricing' || debt.id.startsWith('end:')) continue; // a service gives no such answer; a cart may say what it likes
      expect(said(order.send(orderDefinition.answered(debt, { refusal: { code: 'repeats_full' } }), at))).toBe('noted');
      expect(order.owed().map(({ id }) => id)).toContain(debt.id);
    }
  });

  test('of an order nobody placed owes nothing and waits for nothing', () => {
    const order = new OrderUnderTest();
    expect(order.owed()).toEqual([]);
    expect(orderDefinition.deadline(order.state)).toBeNull();
    expect(orderDefinition.view(order.id, order.state, 0)).toBeNull();
  });
});
