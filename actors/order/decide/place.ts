/** The commands of whoever buys: place, pay again, cancel, look. */
import { assert, type Instant } from '../../kernel/index.ts';
import type { OrderRefusal } from '../commands.ts';
import type { OrderHappening } from '../events.ts';
import { orderLimits } from '../limits.ts';
import { declineOf } from '../reply.ts';
import { isCommitting, type OrderState } from '../state.ts';
import { busy, ended, refused, refusedCaller, repeated, shown, type CommandOf, type Step } from './step.ts';

/**
 * The key is the order: the same command finds it, in whatever state it is.
 *
 * P1. An attempt is made once. The order counts its attempts for ever, so a copy of an old message, however late and
 *     under whatever name, hears what was said and moves nothing; trying again is said by naming the next attempt.
 */
export function decidePlace(state: OrderState, command: CommandOf<'place'>): Step {
  if (state.place !== null && state.place.fingerprint !== command.fingerprint) return refused({ code: 'idempotency_key_reused' });
  if (state.place !== null && state.place.buyer !== command.buyer) return refused({ code: 'order_foreign' });
  switch (state.stage) {
    case 'none':
    case 'failed': {
      if (state.attempt > 0 && command.attempt !== state.attempt + 1) return attemptOver(state); // P1
      const refusal = command.cartId === null ? unholdable(command.lines, command.codes) : null;
      if (refusal !== null) return refused(refusal);
      const { type: _, ...place } = command;
      return { kind: 'waiting', ticket: command.commandId, events: [{ type: 'order.placed', place }] };
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

function attemptOver({ attempt, refusal }: OrderState): Step {
  assert(refusal !== null, 'an order that failed says why');
  return refused({ code: 'attempt_over', attempt, refusal });
}

/** What no hold could be asked for. Null: it can. */
export function unholdable(lines: readonly { readonly sku: string }[], codes: readonly string[]): OrderRefusal | null {
  const [first] = lines;
  if (first === undefined) return { code: 'cart_empty' };
  const fits = lines.length + codes.length <= orderLimits.linesMax;
  return fits ? null : { code: 'line_refused', sku: lines.at(-1)!.sku, cause: { code: 'lines_exceeded' } };
}

export function decidePay(state: OrderState, command: CommandOf<'pay'>, at: Instant): Step {
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  const again = state.payCommandId === command.commandId;
  switch (state.stage) {
    case 'buyer':
      if (state.payment.status === 'processing' || state.waitingTicket !== null) return busy;
      if (again && state.payment.status === 'requires_action') return repeated;
      return payAgain(state, { ...command, ticket: command.commandId }, at);
    case 'confirmed':
      return again ? repeated : ended(state);
    case 'failed':
      return state.refusal?.code === 'payment_failed' ? anotherAttempt(state, command) : over(state);
    case 'undoing': // it can be paid otherwise as soon as everything is given back
      return state.goal === 'failed' && state.refusal?.code === 'payment_failed' ? busy : over(state);
    case 'canceled':
      return over(state);
    default:
      return busy;
  }
}

function over(state: OrderState): Step {
  return state.refusal?.code === 'checkout_expired' ? refused(state.refusal) : ended(state);
}

/**
 * The units went back with the decline, and are taken again. The buyer pays the total that was shown, or hears
 * `price_changed`. A hold of the buyer that the first attempt absorbed is gone.
 */
function anotherAttempt(state: OrderState, { commandId, paymentMethod, returnUrl }: CommandOf<'pay'>): Step {
  const before = state.place!;
  const lines = before.lines.map(({ absorbs: _, ...line }) => line);
  const expectedTotalMinor = state.quote === null ? before.expectedTotalMinor : state.quote.totalMinor;
  const { attempt: _, ...wish } = before;
  const place = { ...wish, lines, paymentMethod, returnUrl, expectedTotalMinor };
  return { kind: 'waiting', ticket: commandId, events: [{ type: 'order.placed', place, paidBy: commandId }] };
}

interface Paying {
  readonly ticket: string;
  readonly paymentMethod: string;
  readonly returnUrl: string | null;
}

/** While the hold lives; with little of it left it is extended first. */
function payAgain(state: OrderState, { ticket, paymentMethod, returnUrl }: Paying, at: Instant): Step {
  if (state.payBy === null || at >= state.payBy) return refused({ code: 'checkout_expired' });
  const extend = state.payBy - at < orderLimits.payTimeMinMs;
  const event: OrderHappening = { type: 'payment.retried', ticket, paymentMethod, returnUrl, extend };
  return { kind: 'waiting', ticket, events: [event] };
}

/** Before shipping everything is given back; while it commits the caller comes again in a moment. */
export function decideCancel(state: OrderState, command: CommandOf<'cancel'>): Step {
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  if (state.goal === 'canceled') return repeated;
  if (state.goal === 'failed') return ended(state);
  if (isCommitting(state.stage)) return busy;
  if (state.shipments.length > 0) return refused({ code: 'already_shipped' });
  return shown({ type: 'order.canceled', by: command.buyer === null ? 'merchant' : 'buyer', reason: command.reason });
}

export function decideRead(state: OrderState, command: CommandOf<'read'>): Step {
  const caller = refusedCaller(state, command.buyer);
  return caller === null ? shown() : refused(caller);
}
