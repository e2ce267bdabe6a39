/**
 * Every public code of HTTP is reached by a request, is answered as the catalogue says, and leaves the
 * books as they were. Codes of the live socket: live/problems.test.ts. Does not show that a code is answered whenever it should be: the routes' own tests do.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FixedRouter, GatewayWorld, type Answered } from '../testing/gateway-world.ts';
import type { ActorRefusal } from '../actors/kernel/index.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Outcome, UnavailableCode } from '../runtime/router/port.ts';
import { MovementsUnavailable } from '../services/movements/port.ts';
import { tenantLimits } from '../services/tenants/port.ts';
import { OrdersUnavailable } from '../services/orders/port.ts';
import { MemoryPricingData } from '../services/pricing/memory.ts';
import { askForUpgrade, postInChunks, sendRaw } from '../testing/raw-requests.ts';
import { addedRoutes } from '../testing/shop-routes.ts';
import { eventually } from '../testing/until.ts';
import { openRoute } from './http/route.ts';
import { asOfRoute } from './http/routes/as-of.ts';
import { checkoutBody, orderRefusals } from './orders/refusals.fixture.ts';
import { type ProblemCode, problemCodes, problems } from './problems.ts';

const unseen = new Set(problemCodes.filter((code) => problems[code].public && problems[code].liveOnly !== true));
const position = { incarnation: 'one', shard: 0, epoch: 1, frame: 1, index: 0 };

let world: GatewayWorld;
let buyer: string;
let heldId: string;
let committedId: string;
const books = async (): Promise<unknown> => [
  await world.books('kept'),
  await world.books('other'),
  await world.books('second', world.second),
];

beforeAll(async () => {
  const extraRoutes = [
    openRoute({
      method: 'GET',
      path: '/breaks',
      hidden: true,
      docs: { summary: '', tag: 'system', success: { status: 200, schema: null }, problems: [] },
      handle: () => Promise.reject(new Error('a bug')),
    }),
    asOfRoute({ clock: systemClock, lookBack: async () => 'unavailable' }),
  ];
  world = await GatewayWorld.start({ extraRoutes });
  await world.receive('kept', 10);
  await world.receive('other', 1);
  await world.receive('second', 5, world.second);
  buyer = await world.newBuyer();
  const hold = async (): Promise<string> =>
    (await world.call('POST', '/v1/holds', { key: world.demo.publishableKey, buyer, body: { sku: 'kept', quantity: 1 } })).body.holdId;
  heldId = await hold();
  committedId = await hold();
  await world.call('POST', `/v1/holds/${committedId}/commit`);
});
afterAll(() => world[Symbol.asyncDispose]());

function expectProblem(answer: Answered, code: ProblemCode): void {
  const { status, title, retryable } = problems[code];
  expect(answer.body, JSON.stringify(answer.body)).toMatchObject({ code, status, title, type: `/docs/problems#${code}` });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0\d$/);
  if (status === 503 || status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  if (status === 503) expect(retryable).toBe(true);
  unseen.delete(code);
}

interface Bad {
  readonly why: string;
  readonly code: ProblemCode;
  readonly send: () => Promise<Answered>;
  readonly more?: Record<string, unknown>;
  readonly prepare?: () => Promise<unknown>;
}

const post = (path: string, body?: unknown, more = {}): Promise<Answered> =>
  world.call('POST', path, { ...(body === undefined ? {} : { body }), ...more });
const holding = (body: unknown, more = {}): Promise<Answered> =>
  post('/v1/holds', body, { key: world.demo.publishableKey, buyer, ...more });

const badRequests: readonly Bad[] = [
  // --- cannot be read
  { why: 'broken percent-encoding', code: 'path_malformed', send: () => world.call('GET', '/v1/admin/stock/%E0%A4%A') },
  { why: 'no SKU asked for', code: 'query_invalid', send: () => world.call('GET', '/v1/stock') },
  { why: 'a page of nothing', code: 'query_invalid', send: () => world.call('GET', '/v1/admin/stock/kept/movements?limit=0') },
  { why: 'bytes that are no UTF-8', code: 'utf8_invalid', send: () => holding(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])) },
  { why: 'half an object', code: 'json_malformed', send: () => holding('{"sku":') },
  { why: '17 levels', code: 'json_too_deep', send: () => holding('['.repeat(17) + ']'.repeat(17)) },
  { why: '100,000 levels', code: 'json_too_deep', send: () => holding('['.repeat(100_000)) },
  { why: 'a POST without key', code: 'idempotency_key_missing', send: () => holding({ sku: 'kept', quantity: 1 }, { idempotencyKey: '' }) },
  {
    why: 'a key of 256 characters',
    code: 'idempotency_key_invalid',
    send: () => holding({ sku: 'kept', quantity: 1 }, { idempotencyKey: 'k'.repeat(256) }),
  },
  {
    why: 'an If-Match that is no version',
    code: 'if_match_invalid',
    send: () => post('/v1/admin/stock/set', { sku: 'kept', onHand: 1 }, { headers: { 'if-match': '"abc"' } }),
  },
  { why: 'an invented cursor', code: 'cursor_invalid', send: () => world.call('GET', '/v1/admin/stock/kept/movements?cursor=abc') },
  // --- who is asking
  { why: 'no API key', code: 'key_missing', send: () => world.call('GET', '/v1/stock?sku=kept', { key: '' }) },
  {
    why: 'a key of another kind',
    code: 'key_missing',
    send: () => world.call('GET', '/v1/stock?sku=kept', { key: '', headers: { authorization: 'Basic abc' } }),
  },
  {
    why: 'an invented key',
    code: 'key_invalid',
    send: () => post('/v1/admin/stock/set', { sku: 'kept', onHand: 0 }, { key: `sk_${'x'.repeat(32)}` }),
  },
  {
    why: 'no buyer',
    code: 'buyer_missing',
    send: () => post('/v1/holds', { sku: 'kept', quantity: 1 }, { key: world.demo.publishableKey }),
  },
  { why: 'an invented buyer', code: 'buyer_invalid', send: () => holding({ sku: 'kept', quantity: 1 }, { buyer: 'a.b.c' }) },
  {
    why: 'a buyer of another store',
    code: 'buyer_invalid',
    send: async () => holding({ sku: 'kept', quantity: 1 }, { buyer: await world.newBuyer(world.second) }),
  },
  {
    why: 'a publishable key on an admin route',
    code: 'secret_key_required',
    send: () => post('/v1/admin/stock/set', { sku: 'kept', onHand: 0 }, { key: world.demo.publishableKey }),
  },
  {
    why: 'a buyer who commits outside the demo store',
    code: 'secret_key_required',
    send: async () =>
      post(`/v1/holds/${heldId}/commit`, undefined, { key: world.second.publishableKey, buyer: await world.newBuyer(world.second) }),
  },
  {
    why: 'a foreign page opens the socket',
    code: 'origin_refused',
    send: () => askForUpgrade(world.gateway.port, '/v1/live', { origin: 'https://evil.example' }),
  },
  // --- where to
  { why: 'a path that does not exist', code: 'route_unknown', send: () => world.call('GET', '/v1/nothing') },
  {
    why: 'a host name without store',
    code: 'store_unknown',
    send: () => sendRaw(world.gateway.port, { path: '/', headers: { host: 'nobody.shop.example' } }),
  },
  { why: 'a method that does not fit', code: 'method_not_allowed', send: () => world.call('DELETE', '/v1/stock') },
  { why: 'the socket as a plain GET', code: 'upgrade_required', send: () => world.call('GET', '/v1/live') },
  // --- what
  {
    why: 'a body of 300 kB',
    code: 'body_too_large',
    send: () => holding(JSON.stringify({ sku: 'kept', quantity: 1, more: 'x'.repeat(300_000) })),
  },
  {
    why: 'a body of 4 MB in chunks',
    code: 'body_too_large',
    send: () => postInChunks(world.gateway.port, '/v1/holds', world.demo.secretKey, 4 * 1024 * 1024),
  },
  {
    why: 'a form',
    code: 'content_type_unsupported',
    send: () => holding('sku=kept&quantity=1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  },
  { why: 'an unknown field', code: 'validation_failed', send: () => holding({ sku: 'kept', quantity: 1, price: 0 }) },
  {
    why: "a store of the client's choosing",
    code: 'validation_failed',
    send: () => holding({ sku: 'kept', quantity: 1, storeId: world.second.storeId }),
  },
  { why: 'no body', code: 'validation_failed', send: () => holding(undefined) },
  {
    why: 'an SKU of 65 characters',
    code: 'validation_failed',
    send: () => holding({ sku: 's'.repeat(65), quantity: 1 }),
    more: { errors: [{ pointer: '/sku', detail: 'an SKU is 1 to 64 printable characters' }] },
  },
  { why: 'too short a hold', code: 'validation_failed', send: () => holding({ sku: 'kept', quantity: 1, ttlSeconds: 4 }) },
  {
    why: '1,001 lines',
    code: 'validation_failed',
    send: () => holding({ lines: Array.from({ length: 1_001 }, () => ({ sku: 'kept', quantity: 1 })) }),
  },
  {
    why: 'one item twice in a bulk',
    code: 'validation_failed',
    send: () =>
      post('/v1/admin/stock/bulk', {
        items: [
          { sku: 'kept', onHand: 1 },
          { sku: 'kept', onHand: 2 },
        ],
      }),
  },
  ...[0, -1, 1.5, 1_000_001, 1e300, '1', null].map(
    (quantity): Bad => ({
      why: `quantity ${JSON.stringify(quantity)}`,
      code: 'quantity_invalid',
      send: () => holding({ sku: 'kept', quantity }),
    }),
  ),
  {
    why: 'quantity 0 in one of two lines',
    code: 'quantity_invalid',
    send: () =>
      holding({
        lines: [
          { sku: 'kept', quantity: 1 },
          { sku: 'other', quantity: 0 },
        ],
      }),
    more: { errors: [{ pointer: '/lines/1/quantity', detail: expect.any(String) }] },
  },
  // --- what the books say
  {
    why: 'the key of another body',
    code: 'idempotency_key_reused',
    prepare: () => post('/v1/admin/stock/expect', { sku: 'other', quantity: 0 }, { idempotencyKey: 'twice' }),
    send: () => post('/v1/admin/stock/expect', { sku: 'other', quantity: 1 }, { idempotencyKey: 'twice' }),
  },
  { why: 'an SKU nobody received', code: 'sku_unknown', send: () => holding({ sku: 'never', quantity: 1 }) },
  { why: 'an SKU of another store', code: 'sku_unknown', send: () => holding({ sku: 'second', quantity: 1 }) },
  { why: 'an invented hold', code: 'hold_unknown', send: () => world.call('DELETE', '/v1/holds/hold_1') },
  {
    why: 'a hold nobody took',
    code: 'hold_unknown',
    send: () => world.call('GET', `/v1/holds/${heldId.replace(/^hold_......../, 'hold_00000000')}`),
  },
  {
    why: 'a hold of an SKU nobody received',
    code: 'hold_unknown',
    send: () => world.call('GET', `/v1/holds/${heldId.split('.')[0]}.${Buffer.from('never').toString('base64url')}`),
  },
  {
    why: 'a hold of another buyer',
    code: 'hold_unknown',
    send: async () => world.call('DELETE', `/v1/holds/${heldId}`, { key: world.demo.publishableKey, buyer: await world.newBuyer() }),
  },
  {
    why: 'a hold of another store',
    code: 'hold_unknown',
    send: () => world.call('DELETE', `/v1/holds/${heldId}`, { key: world.second.secretKey }),
  },
  {
    why: 'a location nobody made',
    code: 'location_unknown',
    send: () => post('/v1/admin/stock/receive', { sku: 'kept', quantity: 1, location: 'moon' }),
    more: { location: 'moon' },
  },
  { why: 'a sale without allotment', code: 'sale_unknown', send: () => post('/v1/admin/stock/take-back', { sku: 'kept', sale: 'none' }) },
  {
    why: 'more than there is',
    code: 'insufficient_stock',
    send: () => holding({ sku: 'kept', quantity: 100 }),
    more: { sku: 'kept', available: 8, held: 1, final: false },
  },
  { why: 'a committed hold released', code: 'already_committed', send: () => world.call('DELETE', `/v1/holds/${committedId}`) },
  {
    why: 'more than the hold has committed',
    code: 'insufficient_committed',
    send: () => post('/v1/admin/stock/fulfil', { holdId: committedId, quantity: 5 }),
  },
  {
    why: 'more than a level holds',
    code: 'level_too_large',
    send: () => post('/v1/admin/stock/adjust', { sku: 'kept', delta: 1_000_000_000, reason: 'test' }),
  },
  {
    why: 'a count that has changed',
    code: 'version_conflict',
    send: () => post('/v1/admin/stock/set', { sku: 'kept', onHand: 1 }, { headers: { 'if-match': '"99"' } }),
  },
  // --- not now
  {
    why: 'a database that does not answer',
    code: 'rows_unavailable',
    prepare: async () => (world.movements.failure = new MovementsUnavailable('away')),
    send: () => world.call('GET', '/v1/admin/stock/kept/movements'),
  },
  {
    why: 'an archive that does not answer',
    code: 'history_unavailable',
    send: () => world.call('GET', '/v1/admin/stock/kept/as-of?at=2026-01-01T00:00:00Z'),
  },
  { why: 'a bug', code: 'internal_error', send: () => world.call('GET', '/breaks') },
];

describe('a bad request has one code and changes nothing', () => {
  beforeEach(() => {
    world.movements.failure = null;
  });

  test.each(badRequests)('$why: $code', async ({ code, send, more, prepare }) => {
    await prepare?.();
    const before = await books();
    const answer = await send();
    expectProblem(answer, code);
    if (more !== undefined) expect(answer.body).toMatchObject(more);
    expect(await books()).toEqual(before); // I1
  });

  test('a flood of unknown SKUs is refused one by one, and the known ones go on selling', async () => {
    const before = await books();
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) => world.call('POST', '/v1/holds', { body: { sku: `flood-${index}`, quantity: 1 } })),
    );
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['sku_unknown']));
    expect(await books()).toEqual(before);
  });

  test('a wrong method is told the right ones', async () => {
    expect((await world.call('PATCH', '/v1/holds')).headers.get('allow')).toBe('POST, OPTIONS');
    expect((await world.call('PUT', '/v1/admin/stock/receive')).headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
  });
});

describe('states that refuse', () => {
  afterEach(() => world.tenants.setPaused(world.demo.storeId, false));

  test('a paused store and a paused SKU', async () => {
    await world.tenants.setPaused(world.demo.storeId, true);
    expectProblem(await holding({ sku: 'kept', quantity: 1 }), 'store_paused');
    await world.tenants.setPaused(world.demo.storeId, false);
    await post('/v1/admin/stock/other/pause');
    expectProblem(await holding({ sku: 'other', quantity: 1 }), 'sku_paused');
    await post('/v1/admin/stock/other/resume');
  });

  test('a hold that has ended, and one that has lived long enough', async () => {
    const { body: released } = await holding({ sku: 'kept', quantity: 1 });
    await world.call('DELETE', `/v1/holds/${released.holdId}`);
    const ended = await post(`/v1/holds/${released.holdId}/commit`);
    expectProblem(ended, 'hold_ended');
    expect(ended.body.holdStatus).toBe('released');
    const { body: long } = await holding({ sku: 'kept', quantity: 1, ttlSeconds: 3_600 });
    let answer = await post(`/v1/holds/${long.holdId}/extend`, { ttlSeconds: 3_600 });
    for (let extended = 0; extended < 6 && answer.status === 200; extended++) {
      await world.clock.advance(3_000_000);
      answer = await post(`/v1/holds/${long.holdId}/extend`, { ttlSeconds: 3_600 });
    }
    expectProblem(answer, 'hold_life_exceeded');
    expect(answer.body.expiresAtMax).toMatch(/Z$/);
  });

  test('a buyer who has enough', async () => {
    await world.receive('capped', 10);
    await world.call('PUT', '/v1/admin/stock/capped/settings', { body: { perBuyerCap: 2 } });
    const capped = await world.newBuyer();
    expect((await holding({ sku: 'capped', quantity: 2 }, { buyer: capped })).status).toBe(201);
    const answer = await holding({ sku: 'capped', quantity: 1 }, { buyer: capped });
    expectProblem(answer, 'buyer_cap_exceeded');
    expect(answer.body).toMatchObject({ cap: 2, has: 2 });
  });

  test('a store with too many locations', async () => {
    for (let count = 1; count < tenantLimits.locationsPerStoreMax; count++)
      await world.tenants.putLocation(world.second.storeId, { id: `l${count}`, name: 'x', rank: 1, latitude: null, longitude: null });
    expectProblem(
      await world.call('PUT', '/v1/admin/locations/one-more', { key: world.second.secretKey, body: { name: 'One more' } }),
      'locations_full',
    );
  });

  test('too many requests of one buyer', async () => {
    await using limited = await GatewayWorld.start({ rateLimits: { buyerPerSecond: 1, buyerBurst: 3 } });
    const one = await limited.newBuyer();
    const get = (token: string): Promise<Answered> =>
      limited.call('GET', '/v1/holds/hold_1', { key: limited.demo.publishableKey, buyer: token });
    for (let count = 0; count < 3; count++) expect((await get(one)).headers.get('ratelimit-remaining')).toBe(String(2 - count));
    const answer = await get(one);
    expectProblem(answer, 'rate_limited');
    expect(answer.headers.get('ratelimit-limit')).toBe('3');
    expect((await get(await limited.newBuyer())).status).toBe(404); // others are not touched
    await limited.clock.advance(1_000);
    expect((await get(one)).status).toBe(404);
  });
});

describe('what the runtime cannot do', () => {
  const send = async (outcome: Outcome): Promise<Answered> => {
    await using other = await GatewayWorld.start({ router: () => new FixedRouter(outcome) });
    return await other.call('POST', '/v1/holds', { body: { sku: 'any', quantity: 1 } });
  };

  test('a hold that finds no room is a 503 that says when to come back, and says it after a second', async () => {
    const router = new FixedRouter({ kind: 'unavailable', code: 'overloaded', retryAfterMs: 2_500 });
    await using other = await GatewayWorld.start({ router: () => router });
    let answered = false;
    const asked = other.call('POST', '/v1/holds', { body: { sku: 'any', quantity: 1 } }).finally(() => (answered = true));
    await eventually('it was refused', () => router.sent.length === 1);
    await other.clock.advance(999);
    expect((await other.call('GET', '/healthz')).status).toBe(200); // whatever was answered before has come
    expect(answered).toBe(false);
    await other.clock.advance(1);
    const answer = await asked;
    expectProblem(answer, 'overloaded');
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  test.each([
    'not_done',
    'outcome_unknown',
    'not_ready',
    'rows_unavailable',
    'actor_stopped',
  ] as const satisfies readonly UnavailableCode[])('%s is a 503 that says when to come back', async (code) => {
    const answer = await send({ kind: 'unavailable', code, retryAfterMs: 2_500 });
    expectProblem(answer, code);
    expect(answer.headers.get('retry-after')).toBe('3');
  });

  test.each([
    [{ code: 'repeats_full', retryAfterMs: 1_000 }, 'repeats_full'],
    [{ code: 'hold_busy' }, 'hold_busy'],
    [{ code: 'hold_foreign' }, 'hold_unknown'],
    [{ code: 'too_late' }, 'not_done'],
    [{ code: 'line_refused', sku: 's', cause: { code: 'sku_paused' } }, 'sku_paused'],
    [{ code: 'made_up' }, 'internal_error'],
  ] as const satisfies readonly (readonly [ActorRefusal & Record<string, unknown>, ProblemCode])[])(
    '%o is shown as %s',
    async (refusal, code) => {
      expectProblem(await send({ kind: 'refused', refusal, position, at: 0 }), code);
    },
  );
});

describe('what an order refuses', () => {
  test.each(orderRefusals)('%o is shown as %s', async (refusal, code, shown) => {
    const router = new FixedRouter({ kind: 'refused', refusal, position, at: 0 });
    await using shop = await GatewayWorld.start({ extraRoutes: addedRoutes({ router, clock: systemClock }) });
    const answer = await shop.call('POST', '/v1/checkouts', { body: checkoutBody });
    expectProblem(answer, code);
    expect(answer.body).toMatchObject(shown);
    if (code.startsWith('coupon_')) expect(answer.body).toMatchObject({ discountCode: 'X' });
    expect('sku' in answer.body && 'discountCode' in answer.body).toBe(false);
    expect(JSON.stringify(answer.body)).not.toContain('Minor":null');
  });

  test('orders that cannot be listed now', async () => {
    const router = new FixedRouter({ kind: 'unavailable', code: 'not_ready', retryAfterMs: 1 });
    const orders = {
      list: () => Promise.reject(new OrdersUnavailable('away')),
      story: () => Promise.reject(new OrdersUnavailable('away')),
    };
    await using shop = await GatewayWorld.start({ extraRoutes: addedRoutes({ router, clock: systemClock, orders }) });
    expectProblem(await shop.call('GET', '/v1/admin/orders'), 'orders_unavailable');
  });

  test('configuration that is not there, and too much of it', async () => {
    const router = new FixedRouter({ kind: 'unavailable', code: 'not_ready', retryAfterMs: 1 });
    const pricing = new MemoryPricingData();
    pricing.putSettings = async () => ({ kind: 'full', countMax: 1 });
    await using shop = await GatewayWorld.start({ extraRoutes: addedRoutes({ router, clock: systemClock, pricing }) });
    expectProblem(await shop.call('GET', '/v1/admin/pricing/settings'), 'configuration_unknown');
    const full = await shop.call('PUT', '/v1/admin/pricing/settings', { body: { currency: 'USD', priceMode: 'tax_included' } });
    expectProblem(full, 'configuration_full');
    expect(full.body.countMax).toBe(1);
    expectProblem(await shop.call('GET', '/v1/admin/pricing/codes/any'), 'rows_unavailable');
  });

  test('webhooks, events, templates and news that are not there', async () => {
    const router = new FixedRouter({ kind: 'unavailable', code: 'not_ready', retryAfterMs: 1 });
    await using shop = await GatewayWorld.start({ extraRoutes: addedRoutes({ router, clock: systemClock }) });
    const add = () => shop.call('POST', '/v1/admin/webhooks', { body: { url: 'https://shop.example/hook' } });
    expectProblem(await shop.call('PUT', '/v1/admin/webhooks/hook_none', { body: { active: false } }), 'webhook_unknown');
    const { endpointId } = (await add()).body;
    for (let count = 1; count < 20; count++) expect((await add()).status).toBe(201);
    expectProblem(await add(), 'webhooks_full');
    expectProblem(await shop.call('POST', `/v1/admin/webhooks/${String(endpointId)}/redeliver`, { body: { number: 7 } }), 'event_unknown');
    expectProblem(await shop.call('GET', '/v1/admin/mails/templates/order.exploded'), 'template_unknown');
    expectProblem(await shop.call('POST', '/v1/webhooks/stripe', { key: '', idempotencyKey: '', body: {} }), 'signature_invalid');
  });
});

test('every public code of HTTP was reached', () => {
  expect([...unseen]).toEqual([]);
});
