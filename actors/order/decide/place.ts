/** The commands of whoever buys: place, pay again, cancel, look. */
import { assert, type Instant } from '../../kernel/index.ts';
import type { OrderRefusal, Place, WantedLine } from '../commands.ts';
import type { HappeningOf, OrderHappening } from '../events.ts';
import { orderLimits } from '../limits.ts';
import { declineOf } from '../reply.ts';
import { isCommitting, isOneLine, mergedLines, withoutHolds, type OrderState } from '../state.ts';
import { busy, ended, refused, refusedCaller, repeated, repeatIn, shown, type CommandOf, type Step } from './step.ts';

/**
 * The key is the order: the same command finds it, in whatever state it is.
 *
 * P1. An attempt is made once. The order counts its attempts for ever, so a copy of an old message, however late and
 *     under whatever name, hears what was said and moves nothing; trying again is said by naming the next attempt.
 * P2. So it is with paying: the order knows for ever who has paid, and one order tries only so many payments.
 * P3. An order that has taken money is not begun anew, although all of it was given back: its refunds are its own.
 */
export function decidePlace(state: OrderState, command: CommandOf<'place'>): Step {
  if (state.place !== null && state.place.fingerprint !== command.fingerprint) return refused({ code: 'idempotency_key_reused' });
  if (state.place !== null && state.place.buyer !== command.buyer) return refused({ code: 'order_foreign' });
  switch (state.stage) {
    case 'none':
    case 'failed': {
      if (state.attempt > 0 && command.attempt !== state.attempt + 1) return attemptOver(state); // P1
      if (hasBooks(state)) return attemptOver(state); // P3
      if (isTriedOut(state)) return triedOut;
      const refusal = command.cartId === null ? unholdable(command.lines, command.codes) : null;
      if (refusal !== null) return refused(refusal);
      const { type: _, ...place } = command;
      return { kind: 'waiting', ticket: command.commandId, events: [placing(place)] };
    }
    case 'confirmed':
      return repeated;
    case 'canceled':
      return ended(state);
    case 'undoing':
      return state.goal === 'canceled' ? ended(state) : busy;
    case 'buyer': {
      const decline = declineOf(state);
      if (decline !== null) return refused(decline); // P1: it is paid otherwise with `pay`
      return state.payment.status === 'requires_action' ? repeated : busy;
    }
    default:
      return busy;
  }
}

function placing(place: Place): HappeningOf<'order.placed'> {
  return { type: 'order.placed', place, ...(place.cartId === null ? asking(place.lines, place.codes) : {}) };
}

/** S4: how the units are asked for. Decided here and written down, so that an order of before goes on as it began. */
export function asking(lines: readonly WantedLine[], codes: readonly string[]): { readonly oneLine?: true } {
  return isOneLine(mergedLines(lines), codes) ? { oneLine: true } : {};
}

function attemptOver({ attempt, refusal }: OrderState): Step {
  assert(refusal !== null, 'an order that failed says why');
  return refused({ code: 'attempt_over', attempt, refusal });
}

function hasBooks(state: OrderState): boolean {
  return state.payment.capturedMinor > 0;
}

/** What no hold could be asked for. Null: it can. */
export function unholdable(lines: readonly { readonly sku: string }[], codes: readonly string[]): OrderRefusal | null {
  const [first] = lines;
  if (first === undefined) return { code: 'cart_empty' };
  const fits = lines.length + codes.length <= orderLimits.linesMax;
  return fits ? null : { code: 'line_refused', sku: lines.at(-1)!.sku, cause: { code: 'lines_exceeded' } };
}

