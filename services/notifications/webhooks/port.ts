/**
 * Webhooks: a store's events, told to addresses of its own, as Standard Webhooks (standardwebhooks.com, 1.0).
 *
 * W1. Events reach an address in the order of their numbers: the next one is sent only when the one before was taken,
 *     skipped (the address does not want its type) or given up.
 * W2. An event has one `webhook-id` for ever. It is sent at least once; whoever remembers ids hears it exactly once.
 * W3. What fails is tried again with growing pauses for `giveUpAfterMs`, then given up and written down. An address
 *     that answers 410 is switched off.
 * W4. Secrets rotate: with several, every message carries a signature of each.
 * W5. An address may not be inside the house (loopback, private, link-local) unless the server is itself on loopback:
 *     decided on the address that is really connected to, so that a name cannot change its mind.
 */
import type { Instant } from '../../../actors/kernel/index.ts';

export interface Endpoint {
  readonly storeId: string;
  readonly endpointId: string;
  readonly url: string;
  /** `whsec_…`, the newest first. */
  readonly secrets: readonly string[];
  /** Null: all. */
  readonly types: readonly string[] | null;
  readonly active: boolean;
  readonly disabledWhy: string | null;
  readonly createdAt: Instant;
  readonly handled: number;
  readonly attempts: number;
  readonly retryAt: Instant | null;
  readonly firstFailedAt: Instant | null;
}

export type DeliveryOutcome = 'delivered' | 'failed' | 'given_up';

export interface Delivery {
  readonly number: number;
  readonly attempt: number;
  readonly eventId: string;
  readonly at: Instant;
  readonly outcome: DeliveryOutcome;
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly tookMs: number;
  readonly onRequest: boolean;
}

/** The merchant's side: one store at a time. Throws `WebhooksUnavailable`, as do all. */
export interface Endpoints {
  list(storeId: string): Promise<readonly Endpoint[]>;
  get(storeId: string, endpointId: string): Promise<Endpoint | null>;
  /** Begins with the event after `handled`. `full`: the store has as many as it may. */
  add(endpoint: Endpoint): Promise<'added' | 'exists' | 'full'>;
  change(storeId: string, endpointId: string, change: EndpointChange): Promise<boolean>;
  remove(storeId: string, endpointId: string): Promise<boolean>;
  /** Newest first, before `before` (number, attempt). */
  deliveries(storeId: string, endpointId: string, before: DeliveryCursor | null, count: number): Promise<readonly Delivery[]>;
}

export interface DeliveryCursor {
  readonly number: number;
  readonly attempt: number;
}

export interface EndpointChange {
  readonly url?: string;
  readonly types?: readonly string[] | null;
  readonly active?: boolean;
  readonly secrets?: readonly string[];
}

/** The deliverer's side: all stores. */
export interface Deliveries {
  /** Addresses with something to send now, each claimed for `claimMs`; who was told longest ago comes first, so that no
   *  store with much to tell, or with slow addresses, keeps the others waiting. */
  claim(now: Instant, claimMs: number, count: number): Promise<readonly Endpoint[]>;
  /** Writes the attempt down and moves the address on, in one transaction; also gives the claim back. */
  record(endpoint: Endpoint, delivery: Attempted, next: Progress): Promise<void>;
  /** Nothing of what came was wanted: moves on without a word. */
  skip(endpoint: Endpoint, handled: number): Promise<void>;
  /** A delivery on request: written down, nothing moved. Resolves to its attempt. */
  note(endpoint: Endpoint, delivery: Attempted): Promise<number>;
}

/** Counted where it is written down: attempts on request count, too. */
export type Attempted = Omit<Delivery, 'attempt'>;

export interface Progress {
  readonly handled: number;
  readonly attempts: number;
  readonly firstFailedAt: Instant | null;
  readonly retryAt: Instant | null;
  readonly disabledWhy: string | null;
}

/** An operating fault: worth trying again. */
export class WebhooksUnavailable extends Error {
  override readonly name = 'WebhooksUnavailable';
}

export const webhookLimits = {
  endpointsPerStoreMax: 20,
  secretsMax: 3,
  inFlightMax: 32,
  timeoutMs: 10_000,
  /** Longer than one attempt may take. */
  claimMs: 30_000,
  answerBytesMax: 64 * 1024,
  giveUpAfterMs: 3 * 24 * 3_600_000,
  batchMax: 50,
} as const;

/** Pause after the n-th failed attempt of one event, n from 1; the last one repeats until `giveUpAfterMs`. */
const pausesMs = [5_000, 30_000, 2 * 60_000, 10 * 60_000, 30 * 60_000, 3_600_000, 3 * 3_600_000, 6 * 3_600_000] as const;

export function pauseAfterMs(attempts: number): number {
  return pausesMs[Math.min(attempts, pausesMs.length) - 1]!;
}
