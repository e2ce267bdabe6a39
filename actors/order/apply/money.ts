/** Events of the payment and of refunds. */
import { assert, type Instant } from '../../kernel/index.ts';
import type { Change } from '../apply.ts';
import type { EarlierRefund, HappeningOf } from '../events.ts';
import { backoffMs, orderLimits } from '../limits.ts';
import { isFinal, refundableMinor, type OrderState, type PaymentFacts, type RefundFacts } from '../state.ts';
import { payingBy, remembering } from './memory.ts';
import { committing } from './saga.ts';

export function created(state: OrderState, { intentId }: HappeningOf<'payment.created'>): Change {
  assert(state.payment.status === 'creating', `an intent of a payment that is ${state.payment.status}`);
  const step = state.steps + 1;
  const undoing = state.stage === 'undoing';
  const payment: PaymentFacts = { ...state.payment, intentId, step, status: undoing ? 'voiding' : 'confirming' };
  return { payment, steps: step, ...(undoing ? {} : { stage: 'confirm' }) };
}

/** The buyer has something to do: that is a verdict, too. */
export function actionRequired(state: OrderState, event: HappeningOf<'payment.action_required'>, at: Instant): Change {
  const { redirectUrl, clientSecret } = event;
  return {
    ...toBuyer(state, { status: 'requires_action', action: { redirectUrl, clientSecret }, dueAt: nextLook(0, at) }),
    waitingTicket: null,
  };
}

export function processing(state: OrderState, at: Instant): Change {
  return toBuyer(state, { status: 'processing', dueAt: nextLook(0, at) });
}

/** Whoever waits is told at once where units are kept, else when everything is given back. */
export function declined(state: OrderState, { decline, message }: HappeningOf<'payment.failed'>): Change {
  const waitingTicket = state.place!.keepsUnitsOnDecline === true ? null : state.waitingTicket;
  return { ...toBuyer(state, { status: 'declined', decline: { decline, message } }), waitingTicket };
}

function toBuyer(state: OrderState, facts: Partial<PaymentFacts>): Change {
  assert(state.stage === 'confirm' || state.stage === 'buyer', `an order that is ${state.stage} does not wait for its buyer`);
  const payment = { ...state.payment, action: null, decline: null, looking: false, tries: 0, dueAt: null, ...facts };
  return { stage: 'buyer', payment };
}

function nextLook(tries: number, at: Instant): Instant {
  return at + backoffMs(tries, orderLimits.lookEveryMs, orderLimits.lookEveryMaxMs);
}

export function retried(state: OrderState, event: HappeningOf<'payment.retried'>): Change {
  assert(state.stage === 'buyer', `an order that is ${state.stage} is not paid again`);
  assert(state.hold.status === 'held', 'nothing is paid without a live hold');
  const { ticket, fingerprint, paymentMethod: method, returnUrl } = event;
  const waits = { waitingTicket: ticket, payCommandId: ticket, ...payingBy(state, ticket, fingerprint) };
  const asked = { ...state.payment, method, returnUrl, looking: false, lastLook: false, tries: 0, dueAt: null };
  if (event.extend) return { ...waits, stage: 'extend', payment: asked };
  const step = state.steps + 1;
  const payment: PaymentFacts = { ...asked, status: 'confirming', step, action: null, decline: null };
  return { ...waits, stage: 'confirm', steps: step, paymentTries: state.paymentTries + 1, payment };
}

export function lookedUp(state: OrderState, { last }: HappeningOf<'payment.looked_up'>): Change {
  assert(state.stage === 'buyer', `nothing is looked up while an order is ${state.stage}`);
  const step = state.steps + 1;
  return { steps: step, payment: { ...state.payment, step, looking: true, lastLook: last || state.payment.lastLook, dueAt: null } };
}

export function stillOpen(state: OrderState, at: Instant): Change {
  assert(state.stage === 'buyer' && state.payment.looking, 'an answer to no question');
  const tries = state.payment.tries + 1;
  return { payment: { ...state.payment, looking: false, tries, dueAt: nextLook(tries, at) } };
}

/** Never before: the units are held while the buyer pays, and only then committed. */
export function authorised(state: OrderState): Change {
  return { ...committing(state), payment: { ...paid(state), status: 'authorised' } };
}

/** Ours, after the confirmation; or by itself, which is as good as authorised. */
export function captured(state: OrderState, { amountMinor }: HappeningOf<'payment.captured'>): Change {
  const payment: PaymentFacts = { ...paid(state), status: 'captured', capturedMinor: amountMinor };
  if (
    state.stage === 'confirmed' ||
    state.stage === 'undoing' ||
    state.stage === 'commit' ||
    state.stage === 'number' ||
    state.stage === 'hold'
  )
    return { payment };
  return { ...committing(state), payment };
}

function paid(state: OrderState): PaymentFacts {
  return { ...state.payment, action: null, decline: null, looking: false, tries: 0, dueAt: null };
}

export function captureFailed(state: OrderState, { retryAt }: HappeningOf<'payment.capture_failed'>): Change {
  assert(state.payment.status === 'capturing', `a capture of a payment that is ${state.payment.status}`);
  if (retryAt === null) return voiding(state);
  return { payment: { ...state.payment, tries: state.payment.tries + 1, dueAt: retryAt } };
}

