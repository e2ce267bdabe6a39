/**
 * The proof that the auditor bites checkouts: a saga with one step wrong is put in place of the honest one, for nodes
 * and auditor alike, and its own laws are silenced; within a few worlds the books or the watch must tell.
 */
import { expect, test } from 'vitest';
import { actorId, type ActorEvent, type AnyActorDefinition, type Effect } from '../../actors/kernel/index.ts';
import type { CouponCommand, CouponTerms } from '../../actors/coupon/index.ts';
import type { OrderCommand, OrderState } from '../../actors/order/index.ts';
import type { StoreCommand } from '../../actors/store/index.ts';
import { bitten, withParts } from './bites.fixture.ts';

type Apply = AnyActorDefinition['apply'];
type Hold = OrderState['hold'];

/** An order whose events have other consequences. */
function orderThat(changes: (event: ActorEvent, after: OrderState) => Partial<OrderState>): readonly AnyActorDefinition[] {
  return withParts('order', (honest) => {
    const apply: Apply = (state, event, at, undo) => {
      const after = honest.apply(state, event, at, undo) as OrderState;
      return { ...after, ...changes(event as ActorEvent, after) };
    };
    return { apply, broken: () => [] };
  });
}

/** An order that also owes this. */
function orderThatOwes(more: (state: OrderState) => readonly Effect[]): readonly AnyActorDefinition[] {
  return withParts('order', (honest) => ({
    pending: (state) => [...honest.pending(state), ...more(state as OrderState)],
    broken: () => [],
  }));
}

test('an order that takes the money before its units are committed is found by the watch on payments', async () => {
  const eager = orderThatOwes(({ id, stage, payment, quote, place }) => {
    if (stage !== 'commit' || payment.status !== 'authorised') return [];
    const { intentId } = payment;
    const command = { type: 'capture', orderId: id.id, attempt: 1_000, intentId, account: place!.account, amountMinor: quote!.totalMinor };
    return [{ id: 'capture:1000', to: actorId('payments', id.store, id.id), command, notAfter: null }];
  });
  expect(await bitten({ definitions: eager }, ['payments'])).toContain('payments');
});

test('an order that takes its number before its units are committed is found', async () => {
  const eager = orderThatOwes(({ id, stage }) => {
    if (stage !== 'commit') return [];
    return [
      { id: 'takeNumber', to: actorId('store', id.store, id.store), command: { type: 'takeNumber', orderId: id.id }, notAfter: null },
    ];
  });
  expect(await bitten({ definitions: eager }, ['orders'])).toContain('orders');
});

test('an order that goes to be paid without a live hold is found', async () => {
  const careless = withParts('order', (honest) => ({
    decide: (state, command: OrderCommand, at) => {
      const isRefusedTake = command.type === 'stepAnswered' && command.effectId.startsWith('take:') && 'refusal' in command.outcome;
      const held = { reply: { type: 'multiHold', expiresAt: at + 900_000, allocations: [] } };
      return honest.decide(state, isRefusedTake ? { ...command, outcome: held } : command, at);
    },
  }));
  expect(await bitten({ definitions: careless }, ['orders'])).toContain('orders');
});

test('an order that forgets to void what it does not keep is found in the books of payments', async () => {
  const forgetful = orderThat((_, { payment }) =>
    payment.status === 'voiding' ? { payment: { ...payment, status: 'voided', dueAt: null } } : {},
  );
  expect(await bitten({ definitions: forgetful }, ['payments'])).toContain('payments');
});

test('a canceled order that keeps its units is found in the books of stock', async () => {
  const greedy = orderThat((event, { hold }) => {
    const kept: Hold = { ...hold, status: 'released', left: [] };
    return event.type === 'order.canceled' && hold.status === 'giving_back' ? { hold: kept } : {};
  });
  expect(await bitten({ definitions: greedy }, ['I1', 'coupons'])).not.toEqual([]);
});

test('a refund that is written down and never asked for is found in the books of payments', async () => {
  const stingy = orderThat((event, { refunds }) =>
    event.type === 'refund.asked'
      ? { refunds: refunds.map((refund) => ({ ...refund, status: 'done', dueAt: null, doneAt: refund.askedAt })) }
      : {},
  );
  expect(await bitten({ definitions: stingy }, ['payments'])).toContain('payments');
});

test('a code with more uses than there are is found in the books of codes', async () => {
  const endless: CouponTerms = { usesMax: null, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };
  const generous = withParts('coupon', (honest) => ({
    decide: (state, command: CouponCommand, at) =>
      honest.decide(
        command.type === 'takePart' && state.terms !== null ? Object.assign(Object.create(state), { terms: endless }) : state,
        command,
        at,
      ),
  }));
  expect(await bitten({ definitions: generous }, ['coupons'])).toContain('coupons');
});

test('a store that gives an order another number when it asks again is found', async () => {
  const forgetful = withParts('store', (honest) => ({
    decide: (state, command: StoreCommand, at) =>
      honest.decide(command.type === 'takeNumber' ? { ...state, numbers: new Map() } : state, command, at),
    broken: () => [],
  }));
  expect(await bitten({ definitions: forgetful }, ['orders'])).toContain('orders');
});
