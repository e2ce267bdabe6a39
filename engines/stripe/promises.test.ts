/** What the simulator promises as Stripe does: keys that replay, payments that survive, webhooks that arrive, cards that misbehave. */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { until } from '../../testing/until.ts';
import { type FaultRule, startStripeSimulator, type StripeSimulator } from './index.ts';

const token = { authorization: 'Bearer sk_test_simulator' };

interface Raw {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: { readonly id?: string; readonly status?: string; readonly error?: { readonly type: string; readonly code?: string } };
}

function client({ host, port }: StripeSimulator, timeout = 5_000): Stripe {
  return new Stripe('sk_test_simulator', { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, timeout });
}

/** Past the SDK, to see the wire. */
async function post({ url }: StripeSimulator, path: string, form: string, key?: string, headers: object = {}): Promise<Raw> {
  const sent = {
    ...token,
    'content-type': 'application/x-www-form-urlencoded',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...headers,
  };
  const response = await fetch(`${url}/v1/${path}`, { method: 'POST', body: form, headers: sent });
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed') === 'true',
    body: (await response.json()) as Raw['body'],
  };
}

/** A clock whose hands the test moves. */
function movedClock(): { wallMs(): number; after(ms: number, call: () => void): () => void; move(ms: number): void } {
  let now = 1_700_000_000_000;
  return {
    wallMs: () => now,
    after(ms, call) {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    move(ms) {
      now += ms;
    },
  };
}

describe('an idempotency key', () => {
  const clock = movedClock();
  let simulator: StripeSimulator;
  beforeAll(async () => {
    simulator = await startStripeSimulator({ port: 0, clock });
  });
  beforeEach(() => simulator.control.behave());
  afterAll(() => simulator.stop());

  it('replays the first answer, also with the parameters in another order', async () => {
    const first = await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k1');
    expect(first).toMatchObject({ status: 200, replayed: false });
    const again = await post(simulator, 'payment_intents', 'currency=usd&amount=100', 'k1');
    expect(again).toEqual({ ...first, replayed: true });
  });

  it.each([
    ['other parameters', 'payment_intents', 'amount=101&currency=usd'],
    ['another endpoint', 'refunds', 'amount=100&currency=usd'],
  ])('with %s is an error', async (_, path, form) => {
    await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k2');
    expect(await post(simulator, path, form, 'k2')).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } });
  });

  it('belongs to an account', async () => {
    const first = await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k3', { 'stripe-account': 'acct_a' });
    const second = await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k3', { 'stripe-account': 'acct_b' });
    expect(second).toMatchObject({ status: 200, replayed: false });
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('is in use while its first call is under way, and only one of many is carried out', async () => {
    simulator.control.misbehave({ fault: { kind: 'delay', ms: 1_000 } });
    const before = simulator.control.payments().length;
    const all = await Promise.all(Array.from({ length: 20 }, () => post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k4')));
    expect(all.filter(({ status, replayed }) => status === 200 && !replayed)).toHaveLength(1);
    const refused = all.filter(({ status }) => status === 409);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body.error?.code).toBe('idempotency_key_in_use');
    expect(all.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(simulator.control.payments()).toHaveLength(before + 1);
  });

  it.each(['error_during', 'error_after'] as const)('keeps a 500 (%s)', async (kind) => {
    simulator.control.misbehave({ fault: { kind } });
    const form = 'amount=100&currency=usd';
    expect(await post(simulator, 'payment_intents', form, `k5-${kind}`)).toMatchObject({ status: 500, replayed: false });
    expect(await post(simulator, 'payment_intents', form, `k5-${kind}`)).toMatchObject({ status: 500, replayed: true });
  });

  it('keeps a decline', async () => {
    const { body } = await post(simulator, 'payment_intents', 'amount=100&currency=usd');
    const path = `payment_intents/${body.id}/confirm`;
    const declined = await post(simulator, path, 'payment_method=pm_card_chargeDeclined', 'k6');
    expect(declined).toMatchObject({ status: 402, body: { error: { type: 'card_error', code: 'card_declined' } } });
    expect(await post(simulator, path, 'payment_method=pm_card_chargeDeclined', 'k6')).toEqual({ ...declined, replayed: true });
  });

  it('does not keep what was refused before it began', async () => {
    const refused = await post(simulator, 'payment_intents', 'amount=0&currency=usd', 'k7');
    expect(refused).toMatchObject({ status: 400, replayed: false });
    expect(await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k7')).toMatchObject({ status: 200, replayed: false });
    simulator.control.misbehave({ fault: { kind: 'error_before' } });
    expect(await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k8')).toMatchObject({ status: 500 });
    expect(await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k8')).toMatchObject({ status: 200, replayed: false });
  });

  it('is forgotten after 24 hours', async () => {
    const first = await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k9');
    clock.move(24 * 60 * 60 * 1_000 - 1_000);
    expect((await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k9')).replayed).toBe(true);
    clock.move(1_000);
    const after = await post(simulator, 'payment_intents', 'amount=100&currency=usd', 'k9');
    expect(after.replayed).toBe(false);
    expect(after.body.id).not.toBe(first.body.id);
  });

  it('is no longer needed for an authorisation of last week: that was canceled by itself', async () => {
    const { body } = await post(
      simulator,
      'payment_intents',
      'amount=100&currency=usd&capture_method=manual&confirm=true&payment_method=pm_card_visa',
    );
    expect(body.status).toBe('requires_capture');
    clock.move(8 * 24 * 60 * 60 * 1_000);
    expect(await client(simulator).paymentIntents.retrieve(body.id ?? '')).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    });
  });
});

describe('a restarted simulator', () => {
  it('finds its payments, refunds, customers, accounts and keys again', async () => {
    using folder = temporaryFolder();
    const first = await startStripeSimulator({ port: 0, dataDir: folder.path });
    const created = await post(first, 'payment_intents', 'amount=100&currency=usd&confirm=true&payment_method=pm_card_visa', 'k1');
    const refund = await client(first).refunds.create({ payment_intent: created.body.id ?? '', amount: 40 });
    const account = await client(first).accounts.create({ type: 'standard' });
    const customer = await client(first).customers.create({ email: 'a@example.com' });
    await first.stop();

    await using second = await startStripeSimulator({ port: 0, dataDir: folder.path });
    const stripe = client(second);
    expect(await stripe.paymentIntents.retrieve(created.body.id ?? '')).toMatchObject({ status: 'succeeded', amount_received: 100 });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ amount: 40 });
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({ id: account.id });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ email: 'a@example.com' });
    const again = await post(second, 'payment_intents', 'amount=100&currency=usd&confirm=true&payment_method=pm_card_visa', 'k1');
    expect(again).toEqual({ ...created, replayed: true });
    await expect(stripe.refunds.create({ payment_intent: created.body.id ?? '', amount: 61 })).rejects.toThrow('greater than');
  });

  it('drops a line that was cut off, and no other', async () => {
    using folder = temporaryFolder();
    const first = await startStripeSimulator({ port: 0, dataDir: folder.path });
    const { body } = await post(first, 'payment_intents', 'amount=100&currency=usd');
    await first.stop();
    appendFileSync(join(folder.path, 'stripe-simulator.jsonl'), '{"stored":[{"kind":"int');
    await using second = await startStripeSimulator({ port: 0, dataDir: folder.path });
    expect(second.control.payments().map(({ id }) => id)).toEqual([body.id]);
  });

  it('has written what it answers before it answers', async () => {
    using folder = temporaryFolder();
    await using simulator = await startStripeSimulator({ port: 0, dataDir: folder.path });
    for (let payment = 0; payment < 5; payment += 1) {
      const { body } = await post(simulator, 'payment_intents', 'amount=100&currency=usd');
      expect(readFileSync(join(folder.path, 'stripe-simulator.jsonl'), 'utf8')).toContain(body.id);
    }
    expect(statSync(join(folder.path, 'stripe-simulator.jsonl')).mode & 0o077).toBe(0);
  });

  it('settles what was still being processed', async () => {
    using folder = temporaryFolder();
    const first = await startStripeSimulator({ port: 0, dataDir: folder.path });
    const { body } = await post(first, 'payment_intents', 'amount=100&currency=usd&confirm=true&payment_method=pm_card_sim_processing');
    expect(body.status).toBe('processing');
    await first.stop();
    await using second = await startStripeSimulator({ port: 0, dataDir: folder.path });
    const status = async () => (await client(second).paymentIntents.retrieve(body.id ?? '')).status;
    await until('the payment is settled', status, (now) => now === 'succeeded');
  });
});

describe('what it keeps is bounded', () => {
  it('the oldest ended payment goes; one that is under way never does', async () => {
    await using simulator = await startStripeSimulator({ port: 0, paymentsMax: 3 });
    const open = await post(simulator, 'payment_intents', 'amount=100&currency=usd');
    const ended = await post(simulator, 'payment_intents', 'amount=100&currency=usd&confirm=true&payment_method=pm_card_visa');
    await post(simulator, 'payment_intents', 'amount=100&currency=usd');
    await post(simulator, 'payment_intents', 'amount=100&currency=usd');
    const ids = simulator.control.payments().map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids).toContain(open.body.id);
    expect(ids).not.toContain(ended.body.id);
    expect(await post(simulator, 'payment_intents', 'amount=100&currency=usd')).toMatchObject({ status: 429 });
  });
});

