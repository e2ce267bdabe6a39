/**
 * Events on the way back. Going back turns every fact about the outside into what undoes it:
 *
 *     cart ours ─▶ closing        hold held ─▶ releasing, committed ─▶ giving back, one SKU and code at a time
 *     payment open ─▶ voiding     payment authorised or captured ─▶ void or refund, unless units are taken again for it
 *                                 (decided, not derived: see `decide/complete.ts`)
 *
 * What was asked and has not answered is not abandoned: its answer is awaited, and then undone.
 */
import { assert, type Instant } from '../../kernel/index.ts';
import type { Change } from '../apply.ts';
import type { HappeningOf } from '../events.ts';
import { orderLimits } from '../limits.ts';
import type { HoldFacts, OrderState } from '../state.ts';
import { remembering } from './memory.ts';
import { cartBack, voiding } from './money.ts';

export function refused(state: OrderState, { refusal }: HappeningOf<'order.refused'>): Change {
  assert(state.stage !== 'confirmed' && state.goal === null, `an order that is ${state.stage} is not refused`);
  const rescuable = refusal.code === 'checkout_expired' && !state.rescued && hasMoney(state);
  return { ...back(state), ...(rescuable ? { cart: state.cart } : {}), goal: 'failed', refusal };
}

/** Units may be taken again for it: the cart stays the order's until that is decided. */
function hasMoney({ payment, quote }: OrderState): boolean {
  return quote !== null && (payment.status === 'authorised' || payment.status === 'captured');
}

export function canceled(state: OrderState, { commandId, fingerprint }: HappeningOf<'order.canceled'>, at: Instant): Change {
  assert(state.goal === null, `an order on its way to ${state.goal} is not canceled`);
  const memory = commandId === undefined || fingerprint === undefined ? {} : remembering(state, { commandId, fingerprint }, at);
  return { ...back(state), ...memory, goal: 'canceled', refusal: { code: 'order_ended', status: 'canceled' }, waitingTicket: null };
}

function back(state: OrderState): Change {
  const { cart, hold } = state;
  return {
    stage: 'undoing',
    giveUpAt: null,
    payBy: null,
    cart: cart === 'ours' ? 'closing' : cart,
    hold: hold.status === 'held' ? { ...hold, status: 'releasing' } : hold.status === 'committed' ? givingBack(state) : hold,
    ...paymentBack(state),
  };
}

function paymentBack(state: OrderState): Change {
  switch (state.payment.status) {
    case 'none':
    case 'voided':
    case 'captured':
    case 'voiding':
    case 'verifying':
    case 'creating': // not known by any id yet
    case 'authorised': // decided next, not derived: units are taken again for it, or it is voided
      return {};
    case 'capturing': // under way: it may well be captured; refused: no longer
      return state.payment.dueAt === null ? {} : voiding(state);
    case 'confirming':
    case 'requires_action':
    case 'processing':
    case 'declined':
      return voiding(state);
  }
}

function givingBack(state: OrderState): HoldFacts {
  const stock = state.lines.map(({ sku }) => ({ kind: 'stock', sku }) as const);
  const uses = state.codes.map((sku) => ({ kind: 'coupon', sku }) as const);
  const coupons = [...uses, ...state.hold.left]; // idle ones were on their way back before
  return { ...state.hold, status: 'giving_back', left: [...stock, ...coupons] };
}

/** On its own, or because it was asked to. */
export function holdEnded(state: OrderState): Change {
  return { hold: { ...state.hold, status: 'released', left: [] } };
}

export function voided(state: OrderState): Change {
  return { payment: { ...state.payment, status: 'voided', dueAt: null, action: null } };
}

export function holdFoundCommitted(state: OrderState): Change {
  assert(state.hold.status === 'releasing', `a hold that is ${state.hold.status} was not asked to let go`);
  return { hold: givingBack(state) };
}

export function unitsGivenBack(state: OrderState, event: HappeningOf<'order.units_given_back'>): Change {
  const { hold } = state;
  assert(hold.status === 'giving_back' || hold.status === 'committed', `a hold that is ${hold.status} gives nothing back`);
  const left = hold.left.filter(({ kind, sku }) => kind !== event.kind || sku !== event.sku);
  if (hold.status === 'committed') return { hold: { ...hold, left } };
  return { hold: { ...hold, left, status: left.length === 0 ? 'released' : 'giving_back' } };
}

export function voidAsked(state: OrderState): Change {
  assert(state.stage === 'undoing', `nothing is voided while an order is ${state.stage}`);
  return { ...voiding(state), ...cartBack(state) };
}

export function voidFailed(state: OrderState, { retryAt }: HappeningOf<'payment.void_failed'>): Change {
  assert(state.payment.status === 'voiding', `a void of a payment that is ${state.payment.status}`);
  return { payment: { ...state.payment, tries: state.payment.tries + 1, dueAt: retryAt } };
}

export function appeared(state: OrderState, { eventId }: HappeningOf<'payment.appeared'>): Change {
  assert(state.stage === 'failed' || state.stage === 'canceled', `money is no surprise while an order is ${state.stage}`);
  const step = state.steps + 1;
  return {
    stage: 'undoing',
    steps: step,
    payment: { ...state.payment, status: 'verifying', step, tries: 0, dueAt: null },
    newsSeen: [...state.newsSeen, eventId].slice(-orderLimits.newsMax),
  };
}

export function foundAuthorised(state: OrderState): Change {
  assert(state.payment.status === 'verifying', `nothing was asked about a payment that is ${state.payment.status}`);
  return { payment: { ...state.payment, status: 'authorised' } };
}

/** Units are taken again under the next number of a hold (S3); the price and the money stand. */
export function rescued(state: OrderState, at: Instant): Change {
  assert(state.stage === 'undoing' && state.goal === 'failed', 'only a failed order is rescued');
  assert(state.hold.status === 'released' && !state.rescued, 'units are taken again once, after the first are let go');
  const giveUpAt = at + orderLimits.startWithinMs;
  const { oneLine } = state.hold;
  const again = oneLine === undefined ? {} : { oneLine: { ...oneLine, notAfter: giveUpAt } };
  return {
    stage: 'hold',
    goal: null,
    rescued: true,
    giveUpAt,
    hold: { ...state.hold, ...again, number: state.hold.number + 1, status: 'asked', allocations: [] },
  };
}

export function closed(state: OrderState): Change {
  assert(state.stage === 'undoing' && state.goal !== null, `an order that is ${state.stage} is not closed`);
  return { stage: state.goal, waitingTicket: null };
}