/** Of an intent that no capture is on its way for. */
export function voiding(state: OrderState): Change {
  const step = state.steps + 1;
  return { steps: step, payment: { ...paid(state), status: 'voiding', step } };
}

export function triedAgain(state: OrderState): Change {
  assert(state.payment.dueAt !== null, 'tried again without a pause');
  const step = state.steps + 1;
  return { steps: step, payment: { ...state.payment, step, dueAt: null } };
}

/** The money goes back, and with it the cart that was kept for units taken again. */
export function cartBack({ stage, cart }: OrderState): Pick<OrderState, 'cart'> {
  return { cart: stage === 'undoing' && cart === 'ours' ? 'closing' : cart };
}

// --- refunds ------------------------------------------------------------------------------------------------

export function refundAsked(state: OrderState, event: HappeningOf<'refund.asked'>, at: Instant): Change {
  const { amountMinor, reason, whole, commandId, fingerprint } = event;
  assert(amountMinor > 0, 'a refund gives something back');
  assert(amountMinor <= refundableMinor(state), 'a refund gives back no more than was paid');
  const step = state.steps + 1;
  const refund: RefundFacts = {
    refundId: `refund_${step}`,
    status: 'asked',
    amountMinor,
    reason,
    whole,
    step,
    tries: 0,
    dueAt: null,
    askedAt: at,
    doneAt: null,
  };
  const memory = commandId === undefined || fingerprint === undefined ? {} : remembering(state, { commandId, fingerprint }, at);
  return { steps: step, refunds: [...state.refunds, refund], ...cartBack(state), ...memory };
}

export function refundDone(state: OrderState, event: HappeningOf<'refund.done'>, at: Instant): Change {
  return { refunds: withRefund(state, event.refundId, 'asked', (refund) => ({ ...refund, status: 'done', dueAt: null, doneAt: at })) };
}

export function refundFailed(state: OrderState, { refundId, retryAt }: HappeningOf<'refund.failed'>, at: Instant): Change {
  const next = (refund: RefundFacts): RefundFacts => {
    const tried = { ...refund, tries: refund.tries + 1, dueAt: retryAt };
    return retryAt === null ? { ...tried, status: 'failed', failedAt: at } : tried;
  };
  return { refunds: withRefund(state, refundId, 'asked', next) };
}

/** An order that has ended keeps no money: it is not over until it has gone back again, or has come back too often. */
export function refundReturned(state: OrderState, event: HappeningOf<'refund.returned'>, at: Instant): Change {
  const { refundId, retryAt, of, returns } = event;
  const reopened: Change = isFinal(state.stage) && retryAt !== null ? { stage: 'undoing' } : {};
  if (of !== undefined) return { ...earlierReturned(state, refundId, of, retryAt, at), ...reopened };
  const next = (refund: RefundFacts): RefundFacts => {
    const back: RefundFacts = { ...refund, doneAt: null, ...(returns === undefined ? {} : { returns }) };
    if (retryAt === null) return { ...back, status: 'failed', whole: refund.whole || state.goal !== null, failedAt: at };
    return { ...back, status: 'asked', whole: true, tries: 0, dueAt: retryAt };
  };
  return { refunds: withRefund(state, refundId, 'done', next), ...reopened };
}

/** No number is used twice (S2), so neither is the name of a refund: it stands beside those of this attempt. */
function earlierReturned(state: OrderState, refundId: string, of: EarlierRefund, retryAt: Instant | null, at: Instant): Change {
  assert(!state.refunds.some((refund) => refund.refundId === refundId), `refund ${refundId} was not forgotten`);
  assert(retryAt !== null, 'what an ended attempt has given back is given back again');
  const { intentId, account, amountMinor } = of;
  const step = state.steps + 1;
  const asked = { refundId, status: 'asked', amountMinor, reason: 'order_ended', whole: true, step, tries: 0 } as const;
  const refund: RefundFacts = { ...asked, dueAt: retryAt, askedAt: at, doneAt: null, returns: 1, of: { intentId, account } };
  return { steps: step, refunds: [...state.refunds, refund] };
}

export function refundTriedAgain(state: OrderState, event: HappeningOf<'refund.tried_again'>, at: Instant): Change {
  const { refundId, commandId, fingerprint } = event;
  const step = state.steps + 1;
  const next = (refund: RefundFacts): RefundFacts => {
    const asked: RefundFacts = { ...refund, status: 'asked', step, dueAt: null };
    return refund.status === 'failed'
      ? { ...asked, tries: 0, askedAt: at, ...(refund.returns === undefined ? {} : { returns: 0 }) }
      : asked;
  };
  const memory = commandId === undefined || fingerprint === undefined ? {} : remembering(state, { commandId, fingerprint }, at);
  const { status } = state.refunds.find((refund) => refund.refundId === refundId) ?? {};
  const reopened: Change = isFinal(state.stage) ? { stage: 'undoing' } : {};
  return { steps: step, refunds: withRefund(state, refundId, status === 'failed' ? 'failed' : 'asked', next), ...memory, ...reopened };
}

function withRefund(
  state: OrderState,
  refundId: string,
  expected: RefundFacts['status'],
  next: (refund: RefundFacts) => RefundFacts,
): readonly RefundFacts[] {
  assert(
    state.refunds.some((refund) => refund.refundId === refundId && refund.status === expected),
    `no refund ${refundId} that is ${expected}`,
  );
  return state.refunds.map((refund) => (refund.refundId === refundId ? next(refund) : refund));
}
