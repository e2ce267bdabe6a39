/**
 * Everything that can be answered other than "yes", in one catalogue (RFC 9457). A code means the same on
 * HTTP and on the live socket. `docs/PROBLEMS.md` is generated from here.
 *
 * P1. Every refusal of an actor and every unavailability of the router maps to exactly one code of this
 *     catalogue: the records below do not compile otherwise.
 * P2. A code that is not `public` never leaves: the outside sees what `outsideOf` says instead.
 */
import type { CartRefusal } from '../actors/cart/commands.ts';
import type { CouponRefusal } from '../actors/coupon/commands.ts';
import type { HoldRefusal } from '../actors/hold/commands.ts';
import type { OrderRefusal } from '../actors/order/commands.ts';
import type { StockRefusal } from '../actors/stock/commands.ts';
import type { UnavailableCode } from '../runtime/router/port.ts';

export interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  /** What it means and what to do about it, for the documents. */
  readonly help: string;
  readonly public: boolean;
  /** The same request, with the same key, may succeed later. */
  readonly retryable: boolean;
  /** The live socket is closed with this code after saying so. */
  readonly closes?: number;
  /** Said on the live socket and never over HTTP. */
  readonly liveOnly?: boolean;
}

function entry(status: number, title: string, help: string, more: Partial<ProblemEntry> = {}): ProblemEntry {
  return { status, title, help, public: true, retryable: status === 503 || status === 429, ...more };
}

function live(status: number, title: string, help: string, closes?: number): ProblemEntry {
  return entry(status, title, help, closes === undefined ? { liveOnly: true } : { liveOnly: true, closes });
}

