/** The live socket as an AsyncAPI 3 document. Message shapes come from the schemas that check them. */
import { assert } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import { helloSchema, pingSchema, subscribeSchema, unsubscribeSchema } from '../live/messages.ts';
import { type ProblemCode, problemCodes, problems } from '../problems.ts';
import { stockItemSchema } from '../schemas/holds.ts';
import { z } from '../schemas/zod.ts';

const items = z.array(stockItemSchema);
const id = z.string();

/** Codes of HTTP that the socket says too, without closing it. */
const alsoLive: readonly ProblemCode[] = ['sku_unknown', 'order_unknown', 'cart_unknown', 'buyer_missing', 'rows_unavailable'];

/** What the server says. */
const serverMessages = {
  welcome: {
    summary: 'The key is good',
    schema: z.object({ type: z.literal('welcome'), session: z.string(), incarnation: z.string(), heartbeatMs: z.int() }),
  },
  snapshot: {
    summary: 'The state at the start of a subscription: with `since`, only what is newer',
    schema: z.object({ type: z.literal('snapshot'), id, items: z.array(z.looseObject({})) }),
  },
  stock: {
    summary: 'What has changed, newest value per SKU. Versions only rise; drop lower ones',
    schema: z.object({ type: z.literal('stock'), items }),
  },
  order: {
    summary: 'An order has moved on',
    schema: z.object({
      type: z.literal('order'),
      items: z.array(
        z.object({ orderId: z.string(), status: z.string(), paymentStatus: z.string(), number: z.int().nullable(), version: z.int() }),
      ),
    }),
  },
  cart: {
    summary: 'A cart, or what stands between it and a checkout, has changed: whole, as `GET /v1/carts/{cartId}` shows it',
    schema: z.object({ type: z.literal('cart'), items: z.array(z.looseObject({ cartId: z.string(), cartVersion: z.int() })) }),
  },
  error: {
    summary: 'A message was refused; some codes also close the socket',
    schema: z.object({
      type: z.literal('error'),
      id: id.optional(),
      code: z.enum(liveCodes()),
      message: z.string(),
      skus: z.array(z.string()).optional(),
      field: z.string().optional(),
      reason: z.string().optional(),
    }),
  },
  stale: {
    summary: 'The server cannot follow changes for now; what was shown may be old',
    schema: z.object({ type: z.literal('stale'), why: z.string() }),
  },
  fresh: { summary: 'It follows again; what changed meanwhile comes as `stock`', schema: z.object({ type: z.literal('fresh') }) },
  heartbeat: { summary: 'Nothing new, still here', schema: z.object({ type: z.literal('heartbeat'), serverTime: z.string() }) },
  pong: { summary: 'The answer to `ping`', schema: z.object({ type: z.literal('pong') }) },
} as const;

/** What a client says. */
const clientMessages = {
  hello: { summary: 'First of all, within 10 s. Browsers cannot set headers, so the key travels here', schema: helloSchema },
  subscribe: {
    summary:
      'Watch SKUs (`channel`: `stock`), an order (`order`, its buyer only) or a cart (`cart`, its buyer only). `since`: versions the client has',
    schema: subscribeSchema,
  },
  unsubscribe: { summary: 'End a subscription', schema: unsubscribeSchema },
  ping: { summary: 'Are you there?', schema: pingSchema },
} as const;

function liveCodes(): readonly [ProblemCode, ...ProblemCode[]] {
  const [first, ...others] = problemCodes.filter(
    (code) => alsoLive.includes(code) || problems[code].closes !== undefined || problems[code].liveOnly === true,
  );
  assert(first !== undefined, 'the socket has codes');
  return [first, ...others];
}

export function asyncapiDocument(): Record<string, unknown> {
  const all = { ...clientMessages, ...serverMessages };
  const messages = Object.fromEntries(
    Object.entries(all).map(([name, { summary, schema }]) => [
      name,
      {
        name,
        summary,
        contentType: 'application/json',
        payload: z.toJSONSchema(schema, { target: 'draft-7', unrepresentable: 'any', io: 'input' }),
      },
    ]),
  );
  const refs = (names: readonly string[]): object[] => names.map((name) => ({ $ref: `#/channels/live/messages/${name}` }));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Onhand live socket', version: '1', description: description() },
    servers: { here: { host: 'localhost:8080', protocol: 'ws', description: 'The host that served this document.' } },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: '/v1/live',
        description: 'JSON text frames, one object each.',
        messages: Object.fromEntries(Object.keys(all).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
      },
    },
    operations: {
      say: {
        action: 'receive',
        channel: { $ref: '#/channels/live' },
        summary: 'What a client may send.',
        messages: refs(Object.keys(clientMessages)),
      },
      hear: {
        action: 'send',
        channel: { $ref: '#/channels/live' },
        summary: 'What a client gets.',
        messages: refs(Object.keys(serverMessages)),
      },
    },
    components: { messages },
  };
}

function description(): string {
  const closing = problemCodes.filter((code) => problems[code].closes !== undefined).map((code) => `${code} ${problems[code].closes}`);
  return [
    'hello, welcome, subscribe, snapshot, then stock messages as things change.',
    `At most ${limits.socketMessagesPerSecondMax} messages a second, ${limits.socketMessageBytesMax} bytes each, ${limits.subscriptionsPerSocketMax} SKUs a socket.`,
    'A subscription to an SKU that the store has never received stays, with error sku_unknown; its item comes once there is one.',
    'A client that reads slowly gets the newest value per SKU, not the backlog, and is closed with 1013 if it stays behind.',
    `Codes that close the socket: ${closing.join(', ')}. A server that shuts down closes with 1012 and the reason reconnect_in_ms=N.`,
  ].join(' ');
}
