/**
 * Carts over HTTP. Handed to the gateway as `extraRoutes`.
 *
 * R1. The id of a cart is derived from the scope of its key, so a retry finds the same cart (I5).
 * R2. A cart of another buyer looks exactly like one that does not exist.
 * R3. The prices a line was shown at are the catalogue's at the time of the change, never the client's word.
 * R4. Merging goes in first and ends the other cart second; whatever is lost in between, a retry finds its way.
 * R5. A hold stays with whoever took it: of an anonymous buyer's it is let go when the cart is taken along, or the order that
 *     follows would find its own units taken.
 */
import { type ActorId, actorId } from '../../actors/kernel/index.ts';
import type { CartCommand, CartLine, CartRefusal, CartReply } from '../../actors/cart/index.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../runtime/ids/derive.ts';
import { expiresAfterMsOf } from '../../services/carts/settings.ts';
import { CatalogUnavailable } from '../../services/catalog/port.ts';
import { codeOf } from '../../services/pricing/port.ts';
import { positionText, type ReplyOutcome } from '../http/actor-calls.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../http/answers.ts';
import { countVersionOf } from '../http/commands.ts';
import { type Call, type Respond, type Route, type RouteDocs, storeRoute } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import { skuSchema } from '../schemas/common.ts';
import { type CartContext, type CartRouteDeps, cartContext } from './deps.ts';
import { holdsOfLines, letGo } from './held.ts';
import {
  addCodeSchema,
  cartAnswerSchema,
  cartIdSchema,
  claimSchema,
  type CreateCart,
  createCartSchema,
  mergeSchema,
  type PutLine,
  putLineSchema,
} from './schemas.ts';
import { priceOf, productsOf, shownCart } from './shown.ts';

const path = '/v1/carts';
const byId = `${path}/{cartId}` as const;

export function cartRoutes(deps: CartRouteDeps): readonly Route[] {
  const context = cartContext(deps);
  return [
    createRoute(context),
    readRoute(context),
    ...lineRoutes(context),
    ...codeRoutes(context),
    mergeRoute(context),
    claimRoute(context),
  ];
}

const changeProblems: readonly ProblemCode[] = ['cart_unknown', 'cart_checked_out', 'cart_ended', 'rows_unavailable'];

function docs(summary: string, problems: readonly ProblemCode[], status = 200): RouteDocs {
  return { summary, tag: 'carts', success: { status, schema: cartAnswerSchema }, problems };
}

function createRoute(context: CartContext): Route {
  return storeRoute({
    method: 'POST',
    path,
    access: 'buyer',
    body: createCartSchema,
    docs: docs('A new cart', ['idempotency_key_reused', 'lines_exceeded', 'rows_unavailable'], 201),
    handle: (call, respond) => guarded(respond, () => create(context, call)),
  });
}

function readRoute(context: CartContext): Route {
  return storeRoute({
    method: 'GET',
    path: byId,
    access: 'buyer',
    docs: docs('A cart, with what stands between it and a checkout', ['cart_unknown', 'rows_unavailable']),
    handle: (call, respond) => guarded(respond, () => told(context, call, { type: 'read', buyer: call.identity.buyer })),
  });
}

function lineRoutes(context: CartContext): readonly Route[] {
  const line = `${byId}/lines/{sku}`;
  const problems: readonly ProblemCode[] = [...changeProblems, 'version_conflict', 'sku_unknown'];
  return [
    storeRoute({
      method: 'PUT',
      path: line,
      access: 'buyer',
      body: putLineSchema,
      docs: { ...docs('Set the quantity of one SKU', [...problems, 'lines_exceeded']), ifMatch: true },
      handle: (call, respond) => guarded(respond, () => putLine(context, call, call.body)),
    }),
    storeRoute({
      method: 'DELETE',
      path: line,
      access: 'buyer',
      docs: { ...docs('Take one SKU out', problems), ifMatch: true },
      handle: (call, respond) => guarded(respond, () => putLine(context, call, { quantity: 0, holdId: null })),
    }),
  ];
}

