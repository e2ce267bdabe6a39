/**
 * Our requests against `stripe-mock`, which checks them against Stripe's own OpenAPI description: the simulator is ours
 * and would accept our mistakes. It proves shapes, not behaviour: the mock remembers nothing.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../engines/ports.ts';
import { eventually } from '../../testing/until.ts';
import { createGuard } from './guard.ts';
import { StripePayments } from './stripe.ts';

const howToGetIt = 'go install github.com/stripe/stripe-mock@latest';
const program = findStripeMock();
if (program === null) console.warn(`stripe-mock is not here, so request shapes are not checked against it. To get it: ${howToGetIt}`);

function findStripeMock(): string | null {
  try {
    const [bin, path] = execFileSync('go', ['env', 'GOBIN', 'GOPATH'], { encoding: 'utf8' }).split('\n');
    const file = join(bin === undefined || bin === '' ? join(path ?? '', 'bin') : bin, 'stripe-mock');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

describe.skipIf(program === null)(`requests against stripe-mock (${howToGetIt})`, () => {
  let mock: ChildProcess;
  let client: Stripe;
  let payments: StripePayments;
  const statuses: string[] = [];

  beforeAll(async () => {
    const port = await findFreePort();
    mock = spawn(program ?? '', ['-http-addr', `127.0.0.1:${port}`, '-https-addr', '127.0.0.1:0'], { stdio: 'ignore' });
    client = new Stripe('sk_test_mock', { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
    await eventually('stripe-mock answers', () =>
      client.refunds.list().then(
        () => true,
        () => false,
      ),
    );
    client.on('response', ({ method, path, status }: Stripe.ResponseEvent) => statuses.push(`${method} ${path.split('?')[0]} ${status}`));
    const guard = createGuard({ callsMax: 4, waitingMax: 4, failuresMax: 100, openMs: 100, isOutage: () => true });
    payments = new StripePayments({ client, guard, returnUrl: 'https://shop.example/back' });
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => mock.once('exit', resolve));
    mock.kill();
    await ended;
  });

  const step = { store: 'store_1', orderId: 'order_1', attempt: 1, account: 'acct_1032D82eZvKYlo2C', intentId: 'pi_1' };

  it('are all well formed', async () => {
    await payments.createIntent({ ...step, amountMinor: 4_200, currency: 'EUR', feeMinor: 42 });
    await payments.createIntent({ ...step, account: null, amountMinor: 4_200, currency: 'JPY', feeMinor: 0 });
    await payments.confirm({ ...step, paymentMethod: 'pm_card_visa', returnUrl: null });
    await payments.retrieve(step);
    await payments.capture({ ...step, amountMinor: 4_000 });
    await payments.void(step);
    await payments.refund({ ...step, refundId: 'r1', amountMinor: 100 });
    expect(new Set(statuses)).toEqual(
      new Set([
        'POST /v1/payment_intents 200',
        'POST /v1/payment_intents/pi_1/confirm 200',
        'GET /v1/payment_intents/pi_1 200',
        'POST /v1/payment_intents/pi_1/capture 200',
        'POST /v1/payment_intents/pi_1/cancel 200',
        'GET /v1/refunds 200',
        'POST /v1/refunds 200',
      ]),
    );
  });

  it('would not pass if they were not', async () => {
    const wrong: object = { amount: 100, currency: 'usd', colour: 'red' };
    await expect(client.paymentIntents.create(wrong as Stripe.PaymentIntentCreateParams)).rejects.toThrow('additional properties');
  });
});
