/**
 * What must be true of every state of an order, in words when it is not; and what no event may do.
 *
 * L1. Money: captured at most the total, refunded at most what was captured.
 * L2. A capture is asked for only once the hold is committed and the order has its number; a number is taken only
 *     after the commit; a confirmed order has a number and committed units.
 * L3. Never asks to confirm a payment without a live hold.
 * L4. I9: every state has a deadline, owes something, or is final.
 * L5. A failed or canceled order holds nothing: no units, no open intent, no cart, nobody waiting; and no money but what
 *     was refused as a refund for too long, which it says.
 * L6. Shipped at most what was ordered, booked at most what was shipped, returned at most what was shipped.
 * L7. No command or step is remembered twice, memory is bounded (I7). Every debt has a name of its own, and is found by it.
 */
import type { Instant } from '../kernel/index.ts';
import { deadline, owes, pending } from './effects.ts';
import type { HappeningOf, OrderEvent } from './events.ts';
import { orderLimits } from './limits.ts';
import { paymentStatusOf } from './reply.ts';
import {
  givenUpMinor,
  isFinal,
  refundedMinor,
  refundingMinor,
  returnedUnits,
  shippedUnits,
  totalOf,
  unitsBySku,
  type OrderState,
} from './state.ts';

export function broken(state: OrderState): readonly string[] {
  if (state.version === 0) return state.stage === 'none' ? [] : ['an order without events has a stage'];
  return [...brokenMoney(state), ...brokenSaga(state), ...brokenEnd(state), ...brokenUnits(state), ...brokenMemory(state)];
}

/** L1 */
function brokenMoney(state: OrderState): string[] {
  const wrong: string[] = [];
  const { capturedMinor, status } = state.payment;
  if (capturedMinor > totalOf(state)) wrong.push(`${capturedMinor} captured of ${totalOf(state)}`);
  if (refundingMinor(state) > capturedMinor) wrong.push(`${refundingMinor(state)} go back of ${capturedMinor} captured`);
  if ((status === 'captured') !== capturedMinor > 0) wrong.push(`a payment that is ${status} has captured ${capturedMinor}`);
  return wrong;
}

/** L2, L3, L4 */
function brokenSaga(state: OrderState): string[] {
  const wrong: string[] = [];
  const { stage, payment, hold, number } = state;
  if (payment.status === 'capturing' && number === null) wrong.push('a capture before the order is confirmed');
  if (stage === 'confirmed' && number === null) wrong.push('a confirmed order without a number');
  if ((stage === 'confirmed' || stage === 'number') && hold.status !== 'committed')
    wrong.push(`${stage} with a hold that is ${hold.status}`);
  if (stage === 'confirmed' && totalOf(state) > 0 && payment.status !== 'capturing' && payment.status !== 'captured')
    wrong.push(`a confirmed order whose payment is ${payment.status}`);
  if (payment.status === 'confirming' && hold.status !== 'held') wrong.push(`a payment is confirmed with a hold that is ${hold.status}`);
  if ((stage === 'undoing' || isFinal(stage)) !== (state.goal !== null)) wrong.push(`an order that is ${stage} goes to ${state.goal}`);
  const moves = pending(state).length > 0 || deadline(state) !== null;
  const rests = isFinal(stage) || stage === 'confirmed';
  if (!moves && !rests) wrong.push(`an order that is ${stage} waits for nothing`);
  return wrong;
}

