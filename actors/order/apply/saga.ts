/** Events of the saga on its way forwards, those of the payment apart. An answer that comes while everything is
 *  given back is recorded all the same, and turns into something to give back. */
import { assert, type Instant } from '../../kernel/index.ts';
import type { Change } from '../apply.ts';
import type { HappeningOf } from '../events.ts';
import { orderLimits } from '../limits.ts';
import { payingBy } from './memory.ts';
import { mergedLines, noHold, noPayment, withoutHolds, type HoldFacts, type OrderLine, type OrderState } from '../state.ts';

export function placed(state: OrderState, { place, paidBy, fingerprint, oneLine }: HappeningOf<'order.placed'>, at: Instant): Change {
  assert(state.stage === 'none' || state.stage === 'failed', `an order that is ${state.stage} is not placed again`);
  const fromCart = place.cartId !== null;
  const lines = mergedLines(place.lines);
  return {
    stage: fromCart ? 'cart' : 'hold',
    attempt: state.attempt + 1,
    place,
    ...accountsBefore(state, place.account),
    placedAt: state.version === 0 ? at : state.placedAt,
    startedAt: at,
    lines,
    codes: place.codes,
    cart: fromCart ? 'opening' : 'none',
    hold: fromCart ? { ...noHold, number: state.hold.number } : asked(state, lines, oneLine, at),
    quote: null,
    changed: [],
    payment: { ...noPayment, method: place.paymentMethod, returnUrl: place.returnUrl },
    waitingTicket: paidBy ?? place.commandId,
    payCommandId: paidBy ?? null,
    ...(paidBy === undefined ? {} : payingBy(state, paidBy, fingerprint)),
    giveUpAt: at + orderLimits.startWithinMs,
    payBy: null,
    goal: null,
    refusal: null,
    rescued: false,
    refunds: state.refunds.filter(({ of }) => of !== undefined),
  };
}

/** Only where there was an intent, so they are not more than payments were tried; and named only where there are some. */
function accountsBefore(state: OrderState, account: string | null): Pick<OrderState, 'accountsBefore'> {
  const { accountsBefore: before, place, payment } = state;
  const known = [...(before ?? []), ...(place === null || payment.intentId === null ? [] : [place.account])];
  const others = [...new Set(known)].filter((each) => each !== account);
  return before === undefined && others.length === 0 ? {} : { accountsBefore: others };
}

/** S4 */
function asked(state: OrderState, lines: readonly OrderLine[], oneLine: true | undefined, at: Instant): HoldFacts {
  const hold: HoldFacts = { ...noHold, number: state.hold.number + 1, status: 'asked' };
  return oneLine === undefined ? hold : { ...hold, oneLine: { sku: lines[0]!.sku, notAfter: at + orderLimits.startWithinMs } };
}

export function cartOpened(state: OrderState, event: HappeningOf<'order.cart_opened'>, at: Instant): Change {
  assert(state.cart === 'opening', `a cart that is ${state.cart} does not open`);
  if (state.stage === 'undoing') return { cart: 'closing' };
  if (event.lines.length === 0) return { cart: 'ours' }; // refused in the same breath
  const lines = mergedLines(event.lines);
  return { cart: 'ours', lines, codes: event.codes, stage: 'hold', hold: asked(state, lines, event.oneLine, at) };
}

export function cartRefused(state: OrderState): Change {
  assert(state.cart === 'opening', `a cart that is ${state.cart} cannot refuse`);
  return { cart: 'none' };
}

export function held(state: OrderState, event: HappeningOf<'order.held'>, at: Instant): Change {
  assert(state.hold.status === 'asked', `a hold that is ${state.hold.status} is not taken`);
  const { expiresAt, allocations } = event;
  const hold = { ...state.hold, heldAt: at, expiresAt, allocations };
  if (state.stage === 'undoing') return { hold: { ...hold, status: 'releasing' } };
  if (state.rescued) return { hold: { ...hold, status: 'committing' }, stage: 'commit', giveUpAt: null };
  return { hold: { ...hold, status: 'held' }, stage: 'quote', ...timesOf(expiresAt) };
}

