/**
 * What a buyer does with an order of theirs (and the merchant, with the secret key, with any).
 *
 * B1. An order of another buyer looks exactly like one that does not exist.
 * B2. A paused store takes no new payment, for which units may be taken again; who has paid hears how the order is.
 */
import { actorId } from '../../actors/kernel/index.ts';
import type { OrderCommand, OrderReply } from '../../actors/order/commands.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../runtime/ids/derive.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import type { ReplyOutcome } from '../http/actor-calls.ts';
import type { OpenAnswer } from '../http/answers.ts';
import { problemAnswer } from '../http/answers.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import type { z } from '../schemas/zod.ts';
import { orderAnswer } from './answers.ts';
import type { OrderContext } from './deps.ts';
import { cancelSchema, orderAnswerSchema, paySchema, requestReturnSchema } from './schemas.ts';
import { answerVerdict, buying } from './verdict.ts';

const orderIdForm = /^order_[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isOrderId(text: string): boolean {
  return orderIdForm.test(text);
}

export function buyerRoutes(context: OrderContext): readonly Route[] {
  return [readRoute(context), cancelRoute(context), payRoute(context), returnRoute(context)];
}

const success = { status: 200, schema: orderAnswerSchema };

function readRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'GET',
    path: '/v1/orders/{orderId}',
    access: 'buyer',
    docs: {
      summary: 'An order',
      description: 'As its actor knows it now. Follow it live on the channel `order`.',
      tag: 'orders',
      success,
      problems: ['order_unknown'],
    },
    handle: (call, respond) => onOrder(context, call, respond, { type: 'read', buyer: call.identity.buyer }),
  });
}

function cancelRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/orders/{orderId}/cancel',
    access: 'buyer',
    body: cancelSchema,
    bodyOptional: true,
    docs: {
      summary: 'Cancel an order',
      description: 'Before anything is shipped. Units, coupon uses and money go back; canceling again gives the same answer.',
      tag: 'orders',
      success,
      problems: ['order_unknown', 'order_ended', 'already_shipped', 'in_progress', 'idempotency_key_reused'],
    },
    handle: (call, respond) =>
      onOrder(context, call, respond, {
        type: 'cancel',
        ...onceOfOrder(call),
        buyer: call.identity.buyer,
        reason: call.body.reason ?? 'asked for',
      }),
  });
}

function payRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/orders/{orderId}/pay',
    access: 'buyer',
    body: paySchema,
    docs: {
      summary: 'Pay with another method',
      description:
        'Instead of an action that is still open, or after a decline. The units of a declined order have gone back: they are taken again, at the total that was shown. Each key pays at most once: again, it hears how the order stands, and another try is another key. One order tries at most 20 payments.',
      tag: 'orders',
      success: { status: 201, schema: orderAnswerSchema },
      problems: ['order_unknown', 'order_ended', ...buying, 'store_paused', 'in_progress', 'idempotency_key_reused'],
    },
    handle: (call, respond) => pay(context, call, respond),
  });
}

type Pay = Extract<OrderCommand, { readonly type: 'pay' }>;

function pay(context: OrderContext, call: Call<z.infer<typeof paySchema>>, respond: Respond): void {
  const { store, buyer } = call.identity;
  const id = call.params.orderId!;
  if (!isOrderId(id)) return respond(problemAnswer('order_unknown'));
  const order = actorId('order', store.storeId, id);
  const { paymentMethod, returnUrl = null } = call.body;
  const command: Pay = { type: 'pay', ...onceOfOrder(call), buyer, paymentMethod, returnUrl };
  context.actors.outcome(order, store.paused ? asNobody(command) : command, (outcome) => {
    if (store.paused && isRefusedCaller(outcome)) respond(problemAnswer('store_paused'));
    else answerVerdict(context, { order, buyer, outcome }, respond);
  });
}

/** B2: an order looks first for what was said before, and then at who speaks. Of nobody it hears repeats, and nothing else. */
function asNobody(command: Pay): Pay {
  return { ...command, buyer: 'nobody' };
}

function isRefusedCaller(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && (outcome.refusal.code === 'order_foreign' || outcome.refusal.code === 'order_unknown');
}

function returnRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/orders/{orderId}/returns',
    access: 'buyer',
    body: requestReturnSchema,
    docs: {
      summary: 'Ask to send units back',
      description: 'Of what was shipped and not returned yet. The money comes back when the merchant has received them.',
      tag: 'orders',
      success: { status: 201, schema: orderAnswerSchema },
      problems: ['order_unknown', 'order_ended', 'in_progress', 'not_shipped', 'units_exceeded', 'idempotency_key_reused', 'repeats_full'],
    },
    handle: (call, respond) =>
      onOrder(
        context,
        call,
        respond,
        { type: 'requestReturn', ...onceOfOrder(call), buyer: call.identity.buyer, lines: call.body.lines, reason: call.body.reason },
        (outcome) => orderAnswer(201, outcome.reply as OrderReply, outcome.at),
      ),
  });
}

/** The scope of the key: the route and the order. The same key with another body is refused by the order itself. */
export function onceOfOrder(call: Call<unknown>): { readonly commandId: string; readonly fingerprint: string } {
  const { store, scope } = call.identity;
  const route = [call.route, call.params.orderId!, ...(call.params.refundId === undefined ? [] : [call.params.refundId])].join(' ');
  return {
    commandId: commandIdOf({ store: store.storeId, caller: scope, route, key: call.key }),
    fingerprint: fingerprintOf(canonicalJson(call.body)),
  };
}

export const buyerSees: Readonly<Record<string, ProblemCode>> = { order_foreign: 'order_unknown' };

/** Text that is no id is an order nobody knows. */
export function onOrder(
  context: OrderContext,
  call: Call<unknown>,
  respond: Respond,
  command: OrderCommand,
  shape: (outcome: ReplyOutcome) => OpenAnswer = (outcome) => orderAnswer(200, outcome.reply as OrderReply, outcome.at),
): void {
  const id = call.params.orderId!;
  if (!isOrderId(id)) return respond(problemAnswer('order_unknown'));
  const actor = actorId('order', call.identity.store.storeId, id);
  context.actors.ask(actor, command, respond, shape, buyerSees); // B1
}
