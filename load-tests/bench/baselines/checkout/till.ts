/** Who takes the money of a checkout: Stripe's SDK at the simulator, or nobody. */
import { Agent } from 'node:http';
import Stripe from 'stripe';
import { currency } from './schema.ts';

export type Paid = { readonly kind: 'paid'; readonly paymentId: string } | { readonly kind: 'declined' };

export interface Till {
  /** The same key is the same payment, however often it is asked for. Throws when nobody knows what came of it. */
  pay(key: string, amountMinor: number, card: string): Promise<Paid>;
  close(): void;
}

/** Without the SDK: what the rest of a checkout costs. */
export const freeTill: Till = {
  pay: (key) => Promise.resolve({ kind: 'paid', paymentId: `free_${key}` }),
  close() {},
};

const timeoutMs = 8_000;

/** One call per payment: created, confirmed and captured at once, which is as few as Stripe allows. */
export function stripeTill(port: number, socketsMax: number): Till {
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const client = new Stripe('sk_test_baseline', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    timeout: timeoutMs,
    maxNetworkRetries: 1,
    telemetry: false,
    httpAgent: agent,
  });
  return {
    async pay(key, amountMinor, card) {
      try {
        const params = { amount: amountMinor, currency: currency.toLowerCase(), payment_method: card, confirm: true } as const;
        const intent = await client.paymentIntents.create({ ...params, allowed_payment_method_types: ['card'] }, { idempotencyKey: key });
        return intent.status === 'succeeded' ? { kind: 'paid', paymentId: intent.id } : { kind: 'declined' };
      } catch (error) {
        if (error instanceof Stripe.errors.StripeCardError) return { kind: 'declined' };
        throw error;
      }
    },
    close: () => agent.destroy(),
  };
}
