/**
 * `POST /v1/checkouts`: one request that ends in a verdict, or says where to look for it.
 *
 * O1. The order's id is derived from the scope of its key (I5): the key *is* the order, and a retry finds it.
 * O2. What takes longer than a request may wait is answered 202 with the order as it is; so is what needs the buyer.
 * O3. A paused store takes no new order, but a retry of one it took is answered as before.
 */
import { type ActorId, actorId, toIso } from '../../actors/kernel/index.ts';
import type { OrderCommand, OrderRefusal, OrderReply, Place } from '../../actors/order/commands.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../runtime/ids/derive.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import { nearnessOf } from '../../services/tenants/nearness.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../http/answers.ts';
import { positionText, type ReplyOutcome } from '../http/actor-calls.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import { z } from '../schemas/zod.ts';
import { checkoutStatusOf, orderAnswer, refusalShown } from './answers.ts';
import type { OrderContext } from './deps.ts';
import { type CartCheckout, cartCheckoutSchema, type LinesCheckout, linesCheckoutSchema, orderAnswerSchema } from './schemas.ts';

const path = '/v1/checkouts';

/** Told apart by `cartId`, so that a wrong body is explained in terms of the shape that was meant. */
const checkoutSchema = z.unknown().transform((body, ctx): CartCheckout | LinesCheckout => {
  const schema = typeof body === 'object' && body !== null && 'cartId' in body ? cartCheckoutSchema : linesCheckoutSchema;
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  for (const issue of result.error.issues) ctx.issues.push({ code: 'custom', input: body, path: issue.path, message: issue.message });
  return z.NEVER;
});

const problems: readonly ProblemCode[] = [
  'insufficient_stock',
  'sku_unknown',
  'sku_paused',
  'store_paused',
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
  'checkout_expired',
  'in_progress',
  'idempotency_key_reused',
  'order_ended',
  'repeats_full',
];

export function checkoutRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path,
    access: 'buyer',
    body: checkoutSchema,
    docs: {
      body: z.union([cartCheckoutSchema, linesCheckoutSchema]),
      summary: 'Buy: hold, price, pay, commit',
      description:
        '201: confirmed. 202: not decided yet, or the buyer has something to do (`nextAction`); follow `GET /v1/orders/{id}` or the `order` channel. A refusal gave everything back. The same key again is the same order; after a refusal it is tried again.',
      tag: 'orders',
      success: { status: 201, schema: orderAnswerSchema },
      problems,
    },
    handle: (call, respond) => checkout(context, call, respond),
  });
}

async function checkout(context: OrderContext, call: Call<CartCheckout | LinesCheckout>, respond: Respond): Promise<void> {
  const { store, buyer } = call.identity;
  const order = orderOf(call);
  if (store.paused) return retryOnly(context, order, buyer, respond);
  const { currency, account, feeMillionths } = await context.settings(store.storeId);
  const locations = await context.tenants.locations(store.storeId);
  const { expectedTotal } = call.body;
  if (expectedTotal !== undefined && expectedTotal.currency !== currency) return respond(wrongCurrency(currency));
  const place: Place = {
    ...placeOf(call.body),
    commandId: order.id,
    fingerprint: fingerprintOf(canonicalJson(call.body)),
    buyer,
    currency,
    account,
    feeMillionths,
    nearness: nearnessOf(locations, call.body.shipTo ?? null),
  };
  context.actors.outcome(order, { type: 'place', ...place }, (outcome) => answerPlaced(context, { order, buyer, outcome }, respond));
}

function orderOf(call: Call<unknown>): ActorId {
  const { store, scope } = call.identity;
  const uuid = commandIdOf({ store: store.storeId, caller: scope, route: `POST ${path}`, key: call.key });
  return actorId('order', store.storeId, `order_${uuid}`); // O1
}

function wrongCurrency(currency: string): OpenAnswer {
  return problemAnswer('validation_failed', { errors: [{ pointer: '/expectedTotal/currency', detail: `the store sells in ${currency}` }] });
}

type FromBody = Omit<Place, 'commandId' | 'fingerprint' | 'buyer' | 'currency' | 'account' | 'feeMillionths' | 'nearness'>;

function placeOf(body: CartCheckout | LinesCheckout): FromBody {
  const { email, shippingAddress, shippingMethod = null, paymentMethod, expectedTotal, returnUrl = null } = body;
  const { line2, region, ...address } = shippingAddress;
  const whole = { ...address, ...(line2 === undefined ? {} : { line2 }), ...(region === undefined ? {} : { region }) };
  const shared = { email, shippingAddress: whole, shippingMethod, paymentMethod, returnUrl };
  const expectedTotalMinor = expectedTotal?.amountMinor ?? null;
  if ('cartId' in body) return { ...shared, expectedTotalMinor, cartId: body.cartId, lines: [], codes: [] };
  const lines = body.lines.map(({ sku, quantity, absorbs, shownUnitPriceMinor = null }) => ({
    sku,
    quantity,
    shownUnitPriceMinor,
    ...(absorbs === undefined ? {} : { absorbs }),
  }));
  const codes = [...new Set((body.codes ?? []).map((code) => code.toUpperCase()))];
  return { ...shared, expectedTotalMinor, cartId: null, lines, codes };
}

function readAs(buyer: string | null): OrderCommand {
  return { type: 'read', buyer };
}

/** O3. */
function retryOnly(context: OrderContext, order: ActorId, buyer: string | null, respond: Respond): void {
  context.actors.outcome(order, readAs(buyer), (outcome) => {
    if (outcome.kind === 'reply') respond(placedAnswer(outcome));
    else if (outcome.kind === 'refused') respond(problemAnswer('store_paused'));
    else respond(context.actors.problemOf(outcome));
  });
}

interface Placed {
  readonly order: ActorId;
  readonly buyer: string | null;
  readonly outcome: Outcome;
}

function answerPlaced(context: OrderContext, { order, buyer, outcome }: Placed, respond: Respond): void {
  if (outcome.kind === 'reply') return respond(placedAnswer(outcome));
  if (outcome.kind === 'refused') {
    const shown = context.actors.refusalAnswer(refusalShown(outcome.refusal as OrderRefusal, order.id));
    shown.headers.push('onhand-position', positionText(outcome.position), 'onhand-order', order.id);
    return respond(shown);
  }
  if (outcome.code !== 'outcome_unknown') return respond(context.actors.problemOf(outcome));
  // O2. It may be under way, and then it can be looked at; or nobody knows.
  context.actors.outcome(order, readAs(buyer), (seen) => {
    respond(seen.kind === 'reply' ? placedAnswer(seen) : context.actors.problemOf(outcome));
  });
}

function placedAnswer(outcome: ReplyOutcome): OpenAnswer {
  const reply = outcome.reply as OrderReply;
  const answer =
    reply.refusal !== null && reply.status === 'failed'
      ? jsonAnswer(202, { orderId: reply.orderId, status: reply.status, serverTime: toIso(outcome.at) })
      : orderAnswer(checkoutStatusOf(reply), reply, outcome.at);
  answer.headers.push('onhand-position', positionText(outcome.position), 'location', `/v1/orders/${reply.orderId}`);
  if (outcome.repeated) answer.headers.push('idempotent-replayed', 'true');
  return answer;
}
