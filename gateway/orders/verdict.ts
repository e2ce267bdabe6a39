/**
 * The verdict on a checkout, or on paying otherwise, in words of the outside.
 *
 * V1. What takes longer than a request may wait is answered 202 with the order as it is; so is what needs the buyer.
 * V2. An order of another buyer looks exactly like one that does not exist.
 * V3. A try that was made before is answered as it was then, and says so.
 * V4. An order that was canceled has ended, whoever says so: the order to who asks for it again, or a look at it.
 */
import { type ActorId, toIso } from '../../actors/kernel/index.ts';
import type { OrderCommand, OrderRefusal, OrderReply } from '../../actors/order/commands.ts';
import type { AnswerPosition, Outcome } from '../../runtime/router/port.ts';
import { positionText, type ReplyOutcome } from '../http/actor-calls.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../http/answers.ts';
import type { Respond } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import { checkoutStatusOf, orderAnswer, refusalShown } from './answers.ts';
import type { OrderContext } from './deps.ts';

/** What can come of asking for units, a price and money. */
export const buying: readonly ProblemCode[] = [
  'insufficient_stock',
  'sku_unknown',
  'sku_paused',
  'buyer_cap_exceeded',
  'hold_unknown',
  'hold_ended',
  'cart_unknown',
  'cart_empty',
  'cart_checked_out',
  'code_invalid',
  'coupon_unknown',
  'coupon_inactive',
  'coupon_used_up',
  'coupon_buyer_limit',
  'price_unavailable',
  'price_changed',
  'shipping_unavailable',
  'payment_failed',
  'payment_attempts_exceeded',
  'checkout_expired',
];

export interface Placed {
  readonly order: ActorId;
  readonly buyer: string | null;
  readonly outcome: Outcome;
}

export function readAs(buyer: string | null): OrderCommand {
  return { type: 'read', buyer };
}

export function answerVerdict(context: OrderContext, { order, buyer, outcome }: Placed, respond: Respond): void {
  if (outcome.kind === 'reply') return respond(placedAnswer(context, outcome));
  if (outcome.kind === 'refused') {
    if (outcome.refusal.code === 'order_foreign') return respond(problemAnswer('order_unknown')); // V2
    return respond(refusedAnswer(context, order.id, outcome.refusal as OrderRefusal, outcome.position));
  }
  if (outcome.code !== 'outcome_unknown') return respond(context.actors.problemOf(outcome));
  // V1. It may be under way, and then it can be looked at; or nobody knows.
  context.actors.outcome(order, readAs(buyer), (seen) => {
    respond(seen.kind === 'reply' ? placedAnswer(context, seen) : context.actors.problemOf(outcome));
  });
}

function refusedAnswer({ actors }: OrderContext, orderId: string, said: OrderRefusal, position: AnswerPosition): OpenAnswer {
  const { refusal, attempt } = spoken(said);
  const shown = actors.refusalAnswer(refusalShown(refusal, orderId));
  shown.headers.push('onhand-position', positionText(position), 'onhand-order', orderId);
  if (attempt !== null) shown.headers.push('onhand-attempt', String(attempt), 'idempotent-replayed', 'true');
  return shown;
}

/** V3 */
function spoken(refusal: OrderRefusal): { readonly refusal: OrderRefusal; readonly attempt: number | null } {
  return refusal.code === 'attempt_over' ? refusal : { refusal, attempt: null };
}

/** Of an order that was placed or paid, or is looked at instead. */
export function placedAnswer(context: OrderContext, outcome: ReplyOutcome): OpenAnswer {
  const reply = outcome.reply as OrderReply;
  const { orderId, status } = reply;
  if (status === 'canceled') return refusedAnswer(context, orderId, { code: 'order_ended', status }, outcome.position); // V4
  const answer =
    reply.refusal !== null && status === 'failed'
      ? jsonAnswer(202, { orderId, status, serverTime: toIso(outcome.at) })
      : orderAnswer(checkoutStatusOf(reply), reply, outcome.at);
  answer.headers.push('onhand-position', positionText(outcome.position), 'location', `/v1/orders/${orderId}`);
  answer.headers.push('onhand-attempt', String(reply.attempt));
  if (outcome.repeated) answer.headers.push('idempotent-replayed', 'true');
  return answer;
}
