/**
 * `POST /v1/checkouts`: one request that ends in a verdict, or says where to look for it.
 *
 * O1. The order's id is derived from the scope of its key (I5): the key *is* the order, and a retry finds it.
 * O2. A paused store takes no new order, but a retry of one it took is answered as in an open store. It asks the order for a try
 *     that was made, of which none is made again (O3); the next try of one that failed would be a new order.
 * O3. An attempt is made once: the order sees to that. Who names none (`Onhand-Attempt`) means the next one once the
 *     newest is over, so that a failed checkout may simply be sent again; who names it is safe from old copies of it.
 * O4. Whoever is turned away at the door has made no order, and no order that was there has heard of it. Who asks again for an
 *     order that began here lately is not turned away but told how it is; one that failed is not tried again then.
 */
import { type ActorId, actorId } from '../../actors/kernel/index.ts';
import type { OrderCommand, OrderRefusal, OrderReply, Place } from '../../actors/order/commands.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../runtime/ids/derive.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import { codeOf } from '../../services/pricing/port.ts';
import { nearnessOf } from '../../services/tenants/nearness.ts';
import { admitted } from '../admission/admitted.ts';
import { type OpenAnswer, problemAnswer } from '../http/answers.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import { z } from '../schemas/zod.ts';
import { agreementOf, refusedAgreement } from './agreed.ts';
import type { OrderContext } from './deps.ts';
import { plainCheckout } from './plain-checkout.ts';
import { type CartCheckout, cartCheckoutSchema, type LinesCheckout, linesCheckoutSchema, orderAnswerSchema } from './schemas.ts';
import { answerVerdict, buying, type Placed, placedAnswer, readAs } from './verdict.ts';

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
  ...buying,
  'store_paused',
  'in_progress',
  'secret_key_required',
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
    plainBody: plainCheckout,
    docs: {
      body: z.union([cartCheckoutSchema, linesCheckoutSchema]),
      summary: 'Buy: hold, price, pay, commit',
      description:
        '201: confirmed. 202: not decided yet, or the buyer has something to do (`nextAction`); follow `GET /v1/orders/{id}` or the `order` channel. A refusal gave everything back. The same key again is the same order; after a refusal it is tried again, unless `Onhand-Attempt` names a try that was made: that is answered as it was then.',
      tag: 'orders',
      success: { status: 201, schema: orderAnswerSchema },
      problems,
      attempt: true,
    },
    handle: (call, respond) => checkout(context, call, respond),
  });
}

function checkout(context: OrderContext, call: Call<CartCheckout | LinesCheckout>, respond: Respond): void | Promise<void> {
  const { store, buyer } = call.identity;
  const order = orderOf(call);
  const named = attemptOf(call.headers.attempt);
  if (named === undefined) return respond(wrongAttempt());
  const refusal = refusedAgreement(call.body, call.identity);
  if (refusal !== null) return respond(refusal);
  if (store.paused) return retryOnly(context, call, { order, named }, respond);
  const work = (answer: Respond): Promise<void> => placed(context, call, { order, named }, answer);
  const turnedAway = (saySo: () => void): void => {
    if (context.begunLately.has(order.id, () => wordsOf(call.body))) answerKnown(context, { order, named, buyer, saySo }, respond);
    else saySo();
  };
  return admitted(context.admission, { storeId: store.storeId, first: holdsUnits(call.body), respond, work, turnedAway });
}

function wordsOf(body: CartCheckout | LinesCheckout): string {
  return fingerprintOf(canonicalJson(body));
}

interface Known extends Asked {
  readonly buyer: string | null;
  readonly saySo: () => void;
}

/** O4. */
function answerKnown(context: OrderContext, { order, named, buyer, saySo }: Known, respond: Respond): void {
  context.actors.outcome(order, readAs(buyer), (outcome) => {
    if (outcome.kind !== 'reply') return saySo();
    const { status, attempt } = outcome.reply as OrderReply;
    if (status === 'failed' || (named ?? attempt) !== attempt) return saySo(); // how that went, or goes now, takes a turn at the door
    respond(placedAnswer(context, { ...outcome, repeated: true }));
  });
}

/** Nobody else can buy them meanwhile. */
function holdsUnits(body: CartCheckout | LinesCheckout): boolean {
  return 'lines' in body && body.lines.some(({ absorbs }) => absorbs !== undefined);
}

interface Asked {
  readonly order: ActorId;
  /** The attempt; null: none is named. */
  readonly named: number | null;
}

async function placed(
  context: OrderContext,
  call: Call<CartCheckout | LinesCheckout>,
  { order, named }: Asked,
  respond: Respond,
): Promise<void> {
  const place = await wishOf(context, call, order);
  if ('status' in place) return respond(place);
  context.begunLately.note(order.id, place.fingerprint);
  const { buyer } = place;
  send(context, order, place, named, (outcome) => told(context, { order, buyer, outcome }, respond));
}

function told(context: OrderContext, placed: Placed, respond: Respond): void {
  try {
    answerVerdict(context, placed, respond);
  } catch (cause) {
    respond(problemAnswer('internal_error')); // or it would be under way for ever
    throw cause;
  }
}