export function decidePay(state: OrderState, command: CommandOf<'pay'>, at: Instant): Step {
  const known = repeatIn(state.payCommands, command);
  if (known !== null) return known === 'same' ? paidBefore(state) : known; // P2
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  switch (state.stage) {
    case 'buyer':
      if (state.payment.status === 'processing' || state.waitingTicket !== null) return busy;
      return payAgain(state, command, at);
    case 'confirmed':
      return ended(state);
    case 'failed':
      return state.refusal?.code === 'payment_failed' && !hasBooks(state) ? anotherAttempt(state, command) : over(state);
    case 'undoing': // it can be paid otherwise as soon as everything is given back
      return state.goal === 'failed' && state.refusal?.code === 'payment_failed' ? busy : over(state);
    case 'canceled':
      return over(state);
    default:
      return busy;
  }
}

/** How the order stands, also where a later command has paid meanwhile. */
function paidBefore(state: OrderState): Step {
  const { stage, payment, waitingTicket, refusal } = state;
  switch (stage) {
    case 'buyer': {
      if (payment.status === 'processing' || waitingTicket !== null) return busy;
      const decline = declineOf(state);
      return decline === null ? repeated : refused(decline);
    }
    case 'confirmed':
      return repeated;
    case 'failed':
      assert(refusal !== null, 'an order that failed says why');
      return refused(refusal);
    default:
      return state.goal === 'canceled' ? ended(state) : busy;
  }
}

/** I7 */
function isTriedOut(state: OrderState): boolean {
  return state.paymentTries >= orderLimits.paymentTriesMax;
}

const triedOut: Step = refused({ code: 'payment_attempts_exceeded', attemptsMax: orderLimits.paymentTriesMax });

function over(state: OrderState): Step {
  return state.refusal?.code === 'checkout_expired' ? refused(state.refusal) : ended(state);
}

/**
 * The units went back with the decline, and are taken again. The buyer pays the total that was shown, or hears
 * `price_changed`. A hold of the buyer that the first attempt absorbed is gone.
 */
function anotherAttempt(state: OrderState, { commandId, fingerprint, paymentMethod, returnUrl }: CommandOf<'pay'>): Step {
  if (isTriedOut(state)) return triedOut;
  const before = state.place!;
  const lines = withoutHolds(before.lines);
  const expectedTotalMinor = state.quote === null ? before.expectedTotalMinor : state.quote.totalMinor;
  const { attempt: _, ...wish } = before;
  const place = { ...wish, lines, paymentMethod, returnUrl, expectedTotalMinor };
  return { kind: 'waiting', ticket: commandId, events: [{ ...placing(place), paidBy: commandId, fingerprint }] };
}

/** While the hold lives; with little of it left it is extended first. */
function payAgain(state: OrderState, command: CommandOf<'pay'>, at: Instant): Step {
  const { commandId: ticket, fingerprint, paymentMethod, returnUrl } = command;
  if (isTriedOut(state)) return triedOut;
  if (state.payBy === null || at >= state.payBy) return refused({ code: 'checkout_expired' });
  const extend = state.payBy - at < orderLimits.payTimeMinMs;
  const event: OrderHappening = { type: 'payment.retried', ticket, fingerprint, paymentMethod, returnUrl, extend };
  return { kind: 'waiting', ticket, events: [event] };
}

/** Before shipping everything is given back; while it commits the caller comes again in a moment. */
export function decideCancel(state: OrderState, command: CommandOf<'cancel'>): Step {
  const known = repeatIn(state.remembered, command);
  if (known !== null && known !== 'same') return known;
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  if (state.goal === 'canceled') return repeated;
  if (state.goal === 'failed') return ended(state);
  if (isCommitting(state.stage)) return busy;
  if (state.shipments.length > 0) return refused({ code: 'already_shipped' });
  const { commandId, fingerprint, reason } = command;
  return shown({ type: 'order.canceled', by: command.buyer === null ? 'merchant' : 'buyer', reason, commandId, fingerprint });
}

export function decideRead(state: OrderState, command: CommandOf<'read'>): Step {
  const caller = refusedCaller(state, command.buyer);
  return caller === null ? shown() : refused(caller);
}
