/** What the clock brings: giving up, the next look at a payment, the next try of what was refused. */
import type { Instant } from '../../kernel/index.ts';
import type { OrderHappening } from '../events.ts';
import type { OrderState } from '../state.ts';
import { noted, type Step } from './step.ts';

export function decideTick(state: OrderState, at: Instant): Step {
  if (state.giveUpAt !== null && at >= state.giveUpAt) return noted(givingUp(state));
  const events: OrderHappening[] = [];
  const payment = paymentTick(state, at);
  if (payment !== null) events.push(payment);
  for (const { refundId, status, dueAt } of state.refunds)
    if (status === 'asked' && dueAt !== null && at >= dueAt) events.push({ type: 'refund.tried_again', refundId });
  return noted(...events);
}

function givingUp(state: OrderState): OrderHappening {
  const { decline, status } = state.payment;
  const declined = state.stage === 'buyer' && status === 'declined' && decline !== null;
  return { type: 'order.refused', refusal: declined ? { code: 'payment_failed', ...decline } : { code: 'checkout_expired' } };
}

function paymentTick(state: OrderState, at: Instant): OrderHappening | null {
  const { status, dueAt, lastLook } = state.payment;
  if (state.stage === 'buyer' && !lastLook && state.payBy !== null && at >= state.payBy)
    return status === 'declined' ? givingUp(state) : { type: 'payment.looked_up', last: true };
  if (dueAt === null || at < dueAt) return null;
  return state.stage === 'buyer' ? { type: 'payment.looked_up', last: false } : { type: 'payment.tried_again' };
}