/** What the order is told; or what is wrong with it. */
async function wishOf(context: OrderContext, call: Call<CartCheckout | LinesCheckout>, order: ActorId): Promise<Place | OpenAnswer> {
  const { store, buyer } = call.identity;
  const { currency, account, feeMillionths, keepsUnitsOnDecline = false } = await context.settings(store.storeId);
  const locations = await context.tenants.locations(store.storeId);
  const { expectedTotal } = call.body;
  if (expectedTotal !== undefined && expectedTotal.currency !== currency) return wrongCurrency(currency);
  return {
    ...placeOf(call.body),
    commandId: order.id,
    fingerprint: wordsOf(call.body),
    buyer,
    currency,
    account,
    feeMillionths,
    ...(keepsUnitsOnDecline ? { keepsUnitsOnDecline } : {}),
    nearness: nearnessOf(locations, call.body.shipTo ?? null),
    ...agreementOf(call.body),
  };
}

/** O3. Null: not named; undefined: named in no way that can be understood. */
function attemptOf(text: string): number | null | undefined {
  if (text === '') return null;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function wrongAttempt(): OpenAnswer {
  return problemAnswer('validation_failed', { errors: [{ pointer: 'Onhand-Attempt', detail: 'a whole number, from 1 on' }] });
}

/** O3 */
function send(context: OrderContext, order: ActorId, place: Place, named: number | null, heard: (outcome: Outcome) => void): void {
  if (named !== null) return context.actors.outcome(order, tryOf(place, named), heard);
  context.actors.outcome(order, tryOf(place, 1), (outcome) => {
    const newest = attemptOver(outcome);
    if (newest === null) heard(outcome);
    else context.actors.outcome(order, tryOf(place, newest + 1), heard);
  });
}

function tryOf(place: Place, attempt: number): OrderCommand {
  return { type: 'place', ...place, attempt };
}

/** How many there were; null: something else was said. */
function attemptOver(outcome: Outcome): number | null {
  const refusal = outcome.kind === 'refused' ? (outcome.refusal as OrderRefusal) : null;
  return refusal?.code === 'attempt_over' ? refusal.attempt : null;
}

function orderOf(call: Call<unknown>): ActorId {
  const { store, scope } = call.identity;
  const uuid = commandIdOf({ store: store.storeId, caller: scope, route: `POST ${path}`, key: call.key });
  return actorId('order', store.storeId, `order_${uuid}`); // O1
}

function wrongCurrency(currency: string): OpenAnswer {
  return problemAnswer('validation_failed', { errors: [{ pointer: '/expectedTotal/currency', detail: `the store sells in ${currency}` }] });
}

type FromStore = 'agreed' | 'currency' | 'account' | 'feeMillionths' | 'keepsUnitsOnDecline' | 'nearness';
type FromBody = Omit<Place, 'commandId' | 'fingerprint' | 'buyer' | 'attempt' | FromStore>;

function placeOf(body: CartCheckout | LinesCheckout): FromBody {
  const { email, shippingAddress, shippingMethod = null, paymentMethod, expectedTotal, returnUrl = null } = body;
  const { line2, region, ...address } = shippingAddress;
  const whole = { ...address, ...(line2 === undefined ? {} : { line2 }), ...(region === undefined ? {} : { region }) };
  const shared = { email, shippingAddress: whole, shippingMethod, paymentMethod, returnUrl };
  const expectedTotalMinor = expectedTotal?.amountMinor ?? null;
  if ('cartId' in body) return { ...shared, expectedTotalMinor, cartId: body.cartId, lines: [], codes: [] };
  const lines = body.lines.map(({ sku, quantity, absorbs, shownUnitPriceMinor = null, unitPriceMinor }) => ({
    sku,
    quantity,
    shownUnitPriceMinor,
    ...(absorbs === undefined ? {} : { absorbs }),
    ...(unitPriceMinor === undefined ? {} : { unitPriceMinor }),
  }));
  // as pricing reads them, or the uses would be of another code than the discount
  const codes = [...new Set((body.codes ?? []).map(codeOf))].filter((code) => code !== '');
  return { ...shared, expectedTotalMinor, cartId: null, lines, codes };
}

/** O2. */
async function retryOnly(
  context: OrderContext,
  call: Call<CartCheckout | LinesCheckout>,
  { order, named }: Asked,
  respond: Respond,
): Promise<void> {
  const { buyer } = call.identity;
  const seen = await context.actors.asked(order, readAs(buyer));
  if (seen.kind === 'refused') return respond(problemAnswer('store_paused'));
  if (seen.kind === 'unavailable') return respond(context.actors.problemOf(seen));
  const place = await wishOf(context, call, order);
  if ('status' in place) return respond(place);
  const { attempt: newest } = seen.reply as OrderReply;
  const made = named !== null && named <= newest ? named : null;
  context.actors.outcome(order, tryOf(place, made ?? newest), (outcome) => {
    if (made === null && attemptOver(outcome) !== null) respond(problemAnswer('store_paused'));
    else told(context, { order, buyer, outcome }, respond);
  });
}
