/**
 * What the payment provider says, as the answer to what was asked or as news of its own.
 *
 * Y1. An answer speaks about the newest thing asked, so all of it counts. News may be old: only money counts, and
 *     only where it changes something; anything else makes the order ask.
 * Y2. After the end, money is believed only when asked about: a void that was answered stays true.
 * Y3. A refund that was made may still come back, days later: only news say so. Where the order has ended it is asked
 *     for again after a pause that grows, `refundReturnsMax` times; else, and then, the merchant decides.
 * Y4. So may one of an attempt before this one, which an order has forgotten (only old logs have such: see P3 in
 *     `place.ts`). It is known by a step of this order's own, and by no payment of this attempt.
 * Y5. News count only from the account that the payment they are about went through: the order remembers it, whatever
 *     account its store has by now.
 */
import type { Instant } from '../../kernel/index.ts';
import type { OrderHappening } from '../events.ts';
import { backoffMs, orderLimits } from '../limits.ts';
import type { PaymentOutcome, StepOutcome } from '../outside.ts';
import { isFinal, totalOf, type OrderState, type RefundFacts } from '../state.ts';
import { noted, refused, type CommandOf, type Step } from './step.ts';

export function decidePaymentAnswer(state: OrderState, outcome: PaymentOutcome, at: Instant): Step {
  switch (state.payment.status) {
    case 'creating':
      return created(state, outcome, at);
    case 'confirming':
    case 'requires_action':
    case 'processing':
      return confirmed(state, outcome, at);
    case 'capturing':
      return captureAnswered(state, outcome, at);
    case 'voiding':
      return voidAnswered(state, outcome, at);
    case 'verifying':
      return verified(state, outcome);
    default:
      return noted();
  }
}

/** Never confirmed without a live hold: what comes too late goes back instead. */
function created(state: OrderState, outcome: PaymentOutcome, at: Instant): Step {
  if (outcome.kind === 'declined') return neverCreated(state, outcome);
  const event: OrderHappening = { type: 'payment.created', intentId: outcome.intentId };
  const late = state.stage !== 'undoing' && state.giveUpAt !== null && at >= state.giveUpAt;
  return late ? noted(event, { type: 'order.refused', refusal: { code: 'checkout_expired' } }) : noted(event);
}

/** No intent came about, so there is none to void. */
function neverCreated(state: OrderState, outcome: PaymentOutcome & { readonly kind: 'declined' }): Step {
  const none: OrderHappening = { type: 'payment.voided' };
  return state.stage === 'undoing' ? noted(none) : noted(none, { type: 'order.refused', refusal: refusalOf(outcome) });
}

function refusalOf({ decline, message }: { readonly decline: string; readonly message: string }) {
  return { code: 'payment_failed', decline, message } as const;
}

/** Of a confirm, or of the question what became of it. */
function confirmed(state: OrderState, outcome: PaymentOutcome, at: Instant): Step {
  const { looking, lastLook, status } = state.payment;
  switch (outcome.kind) {
    case 'authorised':
    case 'captured':
      return paid(state, outcome);
    case 'declined':
      return lastLook ? giveUp() : declined(state, outcome);
    case 'voided':
      return noted({ type: 'order.refused', refusal: refusalOf({ decline: 'canceled', message: 'the payment was canceled' }) });
    case 'requires_action': {
      if (lastLook) return giveUp();
      const { redirectUrl, clientSecret } = outcome;
      const known = looking && status === 'requires_action' && state.payment.action?.clientSecret === clientSecret;
      return noted(known ? { type: 'payment.still_open' } : { type: 'payment.action_required', redirectUrl, clientSecret });
    }
    default:
      if (lastLook || isOver(state, at)) return giveUp();
      return noted(looking ? { type: 'payment.still_open' } : { type: 'payment.processing' });
  }
}

/** A failed payment gives the units back at once, unless the store lets its buyers keep them for another card. */
function declined(state: OrderState, { decline, message }: PaymentOutcome & { readonly kind: 'declined' }): Step {
  const failed: OrderHappening = { type: 'payment.failed', decline, message };
  if (state.place!.keepsUnitsOnDecline === true) return noted(failed);
  return noted(failed, { type: 'order.refused', refusal: refusalOf({ decline, message }) });
}

function isOver(state: OrderState, at: Instant): boolean {
  return state.giveUpAt !== null && at >= state.giveUpAt;
}

function giveUp(): Step {
  return noted({ type: 'order.refused', refusal: { code: 'checkout_expired' } });
}

