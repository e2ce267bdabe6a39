/** The adapter over the real SDK keeps the port's contract; what only it does (keys, breaker, amounts) is tested below. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, startStripeSimulator, type StripeSimulator } from '../../engines/stripe/index.ts';
import { eventually } from '../../testing/until.ts';
import { type Loss, runPaymentsConformance, settle } from './conformance.ts';
import type { IntentStep, PaymentNews } from './port.ts';
import { type ConnectedPayments, connectStripe, type StripeSettings } from './stripe-client.ts';
import { createWebhookVerifier } from './webhooks.ts';

/** How long an answer is waited for where answers are lost on purpose. */
const lostAfterMs = 400;

const faultOf: Readonly<Record<Loss, Fault>> = {
  before: { kind: 'silence_before' },
  after: { kind: 'silence_after' },
  broken_before: { kind: 'error_during' },
  broken_after: { kind: 'error_after' },
};

function connect({ host, port }: StripeSimulator, extra: Partial<StripeSettings> = {}): ConnectedPayments {
  return connectStripe({
    apiKey: 'sk_test_simulator',
    at: { host, port, protocol: 'http' },
    returnUrl: 'http://127.0.0.1:1/back',
    timeoutMs: 10_000,
    networkRetriesMax: 0,
    failuresMax: 1_000,
    ...extra,
  });
}

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly news: readonly PaymentNews[];
}

