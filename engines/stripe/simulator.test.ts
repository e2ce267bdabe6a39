/** The simulated Stripe, asked by the real SDK. What is tested is what a checkout leans on; see index.ts for what it does not do. */
import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStripeSimulator, type StripeSimulator } from './index.ts';

let simulator: StripeSimulator;
let stripe: Stripe;
let orders = 0;

beforeAll(async () => {
  simulator = await startStripeSimulator({ port: 0 });
  stripe = clientOf(simulator);
});
beforeEach(() => simulator.control.behave());
afterAll(() => simulator.stop());

function clientOf({ host, port }: StripeSimulator, extra: Stripe.StripeConfig = {}): Stripe {
  return new Stripe('sk_test_simulator', {
    host,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: 5_000,
    ...extra,
  });
}

function created(amount = 2_500): Promise<Stripe.PaymentIntent> {
  orders += 1;
  const metadata = { orderId: `order-${orders}` };
  return stripe.paymentIntents.create({ amount, currency: 'usd', capture_method: 'manual', metadata });
}

async function authorised(card = 'pm_card_visa', amount = 2_500): Promise<Stripe.PaymentIntent> {
  const { id } = await created(amount);
  return stripe.paymentIntents.confirm(id, { payment_method: card });
}

/** The error of a call that must fail. */
async function errorOf(call: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const error: unknown = await call.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw error;
}

describe('a payment', () => {
  it('is created without money, authorised, captured', async () => {
    const intent = await created();
    expect(intent).toMatchObject({ object: 'payment_intent', status: 'requires_payment_method', amount: 2_500, amount_capturable: 0 });
    const confirmed = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    expect(confirmed).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 2_500,
      amount_received: 0,
      metadata: intent.metadata,
    });
    const captured = await stripe.paymentIntents.capture(intent.id);
    expect(captured).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 2_500 });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'succeeded', latest_charge: confirmed.latest_charge });
  });

  it('is captured in part, and the rest is released', async () => {
    const { id } = await authorised();
    expect(await stripe.paymentIntents.capture(id, { amount_to_capture: 1_000 })).toMatchObject({
      amount_received: 1_000,
      amount_capturable: 0,
    });
    expect(await errorOf(stripe.paymentIntents.capture(id))).toMatchObject({ code: 'payment_intent_unexpected_state' });
  });

  it('is never captured beyond what was authorised', async () => {
    const { id } = await authorised();
    expect(await errorOf(stripe.paymentIntents.capture(id, { amount_to_capture: 2_501 }))).toMatchObject({ code: 'amount_too_large' });
  });

  it('is authorised at most once, whatever the key', async () => {
    const { id } = await authorised();
    const error = await errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(error.payment_intent).toMatchObject({ id, status: 'requires_capture' });
  });

  it('is canceled once, and not after its capture', async () => {
    const { id } = await authorised();
    expect(await stripe.paymentIntents.cancel(id)).toMatchObject({ status: 'canceled', amount_capturable: 0 });
    expect(await errorOf(stripe.paymentIntents.cancel(id))).toMatchObject({ code: 'payment_intent_unexpected_state' });
    const captured = await authorised();
    await stripe.paymentIntents.capture(captured.id);
    expect((await errorOf(stripe.paymentIntents.cancel(captured.id))).payment_intent).toMatchObject({ status: 'succeeded' });
  });

  it('is created, confirmed and captured in one call when asked so', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'eur',
      confirm: true,
      payment_method: 'pm_card_mastercard',
    });
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 700, capture_method: 'automatic_async' });
  });

  it('is listed, newest first, page by page', async () => {
    const ids = [(await created()).id, (await created()).id, (await created()).id];
    const first = await stripe.paymentIntents.list({ limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect(first.has_more).toBe(true);
    const seen: string[] = [];
    for await (const { id } of stripe.paymentIntents.list({ limit: 2 })) {
      seen.push(id);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(ids.reverse());
  });
});

describe('a refusal has the shape of Stripe', () => {
  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['4000 0000 0000 9995', 'card_declined', 'insufficient_funds'],
  ])('%s: %s, %s', async (card, code, declineCode) => {
    const { id } = await created();
    const error = await errorOf(stripe.paymentIntents.confirm(id, { payment_method: card }));
    expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, decline_code: declineCode });
    expect(error.payment_intent).toMatchObject({ id, status: 'requires_payment_method', payment_method: null });
    expect(await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).toMatchObject({ status: 'requires_capture' });
  });

  it.each([
    ['an amount of nothing', { amount: 0, currency: 'usd' }, 'amount'],
    ['a broken amount', { amount: 1.5, currency: 'usd' }, 'amount'],
    ['no currency', { amount: 100, currency: '' }, 'currency'],
    ['a parameter nobody knows', { amount: 100, currency: 'usd', colour: 'red' }, 'colour'],
    ['a card nobody knows', { amount: 100, currency: 'usd', payment_method: 'pm_nobody' }, 'payment_method'],
    ['a fee without an account', { amount: 100, currency: 'usd', application_fee_amount: 10 }, 'application_fee_amount'],
  ])('%s', async (_, params, param) => {
    expect(await errorOf(stripe.paymentIntents.create(params))).toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      param,
    });
  });

  it('an unknown payment is missing', async () => {
    expect(await errorOf(stripe.paymentIntents.retrieve('pi_none'))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  it('a key that is no test key is refused', async () => {
    const live = new Stripe('sk_live_x', { host: simulator.host, port: simulator.port, protocol: 'http', maxNetworkRetries: 0 });
    expect(await errorOf(live.paymentIntents.list())).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 });
  });
});