/** The hold commits next; should it have ended meanwhile, the commit says so and the money goes back. */
function paid(state: OrderState, outcome: PaymentOutcome & { readonly kind: 'authorised' | 'captured' }): Step {
  const { kind, amountMinor } = outcome;
  if (amountMinor === totalOf(state)) return noted({ type: `payment.${kind}`, amountMinor });
  const refusal = refusalOf({ decline: 'amount_differs', message: `${amountMinor} instead of ${totalOf(state)}` });
  // refused first: money that is right commits the hold, and then there would be no way back
  return noted({ type: 'order.refused', refusal }, ...(kind === 'captured' ? [{ type: 'payment.captured', amountMinor } as const] : []));
}

function captureAnswered(state: OrderState, outcome: PaymentOutcome, at: Instant): Step {
  if (outcome.kind === 'captured') return noted({ type: 'payment.captured', amountMinor: outcome.amountMinor });
  const { tries } = state.payment;
  const message = outcome.kind === 'capture_refused' ? outcome.message : `the payment is ${outcome.kind}`;
  if (state.stage === 'undoing') return noted({ type: 'payment.capture_failed', message, retryAt: null });
  const until = (state.confirmedAt ?? at) + orderLimits.captureWithinMs;
  const retryAt = at + backoffMs(tries, orderLimits.retryMs, orderLimits.retryMaxMs);
  if (outcome.kind !== 'voided' && tries + 1 < orderLimits.captureTriesMax && retryAt < until)
    return noted({ type: 'payment.capture_failed', message, retryAt });
  return noted(
    { type: 'payment.capture_failed', message, retryAt: null },
    { type: 'order.canceled', by: 'capture_failed', reason: message },
  );
}

function voidAnswered(state: OrderState, outcome: PaymentOutcome, at: Instant): Step {
  if (outcome.kind === 'voided') return noted({ type: 'payment.voided' });
  if (outcome.kind === 'captured') return noted({ type: 'payment.captured', amountMinor: outcome.amountMinor });
  return noted({ type: 'payment.void_failed', retryAt: at + backoffMs(state.payment.tries, orderLimits.retryMs, orderLimits.retryMaxMs) });
}

/** Y2 */
function verified(state: OrderState, outcome: PaymentOutcome): Step {
  switch (outcome.kind) {
    case 'voided':
      return noted({ type: 'payment.voided' });
    case 'captured':
      return noted({ type: 'payment.captured', amountMinor: outcome.amountMinor });
    case 'authorised':
      return noted({ type: 'payment.found_authorised', amountMinor: outcome.amountMinor });
    default:
      return state.payment.status === 'verifying' ? noted({ type: 'payment.void_asked' }) : noted();
  }
}

export function decideRefundAnswer(state: OrderState, effectId: string, outcome: StepOutcome, at: Instant): Step {
  const refund = state.refunds.find((each) => isUnderWay(each) && effectId === `refund:${each.step}`);
  if (refund === undefined || 'refusal' in outcome) return noted();
  const answer = outcome.reply as PaymentOutcome;
  const { refundId, tries, whole } = refund;
  if (answer.kind === 'refunded') return noted({ type: 'refund.done', refundId, amountMinor: answer.amountMinor });
  // what is still under way is asked for again under its own name, and never given up
  const isRefused = answer.kind === 'refund_refused';
  const over = isRefused && tries + 1 >= (whole ? orderLimits.wholeRefundTriesMax : orderLimits.refundTriesMax);
  const pauseMaxMs = whole ? orderLimits.wholeRefundPauseMaxMs : orderLimits.retryMaxMs;
  const retryAt = over ? null : at + backoffMs(tries, orderLimits.retryMs, pauseMaxMs);
  const message = isRefused ? answer.message : `the refund is ${answer.kind}`;
  const told = whole && isRefused && tries + 1 === orderLimits.refundTriesMax ? ({ told: true } as const) : {};
  return noted({ type: 'refund.failed', refundId, message, retryAt, ...told });
}

/** Asked for and not answered; between two askings an answer is old. */
function isUnderWay({ status, dueAt }: RefundFacts): boolean {
  return status === 'asked' && dueAt === null;
}

// --- news -------------------------------------------------------------------------------------------------------