describe('webhooks', () => {
  interface Received {
    readonly id: string;
    readonly type: string;
    readonly account?: string;
    readonly data: { readonly object: { readonly id: string } };
  }

  async function shop(secrets: readonly string[], failures = 0, enabledEvents?: readonly string[]) {
    const received: Received[] = [];
    let left = failures;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        left -= 1;
        if (left >= 0) return void response.writeHead(500).end();
        const body = Buffer.concat(chunks);
        // every secret the shop knows must find its signature
        for (const secret of secrets) Stripe.webhooks.constructEvent(body, String(request.headers['stripe-signature']), secret);
        received.push(JSON.parse(body.toString()) as Received);
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
    const simulator = await startStripeSimulator({
      port: 0,
      webhook: { url, secret: secrets, ...(enabledEvents === undefined ? {} : { enabledEvents }) },
      webhookRetryDelaysMs: [10, 20, 40],
    });
    return {
      simulator,
      received,
      types: () => received.map(({ type }) => type),
      async [Symbol.asyncDispose]() {
        await simulator.stop();
        server.closeAllConnections();
        await new Promise((resolve) => void server.close(resolve));
      },
    };
  }

  const whole = 'amount=100&currency=usd&confirm=true&capture_method=manual&payment_method=pm_card_visa';
  const has = (count: number) => (all: readonly unknown[]) => all.length === count;

  it('tell the life of a payment, signed with every secret while one is rolled', async () => {
    await using world = await shop(['whsec_new', 'whsec_old']);
    const { body } = await post(world.simulator, 'payment_intents', whole, undefined, { 'stripe-account': 'acct_a' });
    const own = { 'stripe-account': 'acct_a' };
    await post(world.simulator, `payment_intents/${body.id}/capture`, '', undefined, own);
    await post(world.simulator, 'refunds', `payment_intent=${body.id}`, undefined, own);
    await until('five events', world.types, has(5));
    expect(new Set(world.types())).toEqual(
      new Set([
        'payment_intent.created',
        'payment_intent.amount_capturable_updated',
        'payment_intent.succeeded',
        'refund.created',
        'charge.refunded',
      ]),
    );
    expect(new Set(world.received.map(({ account }) => account))).toEqual(new Set(['acct_a']));
  });

  it('are of the types that were asked for', async () => {
    await using world = await shop(['whsec'], 0, ['payment_intent.canceled']);
    const { body } = await post(world.simulator, 'payment_intents', whole);
    await post(world.simulator, `payment_intents/${body.id}/cancel`, '');
    await until('the one event', world.types, has(1));
    expect(world.types()).toEqual(['payment_intent.canceled']);
    const { webhooks } = await until('it is taken', world.simulator.control.counts, (counts) => counts.webhooks.pending === 0);
    expect(webhooks).toMatchObject({ delivered: 1, pending: 0 });
  });

  it('come again until they are taken', async () => {
    await using world = await shop(['whsec'], 2);
    await post(world.simulator, 'payment_intents', 'amount=100&currency=usd');
    const { webhooks } = await until('it is taken', world.simulator.control.counts, (counts) => counts.webhooks.delivered === 1);
    expect(webhooks).toMatchObject({ failed: 2, delivered: 1, givenUp: 0 });
    expect(world.types()).toHaveLength(1);
  });

  it('are given up after the last try', async () => {
    await using world = await shop(['whsec'], 100);
    await post(world.simulator, 'payment_intents', 'amount=100&currency=usd');
    await until(
      'it is given up',
      () => world.simulator.control.counts().webhooks,
      ({ givenUp }) => givenUp === 1,
    );
    expect(world.simulator.control.counts().webhooks).toMatchObject({ failed: 4, delivered: 0, pending: 0 });
  });

  it('come twice, and in another order, when that is wanted', async () => {
    await using world = await shop(['whsec']);
    world.simulator.control.webhooks.pause();
    world.simulator.control.webhooks.duplicate(2);
    const { body } = await post(world.simulator, 'payment_intents', whole);
    await post(world.simulator, `payment_intents/${body.id}/cancel`, '');
    expect(world.received).toEqual([]);
    world.simulator.control.webhooks.resume('reversed');
    await until('three events, twice each', world.types, has(6));
    expect(world.types()[0]).toBe('payment_intent.canceled');
    expect(new Set(world.received.map(({ id }) => id)).size).toBe(3);
  });
});