const catalogue = {
  // --- the request cannot be read --------------------------------------------------------------------
  path_malformed: entry(400, 'The path is malformed', 'A segment of the path is not valid percent-encoded UTF-8.'),
  query_invalid: entry(400, 'The query is invalid', 'A query parameter is missing or wrong; `errors` names it.'),
  utf8_invalid: entry(400, 'The text is not valid UTF-8', 'Send the body as UTF-8, without NUL and without halves of surrogate pairs.'),
  json_malformed: entry(400, 'The body is not JSON', 'The body must be one JSON value.'),
  json_too_deep: entry(400, 'The JSON is nested too deeply', 'Objects and arrays may be nested 16 deep.'),
  idempotency_key_missing: entry(
    400,
    'Idempotency-Key is missing',
    'Every POST except `/v1/buyers` needs the header `Idempotency-Key`: a new value for each intent, the same one for each retry.',
  ),
  idempotency_key_invalid: entry(400, 'Idempotency-Key is invalid', 'The key is 1 to 255 characters.'),
  if_match_invalid: entry(400, 'If-Match is invalid', 'Send the `ETag` of `GET /v1/admin/stock/{sku}`, such as `"7"`.'),
  cursor_invalid: entry(400, 'The cursor is invalid', 'Use the `next` of an earlier page of the same list, unchanged.'),
  key_missing: entry(401, 'An API key is needed', 'Send `Authorization: Bearer pk_…` or `sk_…`.'),
  key_invalid: entry(401, 'The API key is not valid', 'No store has this key.', { closes: 1008 }),
  buyer_missing: entry(401, 'A buyer is needed', 'Send `Onhand-Buyer` with a token from `POST /v1/buyers`, or use a secret key.'),
  buyer_invalid: entry(
    401,
    'The buyer token is not valid',
    'It is damaged, expired or belongs to another store. Ask for a new one with `POST /v1/buyers`.',
    { closes: 1008 },
  ),
  secret_key_required: entry(
    403,
    'A secret key is needed',
    "A publishable key may not do this. Use the store's `sk_…` key, on a server of yours.",
  ),
  signature_invalid: entry(
    400,
    'The signature is not valid',
    'It is missing, stale, made with another secret, or of another body than the one that came: `why` says which.',
  ),
  origin_refused: entry(
    403,
    'This origin may not connect',
    "Browsers may open the live socket from pages of the same host, or of a host that the server's settings allow.",
  ),
  route_unknown: entry(404, 'There is nothing here', 'No route has this path. The list is at `/openapi.json`.'),
  store_unknown: entry(404, 'There is no such store', 'The host name belongs to no store.'),
  method_not_allowed: entry(405, 'The method is not allowed here', '`Allow` lists the methods of this path.'),
  body_too_large: entry(413, 'The body is too large', 'A body may have 256 kB.'),
  content_type_unsupported: entry(415, 'The content type is not supported', 'Send `Content-Type: application/json`.'),
  upgrade_required: entry(426, 'This is a WebSocket', 'Open it with a WebSocket client; the messages are described at `/asyncapi.json`.'),
  validation_failed: entry(422, 'The request is not valid', 'Fields are missing, unknown or wrong; `errors` names each.'),
  quantity_invalid: entry(
    422,
    'The quantity is not valid',
    'A quantity is a whole number from 1 to 1,000,000, and no correction takes a count below 0.',
  ),
  rate_limited: entry(429, 'Too many requests', 'Slow down: `Retry-After` says for how long.'),
  // --- the request is understood and refused ---------------------------------------------------------
  idempotency_key_reused: entry(
    422,
    'The Idempotency-Key was used with another body',
    'One key is for one request. Use a new key for a new intent.',
  ),
  sku_unknown: entry(404, 'The SKU is unknown', 'This store has never received it. The first receive or return of an SKU creates it.'),
  hold_unknown: entry(
    404,
    'The hold is unknown',
    'There is no such hold, it belongs to somebody else, or it ended too long ago to be remembered.',
  ),
  location_unknown: entry(404, 'The location is unknown', 'Create it with `PUT /v1/admin/locations/{id}`.'),
  sale_unknown: entry(404, 'The sale is unknown', 'No units of this SKU are allotted to this sale.'),
  store_paused: entry(409, 'The store is paused', 'It takes no new holds for now. Holds that exist can be released and committed.', {
    retryable: true,
  }),
  sku_paused: entry(409, 'The SKU is paused', 'It takes no new holds for now. Holds that exist can be released and committed.', {
    retryable: true,
  }),
  hold_ended: entry(409, 'The hold has ended', '`holdStatus` says how. Take a new one.'),
  hold_busy: entry(409, 'The hold is being changed', 'Another change of this hold is under way. Try again with the same key.', {
    retryable: true,
  }),
  already_committed: entry(409, 'The hold is already committed', 'It can no longer be released or extended.'),
  hold_life_exceeded: entry(409, 'The hold cannot be extended so far', 'All extensions together end at `expiresAtMax`.'),
  buyer_cap_exceeded: entry(409, "The buyer's limit is reached", '`cap` is the most one buyer may have, `has` what this buyer has.'),
  insufficient_stock: entry(
    409,
    'Not enough stock',
    '`available` units can be held now. `final: true`: nothing can come back; `false`: units held by others may.',
    { retryable: true },
  ),
  insufficient_committed: entry(409, 'Not enough committed units', '`committed` units of the hold are left to fulfil or give back.'),
  level_too_large: entry(409, 'The level would be too large', 'One location holds at most 1,000,000,000 units of an SKU.'),
  locations_full: entry(409, 'The store has too many locations', 'A store may have 1,000 locations.'),
  // --- checkouts and orders ---------------------------------------------------------------------------
  payment_failed: entry(
    402,
    'The payment failed',
    '`decline` says why. No money moved. Pay with another method (`POST /v1/orders/{orderId}/pay`) while the units are held.',
  ),
  in_progress: entry(
    409,
    'The order is under way',
    'It is being worked on, or its money is not in yet. Ask again with the same key after `Retry-After`.',
    {
      retryable: true,
    },
  ),
  order_unknown: entry(404, 'The order is unknown', 'There is no such order, or it belongs to somebody else.'),
  cart_unknown: entry(404, 'The cart is unknown', 'There is no such cart, or it belongs to somebody else.'),
  cart_empty: entry(409, 'The cart is empty', 'Put something into it first.'),
  cart_checked_out: entry(409, 'The cart has been checked out', '`orderId` is the order that has it.'),
  cart_ended: entry(409, 'The cart is over', '`cartStatus` says how; merged, `cartId` is the cart that has its lines. Start a new one.'),
  lines_exceeded: entry(409, 'The cart has too many lines', 'A cart has at most `linesMax` lines.'),
  codes_exceeded: entry(409, 'The cart has too many codes', 'A cart has at most `codesMax` codes.'),
  code_invalid: entry(409, 'The code cannot be used', '`discountCode` is the code, `why` the reason. Nothing was ordered.'),
  coupon_unknown: entry(409, 'The code is unknown', 'The store has no such code: `discountCode`.'),
  coupon_inactive: entry(409, 'The code is not valid now', '`why`: `inactive`, `not_yet` or `over`.'),
  coupon_used_up: entry(409, 'The code is used up', '`final: false`: a use held by another checkout may come back.'),
  coupon_buyer_limit: entry(409, "The buyer's uses of the code are used up", '`cap` is the most one buyer may have.'),
  price_unavailable: entry(409, 'A price is missing', 'The store sells `sku` at no price now.'),
  shipping_unavailable: entry(409, 'It cannot be shipped there', 'No method of the store reaches this address.'),
  price_changed: entry(
    409,
    'The price has changed',
    'The fields are the new sums, `changed` the lines. Show them, then ask with a new key.',
  ),
  payment_attempts_exceeded: entry(
    409,
    'Too many payments were tried',
    'At most `attemptsMax` for one order, whatever the card. The order ends with its time to pay; place another.',
  ),
  checkout_expired: entry(409, 'The checkout took too long', 'Everything was given back. Place the order again.', { retryable: true }),
  order_ended: entry(409, 'The order has ended', '`orderStatus` says how.'),
  already_shipped: entry(409, 'Units are already on their way', 'What was shipped can be returned, not canceled.'),
  not_shipped: entry(409, 'These units were not shipped', 'Only what was shipped can be delivered or returned.'),
  units_exceeded: entry(409, 'More units than there are', '`left` units of `sku` are left for this.'),
  shipment_unknown: entry(404, 'The shipment is unknown', 'The order has no shipment with this id.'),
  return_unknown: entry(404, 'The return is unknown', 'The order has no return with this id.'),
  refund_unknown: entry(404, 'The refund is unknown', 'The order has no refund with this id.'),
  refund_exceeds_captured: entry(409, 'More money than was taken', '`leftMinor` is what can still be refunded.'),
  configuration_unknown: entry(404, 'There is no such thing', 'What is named, or what it refers to (`what`), is not there.'),
  configuration_full: entry(409, 'There are too many of these', 'A store may have `countMax`.'),
  webhook_unknown: entry(404, 'The webhook is unknown', 'The store has no webhook with this id.'),
  webhooks_full: entry(409, 'The store has too many webhooks', 'A store may have 20.'),
  event_unknown: entry(404, 'The event is unknown', 'The store has no event with this number.'),
  template_unknown: entry(404, 'There is no such template', 'The names of templates are those of the events that make mails.'),
  orders_unavailable: entry(503, 'Orders cannot be listed', 'The database does not answer. One order by its id still can be read.'),
  version_conflict: entry(412, 'The count has changed', '`countVersion` is the current one. Read again, then decide again.'),
  // --- not now ---------------------------------------------------------------------------------------
  overloaded: entry(503, 'Too busy', 'Nothing was done. Try again with the same key after `Retry-After`.'),
  not_done: entry(503, 'Not done in time', 'Nothing was done, for certain. Try again with the same key.'),
  outcome_unknown: entry(503, 'The outcome is not known yet', 'It may or may not have been done. Try again with the same key to find out.'),
  not_ready: entry(503, 'Not ready', 'Starting, taking over or shutting down. Try again with the same key.'),
  rows_unavailable: entry(503, 'Stored rows cannot be read', 'The database does not answer. Try again with the same key.'),
  history_unavailable: entry(503, 'The past cannot be read', 'The log or its archive does not answer. Ask again after `Retry-After`.'),
  actor_stopped: entry(
    503,
    'This part has stopped itself',
    'A law of its books was broken, so it refuses to go on. The operator has been told.',
  ),
  repeats_full: entry(503, 'Too many recent commands to remember', 'Try again with the same key after `Retry-After`.'),
  internal_error: entry(500, 'Something went wrong inside', 'The operator has been told. Try again with the same key.', {
    retryable: true,
  }),
  // --- the live socket only --------------------------------------------------------------------------
  message_too_large: live(413, 'The message is too large', 'A message may have 16 kB.', 1009),
  message_malformed: live(400, 'The message is not JSON text', 'Messages are JSON objects in text frames.', 1007),
  message_invalid: live(422, 'The message is not valid', '`message` says which field is wrong.'),
  hello_required: live(401, 'Say hello first', 'The first message must be `{"type": "hello", "key": …}`.', 1008),
  hello_late: live(408, 'No hello in time', 'The first message must come within 10 s.', 1008),
  hello_repeated: live(409, 'Hello was said before', 'One hello per socket. Open another socket for another key.'),
  flooded: live(429, 'Too many messages', 'A socket may send 50 messages a second.', 4008),
  too_slow: live(503, 'The client reads too slowly', 'Connect again; the subscription then continues from the versions it has.', 1013),
  channel_unknown: live(404, 'The channel is unknown', 'Channels are listed at `/asyncapi.json`.'),
  subscription_unknown: live(404, 'The subscription is unknown', 'No subscription of this socket has this id.'),
  subscription_exists: live(409, 'The subscription id is in use', 'Unsubscribe first, or use another id.'),
  subscriptions_exceeded: live(409, 'Too many subscriptions', 'A socket may watch 1,000 SKUs and 10 carts.'),
  // --- never shown -----------------------------------------------------------------------------------
  hold_foreign: entry(
    404,
    'The hold belongs to another buyer',
    "Shown as `hold_unknown`: whether a foreign hold exists is nobody's business.",
    { public: false },
  ),
  cart_foreign: entry(404, 'The cart belongs to another buyer', 'Shown as `cart_unknown`.', { public: false }),
  order_foreign: entry(404, 'The order belongs to another buyer', 'Shown as `order_unknown`.', { public: false }),
  attempt_over: entry(409, 'That try is over', 'Shown as what was said then.', { public: false }),
  line_refused: entry(409, 'A line was refused', 'Shown as the refusal of that line.', { public: false }),
  too_late: entry(503, 'The command came too late', 'Shown as `not_done`.', { public: false, retryable: true }),
} as const satisfies Readonly<Record<string, ProblemEntry>>;