export function timesOf(expiresAt: Instant): { readonly giveUpAt: Instant; readonly payBy: Instant } {
  const giveUpAt = expiresAt - orderLimits.commitMarginMs;
  return { giveUpAt, payBy: giveUpAt - orderLimits.lastLookMs };
}

/** One line is let go although it was refused: asked twice, it may have been taken the second time. */
export function holdRefused(state: OrderState): Change {
  assert(state.hold.status === 'asked', `a hold that is ${state.hold.status} cannot be refused`);
  return { hold: { ...state.hold, status: state.hold.oneLine === undefined ? 'released' : 'releasing' } };
}

export function holdAskedAgain(state: OrderState, { oneLine }: HappeningOf<'order.hold_asked_again'>, at: Instant): Change {
  assert(state.stage === 'hold', `an order that is ${state.stage} asks for no hold`);
  assert(state.hold.status === 'released', 'one hold is asked for at a time');
  const lines = withoutHolds(state.lines);
  return { lines, hold: asked(state, lines, oneLine, at) };
}

export function priced(state: OrderState, { quote, changed }: HappeningOf<'order.priced'>): Change {
  assert(state.stage === 'quote', `an order that is ${state.stage} is not priced`);
  assert(state.hold.status === 'held', 'only what is held is priced');
  if (quote.totalMinor === 0) return { quote, changed, ...committing(state) };
  const step = state.steps + 1;
  const payment: OrderState['payment'] = { ...state.payment, status: 'creating', step };
  return { quote, changed, stage: 'intent', steps: step, paymentTries: state.paymentTries + 1, payment };
}

/** No way back until it is committed: the hold cannot refuse once it says `committing`. */
export function committing(state: OrderState): Change {
  assert(state.hold.status === 'held', `a hold that is ${state.hold.status} is not committed`);
  return { stage: 'commit', hold: { ...state.hold, status: 'committing' }, giveUpAt: null, payBy: null };
}

export function holdExtended(state: OrderState, { expiresAt }: HappeningOf<'order.hold_extended'>): Change {
  assert(state.stage === 'extend', `an order that is ${state.stage} extends nothing`);
  const step = state.steps + 1;
  return {
    stage: 'confirm',
    hold: { ...state.hold, expiresAt },
    ...timesOf(expiresAt),
    steps: step,
    paymentTries: state.paymentTries + 1,
    payment: { ...state.payment, status: 'confirming', step, action: null, decline: null, dueAt: null },
  };
}

export function committed(state: OrderState, { idle = [] }: HappeningOf<'order.committed'>): Change {
  assert(state.stage === 'commit', `an order that is ${state.stage} is not committing`);
  assert(state.hold.status === 'committing', `a hold that is ${state.hold.status} was not asked to commit`);
  const left = idle.map((sku) => ({ kind: 'coupon', sku }) as const);
  const codes = state.codes.filter((code) => !idle.includes(code));
  return { stage: 'number', codes, hold: { ...state.hold, status: 'committed', left } };
}

export function confirmed(state: OrderState, event: HappeningOf<'order.confirmed'>, at: Instant): Change {
  assert(state.stage === 'number', `an order that is ${state.stage} takes no number`);
  assert(state.hold.status === 'committed', 'a number is taken only after the commit');
  assert(state.number === null || state.number === event.number, 'an order has one number');
  const captures = state.payment.status === 'authorised';
  const step = state.steps + 1;
  return {
    stage: 'confirmed',
    number: event.number,
    confirmedAt: at,
    waitingTicket: null,
    refusal: null,
    goal: null,
    cart: state.cart === 'ours' ? 'closing' : state.cart,
    ...(captures ? { steps: step, payment: { ...state.payment, status: 'capturing', step, tries: 0, dueAt: null } } : {}),
  };
}
