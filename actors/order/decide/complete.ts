/**
 * The way back, one look after every decision: what the events at hand leave to do while an order is being undone.
 *
 * W1. Captured money of an order that ends goes back whole, unless the order is rescued. What was refused for too long is
 *     not asked for under another name: it rests until the merchant asks.
 * W2. An order that failed because time ran out, and whose money came all the same, takes its units again: once, when
 *     everything else is given back. One that somebody canceled never comes back to life.
 * W3. It is closed only when nothing is owed to anybody.
 */
import type { Instant } from '../../kernel/index.ts';
import { applyAll } from '../apply.ts';
import { deadline, pending } from '../effects.ts';
import type { OrderEvent, OrderHappening } from '../events.ts';
import { givenUpMinor, refundableMinor, totalOf, type OrderState } from '../state.ts';

/** `events` and what follows from them; the state after all of it. */
export function complete(
  before: OrderState,
  events: readonly OrderEvent[],
  at: Instant,
): { readonly events: readonly OrderEvent[]; readonly after: OrderState } {
  const all = [...events];
  let after = applyAll(before, all, at);
  for (let next = follows(after); next !== null; next = follows(after)) {
    const event: OrderEvent = { ...next, cause: all.at(-1)?.cause ?? 'state' };
    all.push(event);
    after = applyAll(after, [event], at);
  }
  return { events: all, after };
}

function follows(state: OrderState): OrderHappening | null {
  if (state.stage !== 'undoing') return null;
  const { status } = state.payment;
  const hasMoney = status === 'authorised' || status === 'captured';
  if (hasMoney && mayBeRescued(state)) return isQuiet(state) ? { type: 'order.rescued' } : null; // W2
  if (status === 'authorised') return { type: 'payment.void_asked' };
  const amountMinor = refundableMinor(state) - givenUpMinor(state);
  if (status === 'captured' && amountMinor > 0) return { type: 'refund.asked', amountMinor, reason: 'order_ended', whole: true }; // W1
  return isQuiet(state) ? { type: 'order.closed' } : null; // W3
}

function mayBeRescued(state: OrderState): boolean {
  const lateByTime = state.goal === 'failed' && state.refusal?.code === 'checkout_expired';
  const wholeMoney = state.payment.status === 'authorised' || refundableMinor(state) === totalOf(state);
  return lateByTime && !state.rescued && state.quote !== null && wholeMoney && givenUpMinor(state) === 0;
}

function isQuiet(state: OrderState): boolean {
  return pending(state).length === 0 && deadline(state) === null;
}