/** L5 */
function brokenEnd(state: OrderState): string[] {
  const { stage, payment, hold, cart } = state;
  if (state.waitingTicket !== null && (stage === 'confirmed' || isFinal(stage))) return [`somebody waits although an order is ${stage}`];
  if (!isFinal(stage)) return [];
  const wrong: string[] = [];
  if (pending(state).length > 0 || deadline(state) !== null) wrong.push(`an order that is ${stage} has something to do`);
  if (hold.status !== 'none' && hold.status !== 'released') wrong.push(`an order that is ${stage} has a hold that is ${hold.status}`);
  if (payment.status !== 'none' && payment.status !== 'voided' && payment.status !== 'captured')
    wrong.push(`an order that is ${stage} has a payment that is ${payment.status}`);
  const keptMinor = payment.capturedMinor - refundedMinor(state);
  if (keptMinor > givenUpMinor(state)) wrong.push(`${payment.capturedMinor} captured, ${refundedMinor(state)} given back`);
  if (keptMinor > 0 && paymentStatusOf(state) !== 'refund_failed')
    wrong.push(`an order that is ${stage} does not say that it keeps ${keptMinor}`);
  if (cart !== 'none' && cart !== 'closed') wrong.push(`an order that is ${stage} has a cart that is ${cart}`);
  return wrong;
}

/** L6 */
function brokenUnits(state: OrderState): string[] {
  const shipped = shippedUnits(state);
  return [
    ...exceeding('shipped', shipped, unitsBySku(state.lines)),
    ...exceeding('booked', unitsBySku(state.booked), shipped),
    ...exceeding('returned', returnedUnits(state), shipped),
  ];
}

function exceeding(what: string, units: Map<string, number>, most: Map<string, number>): string[] {
  return [...units].flatMap(([sku, quantity]) =>
    quantity > (most.get(sku) ?? 0) ? [`${quantity} units of ${sku} ${what}, at most ${most.get(sku) ?? 0} can be`] : [],
  );
}

/** L7 */
function brokenMemory(state: OrderState): string[] {
  const wrong: string[] = [];
  if (state.remembered.length > orderLimits.repeatsMax) wrong.push(`${state.remembered.length} commands are remembered`);
  if (new Set(state.remembered.map(({ commandId }) => commandId)).size < state.remembered.length)
    wrong.push('a command is remembered twice');
  if (new Set(state.payCommands.map(({ commandId }) => commandId)).size < state.payCommands.length) wrong.push('a command has paid twice');
  // a try that fails before it pays is followed by one that pays, or by none
  if (state.payCommands.length > 2 * orderLimits.paymentTriesMax) wrong.push(`${state.payCommands.length} commands have paid`);
  if (state.paymentTries > orderLimits.paymentTriesMax) wrong.push(`${state.paymentTries} payments were tried`);
  if (new Set(pending(state).map(({ id }) => id)).size < pending(state).length) wrong.push('two debts have one name');
  for (const { id } of pending(state)) if (!owes(state, id)) wrong.push(`the debt ${id} is not found by its name`);
  if (state.newsSeen.length > orderLimits.newsMax) wrong.push(`${state.newsSeen.length} news are remembered`);
  return wrong;
}

/** O7. Who pays otherwise has named the order that failed. */
function isNamed({ attempt }: OrderState, { place, paidBy }: HappeningOf<'order.placed'>): boolean {
  return attempt === 0 || paidBy !== undefined || place.attempt === attempt + 1;
}

/** What `event` would break on the state before it. */
export function forbids(state: OrderState, event: OrderEvent, at: Instant): readonly string[] {
  const { hold, payment } = state;
  switch (event.type) {
    case 'order.placed':
      return isNamed(state, event) ? [] : [`placed again as attempt ${event.place.attempt ?? 1}, after ${state.attempt} of them`];
    case 'order.confirmed':
      return hold.status === 'committed' ? [] : [`confirmed with a hold that is ${hold.status}`];
    case 'payment.captured':
      return event.cause.startsWith('effect capture') && state.number === null ? ['captured before it was confirmed'] : [];
    case 'payment.created':
      return state.stage === 'intent' && hold.status !== 'held' ? [`to be paid with a hold that is ${hold.status}`] : [];
    case 'payment.retried':
      return at < hold.expiresAt ? [] : ['paid again after the hold has expired'];
    case 'shipment.created':
      return totalOf(state) > 0 && payment.capturedMinor === 0 ? ['shipped before it was paid'] : [];
    default:
      return [];
  }
}
