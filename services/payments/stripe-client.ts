/**
 * The `stripe` SDK as payments use it: one client with its timeouts, its connections and its guard. Whoever composes
 * the program says where Stripe is: the real one, or the simulator by host and port.
 */
import Stripe from 'stripe';
import { createGuard, type Guard } from './guard.ts';
import { StripeHttp } from './stripe-http.ts';
import { isOutage } from './stripe-outcomes.ts';
import { StripePayments } from './stripe.ts';

export interface StripeSettings {
  readonly apiKey: string;
  /** Null: Stripe itself. */
  readonly at: { readonly host: string; readonly port: number; readonly protocol: 'http' | 'https' } | null;
  readonly returnUrl: string;
  readonly timeoutMs?: number;
  readonly networkRetriesMax?: number;
  readonly callsMax?: number;
  readonly waitingMax?: number;
  readonly failuresMax?: number;
  readonly openMs?: number;
}

export interface ConnectedPayments extends Disposable {
  readonly payments: StripePayments;
  readonly guard: Guard;
  /** Ends the connections that are kept open. */
  close(): void;
}

const timeoutMs = 8_000;
/** With the same key each time; the SDK's own backoff between. */
const networkRetriesMax = 1;
const callsMax = 64;
const waitingMax = 2_000;
const failuresMax = 5;
const openMs = 5_000;

export function connectStripe(settings: StripeSettings): ConnectedPayments {
  const httpClient = new StripeHttp(settings.callsMax ?? callsMax);
  const client = new Stripe(settings.apiKey, {
    ...settings.at,
    timeout: settings.timeoutMs ?? timeoutMs,
    maxNetworkRetries: settings.networkRetriesMax ?? networkRetriesMax,
    telemetry: false,
    httpClient,
  });
  const guard = createGuard({
    callsMax: settings.callsMax ?? callsMax,
    waitingMax: settings.waitingMax ?? waitingMax,
    failuresMax: settings.failuresMax ?? failuresMax,
    openMs: settings.openMs ?? openMs,
    isOutage,
  });
  const close = () => httpClient.close();
  return { payments: new StripePayments({ client, guard, returnUrl: settings.returnUrl }), guard, close, [Symbol.dispose]: close };
}