export type ProblemCode = keyof typeof catalogue;

export const problems: Readonly<Record<ProblemCode, ProblemEntry>> = catalogue;

export const problemCodes = Object.keys(catalogue) as readonly ProblemCode[];

export type RefusalCode = CartRefusal['code'] | StockRefusal['code'] | HoldRefusal['code'] | OrderRefusal['code'] | CouponRefusal['code'];

/** Proof of P1: these are keys of the catalogue, each once. Adding a refusal elsewhere breaks the build here. */
const refusalProblem = {
  idempotency_key_reused: 'idempotency_key_reused',
  too_late: 'too_late',
  sku_unknown: 'sku_unknown',
  hold_unknown: 'hold_unknown',
  hold_foreign: 'hold_foreign',
  version_conflict: 'version_conflict',
  location_unknown: 'location_unknown',
  quantity_invalid: 'quantity_invalid',
  sku_paused: 'sku_paused',
  hold_ended: 'hold_ended',
  already_committed: 'already_committed',
  hold_life_exceeded: 'hold_life_exceeded',
  buyer_cap_exceeded: 'buyer_cap_exceeded',
  level_too_large: 'level_too_large',
  sale_unknown: 'sale_unknown',
  insufficient_stock: 'insufficient_stock',
  insufficient_committed: 'insufficient_committed',
  repeats_full: 'repeats_full',
  hold_busy: 'hold_busy',
  line_refused: 'line_refused',
  payment_failed: 'payment_failed',
  in_progress: 'in_progress',
  order_unknown: 'order_unknown',
  order_foreign: 'order_foreign',
  attempt_over: 'attempt_over',
  cart_unknown: 'cart_unknown',
  cart_empty: 'cart_empty',
  cart_checked_out: 'cart_checked_out',
  cart_foreign: 'cart_foreign',
  cart_ended: 'cart_ended',
  lines_exceeded: 'lines_exceeded',
  codes_exceeded: 'codes_exceeded',
  code_invalid: 'code_invalid',
  coupon_unknown: 'coupon_unknown',
  coupon_inactive: 'coupon_inactive',
  coupon_used_up: 'coupon_used_up',
  coupon_buyer_limit: 'coupon_buyer_limit',
  price_unavailable: 'price_unavailable',
  shipping_unavailable: 'shipping_unavailable',
  price_changed: 'price_changed',
  payment_attempts_exceeded: 'payment_attempts_exceeded',
  checkout_expired: 'checkout_expired',
  order_ended: 'order_ended',
  already_shipped: 'already_shipped',
  not_shipped: 'not_shipped',
  units_exceeded: 'units_exceeded',
  shipment_unknown: 'shipment_unknown',
  return_unknown: 'return_unknown',
  refund_unknown: 'refund_unknown',
  refund_exceeds_captured: 'refund_exceeds_captured',
} as const satisfies Readonly<Record<RefusalCode, ProblemCode>>;

const unavailableProblem = {
  overloaded: 'overloaded',
  not_done: 'not_done',
  outcome_unknown: 'outcome_unknown',
  not_ready: 'not_ready',
  rows_unavailable: 'rows_unavailable',
  actor_stopped: 'actor_stopped',
} as const satisfies Readonly<Record<UnavailableCode, ProblemCode>>;

/** What the outside sees of a code that is not public (P2). */
const outside: Readonly<Partial<Record<ProblemCode, ProblemCode>>> = {
  hold_foreign: 'hold_unknown',
  order_foreign: 'order_unknown',
  cart_foreign: 'cart_unknown',
  attempt_over: 'order_ended',
  line_refused: 'hold_ended',
  too_late: 'not_done',
};

export function outsideOf(code: ProblemCode): ProblemCode {
  return problems[code].public ? code : (outside[code] ?? 'internal_error');
}

/** Null: no actor known to the gateway refuses like that. */
export function problemOfRefusal(code: string): ProblemCode | null {
  return Object.hasOwn(refusalProblem, code) ? refusalProblem[code as RefusalCode] : null;
}

export function problemOfUnavailable(code: UnavailableCode): ProblemCode {
  return unavailableProblem[code];
}