/** Y1 */
export function decidePaymentNews(state: OrderState, command: CommandOf<'paymentNews'>, at: Instant): Step {
  const { payment, stage } = state;
  const { eventId, outcome } = command;
  if (state.place === null) return refused({ code: 'order_unknown' }); // an intent is made of what is durable: it is lost, or not ours
  const { account = accountOf(state, outcome) } = command;
  if (!isItsAccount(state, outcome, account)) return refused({ code: 'order_foreign' });
  if (outcome.kind === 'refunded' || outcome.kind === 'refund_refused') return refundNews(state, outcome, account, at);
  if (payment.intentId === null || payment.intentId !== outcome.intentId) return noted();
  const isMoney = outcome.kind === 'authorised' || outcome.kind === 'captured';
  if (isFinal(stage)) return isMoney ? lateMoney(state, eventId) : noted();
  switch (payment.status) {
    case 'confirming':
      return isMoney ? paid(state, outcome) : noted();
    case 'requires_action':
    case 'processing':
    case 'declined':
      if (isMoney) return paid(state, outcome);
      return stage !== 'buyer' || payment.looking || payment.status === 'declined'
        ? noted()
        : noted({ type: 'payment.looked_up', last: false });
    case 'authorised':
    case 'capturing':
    case 'voiding':
      return outcome.kind === 'captured' ? noted({ type: 'payment.captured', amountMinor: outcome.amountMinor }) : noted();
    default:
      return noted();
  }
}

/** Y5 */
function isItsAccount(state: OrderState, outcome: PaymentOutcome, account: string | null): boolean {
  if (account === accountOf(state, outcome)) return true;
  return outcome.intentId !== state.payment.intentId && (state.accountsBefore ?? []).includes(account);
}

/** Of an earlier attempt unless it says otherwise: that of the newest one. */
function accountOf({ place, refunds }: OrderState, { intentId }: PaymentOutcome): string | null {
  const refund = refunds.find(({ of }) => of?.intentId === intentId);
  return refund?.of === undefined ? place!.account : refund.of.account;
}

/** Money that was given back is no news. */
function lateMoney(state: OrderState, eventId: string): Step {
  if (state.payment.capturedMinor > 0 || state.newsSeen.includes(eventId)) return noted();
  return noted({ type: 'payment.appeared', eventId });
}

type RefundNews = PaymentOutcome & { readonly kind: 'refunded' | 'refund_refused' };

/** Y3. Of the newest asking alone: what an older one came to is known, and says nothing about this one. */
function refundNews(state: OrderState, outcome: RefundNews, account: string | null, at: Instant): Step {
  const { refundId, attempt } = outcome;
  const refund = state.refunds.find((each) => each.refundId === refundId);
  if (refund === undefined) return outcome.kind === 'refunded' ? noted() : forgottenRefundNews(state, outcome, account, at);
  const intentId = refund.of?.intentId ?? state.payment.intentId;
  if (intentId !== outcome.intentId || (attempt ?? refund.step) !== refund.step) return noted();
  if (outcome.kind === 'refunded')
    return isUnderWay(refund) ? noted({ type: 'refund.done', refundId, amountMinor: outcome.amountMinor }) : noted();
  // news overtake the answer: it was made and has come back before we heard that it was made
  const overtakes = isUnderWay(refund) && attempt === refund.step;
  if (refund.status !== 'done' && !overtakes) return noted();
  const made: readonly OrderHappening[] = overtakes ? [{ type: 'refund.done', refundId, amountMinor: refund.amountMinor }] : [];
  const [retryAt, returns] = [againAt(state, refund, at), (refund.returns ?? 0) + 1];
  return noted(...made, { type: 'refund.returned', refundId, message: outcome.message, retryAt, returns });
}

/** Y3 */
function againAt({ goal }: OrderState, { whole, returns = 0 }: RefundFacts, at: Instant): Instant | null {
  if ((!whole && goal === null) || returns >= orderLimits.refundReturnsMax) return null;
  return at + backoffMs(returns, orderLimits.returnedRefundPauseMs, orderLimits.wholeRefundPauseMaxMs);
}

/** Y4. An attempt that has ended keeps no money. */
function forgottenRefundNews(
  state: OrderState,
  outcome: RefundNews & { readonly kind: 'refund_refused' },
  account: string | null,
  at: Instant,
): Step {
  const { intentId, refundId, message, amountMinor = 0 } = outcome;
  const step = Number(/^refund_([1-9]\d{0,8})$/.exec(refundId)?.[1] ?? Infinity);
  if (amountMinor <= 0 || state.attempt < 2 || intentId === state.payment.intentId || step > state.steps) return noted();
  const of = { intentId, account, amountMinor };
  return noted({ type: 'refund.returned', refundId, message, retryAt: at + orderLimits.returnedRefundPauseMs, of });
}