function codeRoutes(context: CartContext): readonly Route[] {
  return [
    storeRoute({
      method: 'POST',
      path: `${byId}/codes`,
      access: 'buyer',
      body: addCodeSchema,
      docs: docs('Add a discount code', [...changeProblems, 'codes_exceeded']),
      handle: (call, respond) =>
        guarded(respond, () => told(context, call, { type: 'addCode', buyer: call.identity.buyer, code: codeOf(call.body.code) })),
    }),
    storeRoute({
      method: 'DELETE',
      path: `${byId}/codes/{code}`,
      access: 'buyer',
      docs: docs('Take a discount code out', changeProblems),
      handle: (call, respond) =>
        guarded(respond, () => told(context, call, { type: 'removeCode', buyer: call.identity.buyer, code: codeOf(call.params.code!) })),
    }),
  ];
}

function mergeRoute(context: CartContext): Route {
  return storeRoute({
    method: 'POST',
    path: `${byId}/merge`,
    access: 'buyer',
    body: mergeSchema,
    docs: {
      ...docs('Put the lines of another cart into this one', [...changeProblems, 'lines_exceeded', 'codes_exceeded']),
      description: 'Of one SKU the larger quantity counts. The other cart is over; merging again gives the same answer.',
    },
    handle: (call, respond) => guarded(respond, () => merge(context, call)),
  });
}

function claimRoute(context: CartContext): Route {
  return storeRoute({
    method: 'POST',
    path: `${byId}/claim`,
    access: 'buyer',
    body: claimSchema,
    docs: {
      ...docs('Take a cart along when signing in', [...changeProblems, 'buyer_invalid']),
      description: "The cart of the buyer whose token is in the body becomes this buyer's.",
    },
    handle: (call, respond) => guarded(respond, () => claim(context, call)),
  });
}

async function guarded(respond: Respond, work: () => Promise<OpenAnswer>): Promise<void> {
  try {
    respond(await work());
  } catch (cause) {
    if (!(cause instanceof CatalogUnavailable)) throw cause;
    respond(problemAnswer('rows_unavailable'));
  }
}

function nameOf(call: Call<unknown>): { readonly storeId: string; readonly cartId: string } {
  return { storeId: call.identity.store.storeId, cartId: call.params.cartId! };
}

function cartOf(call: Call<unknown>): ActorId {
  const { storeId, cartId } = nameOf(call);
  return actorId('cart', storeId, cartId);
}

/** Text that is no id is a cart nobody knows. */
function isCartId(call: Call<unknown>): boolean {
  return cartIdSchema.safeParse(call.params.cartId).success;
}

async function told(context: CartContext, call: Call<unknown>, command: CartCommand): Promise<OpenAnswer> {
  if (!isCartId(call)) return problemAnswer('cart_unknown');
  return sent(context, call, cartOf(call), command, 200);
}

async function sent(context: CartContext, call: Call<unknown>, cart: ActorId, command: CartCommand, status: number): Promise<OpenAnswer> {
  return answered(context, call, await context.actors.asked(cart, command), status);
}

async function answered(context: CartContext, call: Call<unknown>, outcome: Outcome, status: number): Promise<OpenAnswer> {
  if (outcome.kind === 'reply') return cartAnswer(context, call, outcome, status);
  const isForeign = outcome.kind === 'refused' && (outcome.refusal as CartRefusal).code === 'cart_foreign';
  return isForeign ? problemAnswer('cart_unknown') : context.actors.problemOf(outcome); // R2
}

async function cartAnswer(context: CartContext, call: Call<unknown>, outcome: ReplyOutcome, status: number): Promise<OpenAnswer> {
  const reply = outcome.reply as CartReply;
  const answer = jsonAnswer(status, await shownCart(context, call.identity.store, reply, outcome.at));
  answer.headers.push('onhand-position', positionText(outcome.position), 'etag', `"${reply.cartVersion}"`);
  if (outcome.repeated) answer.headers.push('idempotent-replayed', 'true');
  if (status === 201) answer.headers.push('location', `${path}/${reply.cartId}`);
  return answer;
}

