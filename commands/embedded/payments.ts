/**
 * Payments of this server: Stripe where a key is set, else the simulator in a process beside it. Either way the same SDK is
 * asked, in a thread of its own, and the same webhooks come in.
 *
 * P1. Orders may owe payments before the gateway has an address for webhooks and returning buyers. Until `attach` the
 *     service answers that it cannot tell, and is asked again.
 * P2. The simulator begins beside the shards: nobody who waits for their stock waits for it too.
 */
import { randomBytes } from 'node:crypto';
import type { SupervisedStripe } from '../../engines/stripe/supervised.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Config } from '../../runtime/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Service } from '../../runtime/router/services.ts';
import { threadOf } from '../../scripts/compile.mjs';
import { createPaymentsHandler } from '../../services/payments/effects.ts';
import type { StripeSettings } from '../../services/payments/stripe-client.ts';
import { PaymentsThread } from '../../services/payments/thread/payments-thread.ts';
import { createWebhookVerifier, type VerifyWebhook, webhookEventTypes } from '../../services/payments/webhooks.ts';
import { openPaymentSimulator } from './payment-simulator.ts';

export interface Payments {
  readonly service: Service;
  readonly verify: VerifyWebhook;
  /** Once it is there (P2). Throws `EngineError`. */
  provider(): Promise<PaymentProvider>;
  close(): Promise<void>;
}

/** Who takes the money. */
export interface PaymentProvider {
  /** For people. */
  readonly adapter: string;
  readonly simulator: SupervisedStripe | null;
  /** The gateway is there, at this address. */
  attach(url: string): void;
}

export const stripeWebhookPath = '/v1/webhooks/stripe';

export function openPayments(config: Pick<Config, 'stripeApiKey' | 'stripeWebhookSecret'>, dataDir: string, logger: Logger): Payments {
  const opening = config.stripeApiKey === null ? openPaymentSimulator(dataDir, logger) : Promise.resolve(null);
  const opened = opening.catch(() => null); // whoever asks for the provider is told why
  const given = secretsOf(config.stripeWebhookSecret);
  // the simulator signs with what it is told; nobody else has to know
  const secrets = config.stripeApiKey === null && given.length === 0 ? [`whsec_${randomBytes(24).toString('hex')}`] : given;
  const verify = createWebhookVerifier({
    secrets: secrets.map((secret) => ({ secret, untilMs: null })),
    wallMs: () => systemClock.wallMs(),
  });
  let asked: Service = () => Promise.resolve(null); // P1
  let thread: PaymentsThread | null = null;
  const attach = (simulator: SupervisedStripe | null, url: string): void => {
    const settings = { ...whereOf(config.stripeApiKey, simulator), returnUrl: `${url}/orders` };
    thread = new PaymentsThread({ program: () => threadOf('services/payments/thread/worker.ts'), settings, logger });
    asked = createPaymentsHandler({ port: thread, logger });
    simulator?.sendWebhooksTo({ url: url + stripeWebhookPath, secret: secrets[0]!, enabledEvents: webhookEventTypes });
  };
  return {
    service: (to, command) => asked(to, command),
    verify,
    async provider() {
      const simulator = await opening;
      const adapter = simulator === null ? 'Stripe' : `a simulator of Stripe on this machine (${simulator.url}); no money moves`;
      return { adapter, simulator, attach: (url) => attach(simulator, url) };
    },
    async close() {
      asked = () => Promise.resolve(null);
      await thread?.close();
      await (await opened)?.stop();
    },
  };
}

function secretsOf(setting: string | null): readonly string[] {
  return setting === null ? [] : setting.split(',');
}

function whereOf(apiKey: string | null, simulator: SupervisedStripe | null): Pick<StripeSettings, 'apiKey' | 'at'> {
  if (simulator === null) return { apiKey: apiKey ?? '', at: null };
  return { apiKey: 'sk_test_simulator', at: { host: simulator.host, port: simulator.port, protocol: 'http' } };
}
