import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../runtime/logger.ts';
import type { Envelope, Outcome } from '../../runtime/router/port.ts';
import { createWebhookVerifier } from '../../services/payments/webhooks.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { paymentWebhookRoute } from './webhook-route.ts';

const secret = 'whsec_of_the_shop';
const old = 'whsec_before_it';
const position = { incarnation: 'one', shard: 0, epoch: 1, frame: 1, index: 0 };
const noted: Outcome = { kind: 'reply', reply: { type: 'noted' }, repeated: false, position, at: 1 };

const sent: Envelope[] = [];
let outcome: Outcome = noted;
let world: GatewayWorld;
beforeAll(async () => {
  const nowMs = Date.now();
  const verify = createWebhookVerifier({
    secrets: [
      { secret, untilMs: null },
      { secret: old, untilMs: nowMs + 60_000 },
    ],
    wallMs: () => nowMs,
  });
  const route = paymentWebhookRoute({
    router: {
      send(envelope, answer) {
        sent.push(envelope);
        answer(outcome);
      },
    },
    logger: silentLogger as never,
    verify: (body, signature) => verify(body, signature),
  });
  world = await GatewayWorld.start({ extraRoutes: [route] });
});
afterAll(() => world[Symbol.asyncDispose]());

function authorised(store = 'store_1', account?: string): string {
  const intent = {
    id: 'pi_1',
    object: 'payment_intent',
    status: 'requires_capture',
    amount: 500,
    amount_capturable: 500,
    currency: 'usd',
    metadata: { store, orderId: 'order_1' },
  };
  return JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.amount_capturable_updated',
    ...(account === undefined ? {} : { account }),
    data: { object: intent },
  });
}

async function post(body: string, signature: string) {
  sent.length = 0;
  return world.call('POST', '/v1/webhooks/stripe', { key: '', idempotencyKey: '', body, headers: { 'stripe-signature': signature } });
}

function signed(payload: string, by = secret, timestamp = Math.floor(Date.now() / 1_000)): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp });
}

test.each([
  ['with the current secret', secret],
  ['with the one before it', old],
])('news signed %s reaches its order', async (_how, by) => {
  const body = authorised();
  const answer = await post(body, signed(body, by));
  expect([answer.status, answer.body]).toEqual([200, { taken: true }]);
  expect(sent).toEqual([
    expect.objectContaining({
      actor: { kind: 'order', store: 'store_1', id: 'order_1' },
      command: {
        type: 'paymentNews',
        eventId: 'evt_1',
        account: null,
        outcome: { kind: 'authorised', intentId: 'pi_1', amountMinor: 500 },
      },
    }),
  ]);
});

test.each([
  ['no signature', authorised(), () => '', 'signature_missing'],
  ['a signature by somebody else', authorised(), (body: string) => signed(body, 'whsec_other'), 'signature_invalid'],
  ['a body that was written again', JSON.stringify(JSON.parse(authorised()), null, 1), () => signed(authorised()), 'signature_invalid'],
  ['an old signature', authorised(), (body: string) => signed(body, secret, Math.floor(Date.now() / 1_000) - 3_600), 'timestamp_stale'],
  ['something that is no event', '[]', (body: string) => signed(body), 'body_invalid'],
] as const)('%s is refused and reaches nobody', async (_what, body, signature, why) => {
  const answer = await post(body, signature(body));
  expect([answer.status, answer.body.code, answer.body.why]).toEqual([400, 'signature_invalid', why]);
  expect(sent).toEqual([]);
});

test('an event that is nothing to us is taken, so that it is not sent again', async () => {
  const body = JSON.stringify({ id: 'evt_2', object: 'event', type: 'customer.created', data: { object: { id: 'cus_1' } } });
  expect((await post(body, signed(body))).body).toEqual({ taken: false });
  expect(sent).toEqual([]);
});

test('news name the account they come from, and are taken for nothing where the order was paid through another (I6)', async () => {
  const body = authorised('store_connected', 'acct_2');
  expect((await post(body, signed(body))).body).toEqual({ taken: true });
  expect(sent).toMatchObject([{ command: { type: 'paymentNews', account: 'acct_2' } }]);
  outcome = { kind: 'refused', refusal: { code: 'order_foreign' }, position, at: 1 };
  const answer = await post(body, signed(body));
  outcome = noted;
  expect([answer.status, answer.body]).toEqual([200, { taken: false }]);
});

test.each(['not_ready', 'not_done', 'outcome_unknown', 'overloaded', 'rows_unavailable', 'actor_stopped'] as const)(
  'while the order cannot be told (%s), the sender is asked to come again',
  async (code) => {
    outcome = { kind: 'unavailable', code, retryAfterMs: 1_000 };
    const body = authorised();
    const answer = await post(body, signed(body));
    outcome = noted;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  },
);

test('news of an order that there is not are not taken: they will not be wanted later either', async () => {
  outcome = { kind: 'refused', refusal: { code: 'order_unknown' }, position, at: 1 };
  const body = authorised();
  const answer = await post(body, signed(body));
  outcome = noted;
  expect([answer.status, answer.body]).toEqual([200, { taken: false }]);
});