async function create(context: CartContext, call: Call<CreateCart>): Promise<OpenAnswer> {
  const { store, scope, buyer } = call.identity;
  const { storeId } = store;
  const currency = await context.currencyOf(storeId);
  const wished = call.body.currency ?? currency;
  if (wished !== currency)
    return problemAnswer('validation_failed', { errors: [{ pointer: '/currency', detail: `the store sells in ${currency}` }] });
  const products = await productsOf(context, storeId, call.body.lines);
  const lines: readonly CartLine[] = call.body.lines.map(({ sku, quantity, holdId = null }) => ({
    sku,
    quantity,
    holdId,
    shownUnitPriceMinor: priceOf(products.get(sku), currency)?.amountMinor ?? null, // R3
  }));
  const uuid = commandIdOf({ store: storeId, caller: scope, route: `POST ${path}`, key: call.key });
  const cart = actorId('cart', storeId, `cart_${uuid}`); // R1
  const fingerprint = fingerprintOf(canonicalJson(call.body));
  const expiresAfterMs = expiresAfterMsOf(await context.cartSettings.get(storeId));
  return sent(context, call, cart, { type: 'create', buyer, currency, lines, fingerprint, expiresAfterMs }, 201);
}

async function putLine(context: CartContext, call: Call<unknown>, { quantity, holdId: named }: PutLine): Promise<OpenAnswer> {
  const sku = call.params.sku!;
  const { store, buyer } = call.identity;
  const cartVersion = countVersionOf(call.headers.ifMatch);
  if (cartVersion === null)
    return problemAnswer('validation_failed', { errors: [{ pointer: 'If-Match', detail: 'the cartVersion, quoted' }] });
  if (!skuSchema.safeParse(sku).success) return problemAnswer('sku_unknown');
  const currency = await context.currencyOf(store.storeId);
  const products = quantity === 0 ? new Map() : await productsOf(context, store.storeId, [{ sku }]);
  const shownUnitPriceMinor = priceOf(products.get(sku), currency)?.amountMinor ?? null; // R3
  const holdId = named === undefined ? ((await holdsOfLines(context, nameOf(call), buyer)).get(sku) ?? null) : named;
  const line: CartLine = { sku, quantity, holdId, shownUnitPriceMinor };
  return told(context, call, { type: 'putLine', buyer, line, ...(cartVersion === undefined ? {} : { cartVersion }) });
}

/** R4 */
async function merge(context: CartContext, call: Call<{ readonly from: string }>): Promise<OpenAnswer> {
  const { store, buyer } = call.identity;
  const from = actorId('cart', store.storeId, call.body.from);
  const into = call.params.cartId!;
  if (from.id === into) return told(context, call, { type: 'read', buyer });
  const other = await context.actors.asked(from, { type: 'read', buyer } as CartCommand);
  if (other.kind !== 'reply') return sent(context, call, from, { type: 'read', buyer }, 200);
  const { status, lines, codes } = other.reply as CartReply;
  const ending: CartCommand = { type: 'mergedInto', buyer, cartId: into };
  if (status === 'open') {
    const merged = await told(context, call, { type: 'mergeIn', buyer, cartId: from.id, lines, codes });
    if (merged.code !== undefined) return merged;
  }
  const ended = await sent(context, call, from, ending, 200);
  return ended.code === undefined ? told(context, call, { type: 'read', buyer }) : ended;
}

async function claim(context: CartContext, call: Call<{ readonly token: string }>): Promise<OpenAnswer> {
  const { store, buyer } = call.identity;
  const from = await context.buyerOf(call.body.token, store.storeId);
  if (from === null || buyer === null) return problemAnswer('buyer_invalid');
  if (!isCartId(call)) return problemAnswer('cart_unknown');
  const held = await holdsOfLines(context, nameOf(call), from);
  const claimed: CartCommand = { type: 'claim', from, to: buyer };
  const outcome = await context.actors.asked(cartOf(call), claimed);
  if (outcome.kind === 'reply') await letGo(context, store.storeId, from, held.values()); // R5
  return answered(context, call, outcome, 200);
}