/** Where the simulator sends its webhooks to. */
async function receiver(secret: string): Promise<Receiver> {
  const verify = createWebhookVerifier({ secrets: [{ secret, untilMs: null }], wallMs: () => Date.now() });
  const news: PaymentNews[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const verdict = verify(Buffer.concat(chunks), String(request.headers['stripe-signature'] ?? ''));
      if (verdict.kind === 'news') news.push(verdict.news);
      response.writeHead(verdict.kind === 'refused' ? 400 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    news,
    [Symbol.asyncDispose]() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

runPaymentsConformance('over the SDK, against the simulator', async () => {
  const secret = 'whsec_conformance';
  const told = await receiver(secret);
  const simulator = await startStripeSimulator({ port: 0, webhook: { url: told.url, secret } });
  const connected = connect(simulator, { timeoutMs: lostAfterMs });
  return {
    port: connected.payments,
    loseNext: (loss) => simulator.control.misbehave({ fault: faultOf[loss], method: 'POST' }),
    storm: (probability, seed) =>
      simulator.control.unleash({
        seed,
        probability,
        faults: [
          ...Object.values(faultOf),
          { kind: 'error_before' },
          { kind: 'rate_limited' },
          { kind: 'cut_before' },
          { kind: 'cut_after' },
        ],
      }),
    finishAction: (intentId, verdict) => simulator.control.finishAction(intentId, verdict),
    money: () =>
      simulator.control.payments().map(({ metadata, amountCapturable, amountReceived, amountRefunded }) => ({
        orderId: metadata['orderId'] ?? '',
        authorisedMinor: amountCapturable,
        capturedMinor: amountReceived,
        refundedMinor: amountRefunded,
      })),
    news: () => told.news,
    async [Symbol.asyncDispose]() {
      connected.close();
      await simulator.stop();
      await told[Symbol.asyncDispose]();
    },
  };
});

describe('the adapter over the SDK', () => {
  let simulator: StripeSimulator;
  let orders = 0;
  beforeAll(async () => {
    simulator = await startStripeSimulator({ port: 0 });
  });
  beforeEach(() => simulator.control.behave());
  afterAll(() => simulator.stop());

  const newOrder = (extra: object = {}) => {
    orders += 1;
    const step = { store: 'store_1', orderId: `own_${orders}`, attempt: 1, account: null };
    return { ...step, amountMinor: 900, currency: 'USD', feeMinor: 0, ...extra };
  };
  const stepOf = (ask: ReturnType<typeof newOrder>, intentId: string): IntentStep => ({ ...ask, intentId });

  it('says whose payment it is, and takes the fee only from an account', async () => {
    using connected = connect(simulator);
    await settle(() => connected.payments.createIntent(newOrder({ account: 'acct_fee', feeMinor: 90 })));
    await settle(() => connected.payments.createIntent(newOrder({ feeMinor: 90 })));
    const [withAccount, without] = simulator.control.payments().slice(-2);
    expect(withAccount).toMatchObject({ account: 'acct_fee', feeAmount: 90, captureMethod: 'manual' });
    expect(withAccount?.metadata).toEqual({ store: 'store_1', orderId: `own_${orders - 1}`, attempt: '1' });
    expect(without).toMatchObject({ account: '', feeAmount: null });
  });

  it('sends amounts as Stripe counts them, and reads them so, also when it has forgotten the currency', async () => {
    using connected = connect(simulator);
    const ask = newOrder({ currency: 'ISK', amountMinor: 700 });
    const created = await settle(() => connected.payments.createIntent(ask));
    if (created.kind !== 'created') throw new Error(`expected an intent, got ${created.kind}`);
    expect(simulator.control.payments().at(-1)).toMatchObject({ amount: 70_000, currency: 'isk' });
    using other = connect(simulator);
    const step = stepOf(ask, created.intentId);
    const confirmed = await settle(() => other.payments.confirm({ ...step, paymentMethod: 'pm_card_visa', returnUrl: null }));
    expect(confirmed).toMatchObject({ kind: 'authorised', amountMinor: 700 });
    expect(await settle(() => other.payments.capture({ ...step, amountMinor: 700 }))).toMatchObject({ kind: 'captured', amountMinor: 700 });
  });

  it('refuses what cannot be paid exactly, without asking', async () => {
    using connected = connect(simulator);
    const before = simulator.control.counts().calls;
    const answer = await connected.payments.createIntent(newOrder({ currency: 'KWD', amountMinor: 1_001 }));
    expect(answer).toMatchObject({ kind: 'refused', code: 'amount_not_payable' });
    expect(simulator.control.counts().calls).toBe(before);
  });

  it.each([
    ['pm_card_visa', 'authorised'],
    ['pm_card_visa_chargeDeclined', 'declined'],
    ['pm_card_threeDSecure2Required', 'requires_action'],
  ])('hears what came of a confirmation that it sent before from another address (%s)', async (paymentMethod, kind) => {
    using before = connect(simulator, { returnUrl: 'http://127.0.0.1:1/before' });
    const ask = newOrder();
    const created = await settle(() => before.payments.createIntent(ask));
    if (created.kind !== 'created') throw new Error(`expected an intent, got ${created.kind}`);
    const step = { ...stepOf(ask, created.intentId), paymentMethod, returnUrl: null };
    const confirmed = await settle(() => before.payments.confirm(step));
    expect(confirmed).toMatchObject({ kind });
    using after = connect(simulator, { returnUrl: 'http://127.0.0.1:1/after' });
    expect(await settle(() => after.payments.confirm(step))).toEqual(confirmed);
  });

  it('goes on behind keys whose kept answer is a 500, however many there are', async () => {
    using connected = connect(simulator);
    simulator.control.misbehave({ fault: { kind: 'error_during' }, times: 7 });
    const ask = newOrder();
    const answer = await settle(() => connected.payments.createIntent(ask));
    expect(answer.kind).toBe('created');
    expect(await settle(() => connected.payments.createIntent(ask))).toEqual(answer);
    using later = connect(simulator); // after a restart, that remembers nothing
    expect(await settle(() => later.payments.createIntent(ask))).toEqual(answer);
  });

  it('asks again later when the key is refused for being under way elsewhere, or calls come too fast', async () => {
    using connected = connect(simulator);
    const ask = newOrder();
    simulator.control.misbehave({ fault: { kind: 'delay', ms: 1_000 } });
    const slow = connected.payments.createIntent(ask);
    await eventually('the first call is under way', () =>
      simulator.control.payments().some(({ metadata }) => metadata['orderId'] === ask.orderId),
    );
    expect(await connected.payments.createIntent(ask)).toEqual({ kind: 'unavailable', retryAfterMs: 1_000 });
    expect(await slow).toMatchObject({ kind: 'created' });
    simulator.control.misbehave({ fault: { kind: 'rate_limited' } });
    expect(await connected.payments.createIntent(newOrder())).toEqual({ kind: 'unavailable', retryAfterMs: 1_000 });
  });

  const stepWith = async (connected: ConnectedPayments): Promise<IntentStep> => {
    const ask = newOrder();
    const created = await settle(() => connected.payments.createIntent(ask));
    if (created.kind !== 'created') throw new Error(`expected an intent, got ${created.kind}`);
    return stepOf(ask, created.intentId);
  };

  it.each([
    ['pm_card_sim_slow', 'authorised'],
    ['pm_card_sim_silent', 'authorised'],
    ['pm_card_sim_error_once', 'authorised'],
    ['pm_card_sim_error_after', 'authorised'],
    ['pm_card_sim_processing', 'processing'],
  ])('comes to a verdict with a card that misbehaves: %s', async (paymentMethod, kind) => {
    using connected = connect(simulator, { timeoutMs: lostAfterMs });
    const step = await stepWith(connected);
    expect(await settle(() => connected.payments.confirm({ ...step, paymentMethod, returnUrl: null }))).toMatchObject({ kind });
    const verdict = async () => (await settle(() => connected.payments.retrieve(step))).kind;
    await eventually('the payment is authorised', async () => (await verdict()) === 'authorised');
    expect(simulator.control.payments().find(({ id }) => id === step.intentId)).toMatchObject({ amountCapturable: 900 });
  });

  it('never makes up a verdict: what fails for ever stays unknown, and can still be voided', async () => {
    using connected = connect(simulator);
    const step = await stepWith(connected);
    const confirm = { ...step, paymentMethod: 'pm_card_sim_error_always', returnUrl: null };
    for (let asked = 0; asked < 3; asked += 1) expect(await connected.payments.confirm(confirm)).toEqual({ kind: 'unknown' });
    expect(await settle(() => connected.payments.void(step))).toMatchObject({ kind: 'voided' });
  });

  it('takes a decline for an answer, not for an outage', async () => {
    using connected = connect(simulator, { failuresMax: 2 });
    for (let declines = 0; declines < 4; declines += 1) {
      const ask = newOrder();
      const created = await settle(() => connected.payments.createIntent(ask));
      if (created.kind !== 'created') throw new Error(`expected an intent, got ${created.kind}`);
      const step = stepOf(ask, created.intentId);
      const confirmed = await settle(() =>
        connected.payments.confirm({ ...step, paymentMethod: 'pm_card_visa_chargeDeclined', returnUrl: null }),
      );
      expect(confirmed.kind).toBe('declined');
    }
    expect(connected.guard.state()).toBe('closed');
  });

  it('stops asking when the other side keeps failing, then tries one call, then goes on', async () => {
    using connected = connect(simulator, { failuresMax: 3, openMs: 1_500 });
    simulator.control.misbehave({ fault: { kind: 'error_before' }, times: 1_000 });
    for (let failures = 0; failures < 3; failures += 1) await connected.payments.createIntent(newOrder());
    expect(connected.guard.state()).toBe('open');
    const before = simulator.control.counts().calls;
    expect(await connected.payments.createIntent(newOrder())).toEqual({ kind: 'unavailable', retryAfterMs: 1_500 });
    expect(simulator.control.counts().calls).toBe(before);
    simulator.control.behave();
    const later = newOrder();
    await eventually('the breaker lets calls through again', async () => (await connected.payments.createIntent(later)).kind === 'created');
    expect(connected.guard.state()).toBe('closed');
  });

  it('stays shut when the probe fails', async () => {
    using connected = connect(simulator, { failuresMax: 2, openMs: 1_000 });
    simulator.control.misbehave({ fault: { kind: 'error_before' }, times: 1_000 });
    const ask = newOrder();
    const asked = async () => (await connected.payments.createIntent(ask)).kind;
    expect([await asked(), await asked(), await asked()]).toEqual(['unknown', 'unknown', 'unavailable']);
    const before = simulator.control.counts().calls;
    await eventually('a probe went through', async () => (await asked()) === 'unknown');
    expect(simulator.control.counts().calls).toBe(before + 1);
    expect(await asked()).toBe('unavailable');
  });

  it('has so many calls under way and no more, and turns away what cannot even wait', async () => {
    using connected = connect(simulator, { callsMax: 2, waitingMax: 1 });
    simulator.control.misbehave({ fault: { kind: 'delay', ms: 200 }, times: 2 });
    const kinds = await Promise.all(Array.from({ length: 5 }, async () => (await connected.payments.createIntent(newOrder())).kind));
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'unavailable')).toHaveLength(2);
  });

  it('waits with a wrong key instead of failing every order', async () => {
    using connected = connect(simulator, { apiKey: 'sk_test_invalid' });
    expect(await connected.payments.createIntent(newOrder())).toEqual({ kind: 'unavailable', retryAfterMs: 30_000 });
  });

  it('does not know what happened when nobody is there', async () => {
    using connected = connectStripe({
      apiKey: 'sk_test_simulator',
      at: { host: '127.0.0.1', port: 9, protocol: 'http' },
      returnUrl: 'http://127.0.0.1:1/back',
      networkRetriesMax: 0,
    });
    expect(await connected.payments.createIntent(newOrder())).toEqual({ kind: 'unknown' });
  });
});