describe('refunds', () => {
  it('come to at most what was captured', async () => {
    const { id } = await authorised();
    await stripe.paymentIntents.capture(id, { amount_to_capture: 2_000 });
    const first = await stripe.refunds.create({ payment_intent: id, amount: 1_500, metadata: { refundId: 'r1' } });
    expect(first).toMatchObject({ status: 'succeeded', amount: 1_500, payment_intent: id });
    expect(await errorOf(stripe.refunds.create({ payment_intent: id, amount: 501 }))).toMatchObject({ statusCode: 400, param: 'amount' });
    expect(await stripe.refunds.create({ payment_intent: id })).toMatchObject({ amount: 500 });
    expect(await errorOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({ code: 'charge_already_refunded' });
    expect((await stripe.refunds.list({ payment_intent: id })).data.map(({ amount }) => amount)).toEqual([500, 1_500]);
    expect(await stripe.refunds.retrieve(first.id)).toMatchObject({ metadata: { refundId: 'r1' } });
  });

  it('of what was not captured are refused', async () => {
    const { id } = await authorised();
    expect(await errorOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({ statusCode: 400 });
  });
});

describe('connected accounts', () => {
  it('do not see the payments of each other, nor the platform theirs', async () => {
    const options = { stripeAccount: 'acct_one' };
    const intent = await stripe.paymentIntents.create({ amount: 1_000, currency: 'usd', application_fee_amount: 50 }, options);
    expect(await stripe.paymentIntents.retrieve(intent.id, {}, options)).toMatchObject({ application_fee_amount: 50 });
    for (const other of [{}, { stripeAccount: 'acct_two' }]) {
      expect(await errorOf(stripe.paymentIntents.retrieve(intent.id, {}, other))).toMatchObject({ code: 'resource_missing' });
    }
  });

  it('must exist where they are taken seriously', async () => {
    await using strict = await startStripeSimulator({ port: 0, strictAccounts: true });
    const client = clientOf(strict);
    const create = (stripeAccount: string) => client.paymentIntents.create({ amount: 1_000, currency: 'usd' }, { stripeAccount });
    expect(await errorOf(create('acct_none'))).toMatchObject({ statusCode: 403, code: 'account_invalid' });
    const account = await client.accounts.create({ type: 'standard', country: 'DE' });
    expect(await client.accounts.retrieve(account.id)).toMatchObject({ country: 'DE', charges_enabled: true });
    expect(await create(account.id)).toMatchObject({ amount: 1_000 });
  });

  it('receive what is transferred to them', async () => {
    const account = await stripe.accounts.create({ type: 'standard' });
    const params = { amount: 1_000, currency: 'usd', application_fee_amount: 100, transfer_data: { destination: account.id } };
    expect(await stripe.paymentIntents.create(params)).toMatchObject({
      transfer_data: { destination: account.id },
      application_fee_amount: 100,
    });
  });
});

describe('customers', () => {
  it('are kept, and belong to their account', async () => {
    const customer = await stripe.customers.create({ email: 'a@example.com' });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ email: 'a@example.com' });
    const intent = await stripe.paymentIntents.create({ amount: 100, currency: 'usd', customer: customer.id });
    expect((await stripe.paymentIntents.list({ customer: customer.id })).data.map(({ id }) => id)).toEqual([intent.id]);
  });
});

describe('3-D Secure', () => {
  async function challenged(): Promise<{ readonly id: string; readonly page: string }> {
    const { id } = await created();
    const intent = await stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'http://127.0.0.1:1/orders/7?a=b',
    });
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    return { id, page: intent.next_action?.redirect_to_url?.url ?? '' };
  }

  async function press(page: string, verdict: string): Promise<Response> {
    const html = await (await fetch(page)).text();
    const secret = /name="client_secret" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const body = new URLSearchParams({ client_secret: secret, verdict });
    return fetch(page, { method: 'POST', body, redirect: 'manual' });
  }

  it('authorises when the buyer says so, and sends them back', async () => {
    const { id, page } = await challenged();
    const back = await press(page, 'authorise');
    expect(back.status).toBe(303);
    const location = new URL(back.headers.get('location') ?? '');
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ a: 'b', payment_intent: id, redirect_status: 'succeeded' });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_capture', next_action: null });
  });

  it('fails when the buyer says so, and another card may be tried', async () => {
    const { id, page } = await challenged();
    const back = await press(page, 'fail');
    expect(new URL(back.headers.get('location') ?? '').searchParams.get('redirect_status')).toBe('failed');
    const intent = await stripe.paymentIntents.retrieve(id);
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
    expect(await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).toMatchObject({ status: 'requires_capture' });
  });

  it('shows the page to nobody without the client secret', async () => {
    const { page } = await challenged();
    const other = new URL(page);
    other.searchParams.set('client_secret', 'guessed');
    expect((await fetch(other)).status).toBe(404);
    expect(
      (await fetch(other, { method: 'POST', body: new URLSearchParams({ verdict: 'authorise', client_secret: 'guessed' }) })).status,
    ).toBe(404);
  });
});
