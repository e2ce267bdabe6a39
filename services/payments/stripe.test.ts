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
    timeoutMs: 750,
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
  const connected = connect(simulator);
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