describe('a call that misbehaves', () => {
  let simulator: StripeSimulator;
  beforeAll(async () => {
    simulator = await startStripeSimulator({ port: 0 });
  });
  beforeEach(() => simulator.control.behave());
  afterAll(() => simulator.stop());

  const confirmWith = async (card: string, timeout?: number): Promise<{ readonly id: string; readonly outcome: string }> => {
    const stripe = client(simulator, timeout);
    const { id } = await stripe.paymentIntents.create({ amount: 100, currency: 'usd', capture_method: 'manual' });
    const outcome = await stripe.paymentIntents.confirm(id, { payment_method: card }).then(
      ({ status }): string => status,
      (error: unknown) => (error instanceof Stripe.errors.StripeError ? error.type : String(error)),
    );
    return { id, outcome };
  };
  const statusOf = async (id: string) => (await client(simulator).paymentIntents.retrieve(id)).status;

  it('by its card: silent, but done', async () => {
    const { id, outcome } = await confirmWith('pm_card_sim_silent', 1_500);
    expect(outcome).toBe('StripeConnectionError');
    expect(await statusOf(id)).toBe('requires_capture');
  });

  it('by its card: slow', async () => {
    const { id, outcome } = await confirmWith('pm_card_sim_slow', 1_500);
    expect(outcome).toBe('StripeConnectionError');
    expect(await statusOf(id)).toBe('requires_capture');
  });

  it('by its card: a 500 once, then well', async () => {
    const { id, outcome } = await confirmWith('pm_card_sim_error_once');
    expect(outcome).toBe('StripeAPIError');
    expect(await client(simulator).paymentIntents.confirm(id, { payment_method: 'pm_card_sim_error_once' })).toMatchObject({
      status: 'requires_capture',
    });
  });

  it('by its card: a 500 always, or after the work', async () => {
    const always = await confirmWith('pm_card_sim_error_always');
    expect(always.outcome).toBe('StripeAPIError');
    expect(await statusOf(always.id)).toBe('requires_payment_method');
    const after = await confirmWith('pm_card_sim_error_after');
    expect(after.outcome).toBe('StripeAPIError');
    expect(await statusOf(after.id)).toBe('requires_capture');
  });

  it.each([
    ['cut_before', false],
    ['cut_after', true],
    ['silence_before', false],
    ['silence_after', true],
    ['error_after', true],
    ['error_during', false],
  ] as const)('on demand: %s', async (kind, done) => {
    const { id } = await client(simulator).paymentIntents.create({ amount: 100, currency: 'usd', capture_method: 'manual' });
    // the SDK tries a cut connection once more by itself, with the same key
    const rule: FaultRule = { fault: { kind }, path: `${id}/confirm`, times: 2 };
    simulator.control.misbehave(rule);
    await expect(client(simulator, 400).paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).rejects.toThrow();
    expect(await statusOf(id)).toBe(done ? 'requires_capture' : 'requires_payment_method');
  });

  it('by a seed: the same calls fail for the same seed', async () => {
    const run = async (seed: number) => {
      simulator.control.unleash({ seed, probability: 0.5, faults: [{ kind: 'error_before' }, { kind: 'rate_limited' }] });
      const statuses: number[] = [];
      for (let call = 0; call < 20; call += 1) statuses.push((await post(simulator, 'payment_intents', 'amount=100&currency=usd')).status);
      return statuses;
    };
    const first = await run(1);
    expect(new Set(first)).toEqual(new Set([200, 429, 500]));
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('is ordered over HTTP too', async () => {
    const control = (path: string, method: string, body?: object) =>
      fetch(`${simulator.url}/_sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    expect((await control('faults', 'POST', { fault: { kind: 'rate_limited' } })).status).toBe(200);
    expect((await post(simulator, 'payment_intents', 'amount=100&currency=usd')).status).toBe(429);
    expect((await control('faults', 'POST', { fault: { kind: 'earthquake' } })).status).toBe(400);
    expect((await control('faults', 'DELETE')).status).toBe(200);
    expect((await control('nothing', 'GET')).status).toBe(404);
    expect(await (await control('counts', 'GET')).json()).toMatchObject({ webhooks: { pending: 0 } });
    const stripe = client(simulator);
    const { id } = await stripe.paymentIntents.create({
      amount: 100,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
    });
    expect((await control(`payments/${id}/authorise`, 'POST', {})).status).toBe(200);
    expect((await control(`payments/${id}/authorise`, 'POST', {})).status).toBe(409);
    expect(await statusOf(id)).toBe('succeeded');
  });

  it('refunds that pend, and that fail after all', async () => {
    const stripe = client(simulator);
    const paid = (card: string) => stripe.paymentIntents.create({ amount: 100, currency: 'usd', confirm: true, payment_method: card });
    const pending = await stripe.refunds.create({ payment_intent: (await paid('pm_card_pendingRefund')).id });
    expect(pending.status).toBe('pending');
    const failing = await stripe.refunds.create({ payment_intent: (await paid('pm_card_refundFail')).id });
    expect(failing.status).toBe('succeeded');
    await until(
      'both are settled',
      async () => [(await stripe.refunds.retrieve(pending.id)).status, (await stripe.refunds.retrieve(failing.id)).status],
      (now) => now.join() === 'succeeded,failed',
    );
    expect(simulator.control.payments().at(-1)).toMatchObject({ amountRefunded: 0 });
  });
});
