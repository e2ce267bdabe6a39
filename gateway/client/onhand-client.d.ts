/**
 * The browser client's types: what pages and tests rely on. The JavaScript beside this file is annotated
 * with these very types and checked against them (`tsconfig.browser.json`).
 */

// --- the outside, as narrow ports ------------------------------------------------------------------

/** The part of `WebSocket` that is used. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface RequestLike {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** Everything the client needs from its surroundings; tests bring their own. */
export interface Environment {
  wallMs(): number;
  after(ms: number, call: () => void): () => void;
  /** 0 ≤ random < 1. */
  random(): number;
  /** A new Idempotency-Key. */
  newKey(): string;
  openSocket(url: string): SocketLike;
  /** Rejects on network failure and timeout. */
  request(url: string, request: RequestLike): Promise<ResponseLike>;
  storage: KeyValueStore;
  isOnline(): boolean;
  onOnlineChange(call: () => void): () => void;
}

export interface KeyValueStore {
  get(name: string): string | null;
  set(name: string, value: string): void;
  remove(name: string): void;
  names(prefix: string): string[];
  /** Another tab changed something. */
  onForeignChange(call: (name: string) => void): () => void;
}

// --- the live socket -------------------------------------------------------------------------------

/** `connecting`: not yet shown anything. `live`: everything watched is as new as the server's.
 *  `stale`: shows the last known values while it reconnects. `offline`: cannot reach the server. */
export type LiveState = 'connecting' | 'live' | 'stale' | 'offline';

export interface StockItem {
  readonly sku: string;
  readonly available: number;
  readonly version: number;
  readonly asOf: string;
}

/** After every (re)connect: proof that nothing was missed, because the server has answered for each
 *  watched SKU "newer than the version you have: here", or "nothing newer". */
export interface CompleteReport {
  readonly type: 'complete';
  /** `false` only if the server refused part of what is watched. */
  readonly complete: boolean;
  /** `true`: continued from known versions; `false`: first connect, or a new incarnation. */
  readonly resumed: boolean;
  readonly watched: number;
  /** SKUs whose value had changed meanwhile. */
  readonly newer: number;
  readonly unchanged: number;
  readonly refused: number;
  /** How long nothing was heard before. */
  readonly gapMs: number;
}

export type LiveEvent =
  | { readonly type: 'state'; readonly state: LiveState; readonly retryAt: number | null }
  | { readonly type: 'items'; readonly items: readonly StockItem[] }
  | { readonly type: 'incarnation'; readonly incarnation: string }
  /** A watched order is at this version now; what it is, HTTP tells. */
  | { readonly type: 'order'; readonly orderId: string; readonly version: number }
  /** The store has never received these; they stay watched. */
  | { readonly type: 'unknown'; readonly skus: readonly string[] }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | CompleteReport;

export interface LiveCounters {
  readonly received: number;
  readonly droppedLowerVersion: number;
  readonly reconnects: number;
}

export interface LiveOptions {
  readonly url: string;
  readonly key: string;
  readonly buyer?: () => string | null;
  readonly environment: Environment;
}

export interface LiveConnection {
  readonly state: LiveState;
  readonly counters: LiveCounters;
  readonly incarnation: string | null;
  /** When the next attempt to connect starts (wall ms), or null. */
  readonly retryAt: number | null;
  item(sku: string): StockItem | null;
  /** Returns the end of watching. Several watchers of one SKU share it. */
  watch(skus: readonly string[]): () => void;
  /** An order of this buyer, or any of the store with its secret key. */
  watchOrder(orderId: string): () => void;
  on(listener: (event: LiveEvent) => void): () => void;
  start(): void;
  /** Try at once instead of waiting out the backoff. */
  retryNow(): void;
  close(): void;
}

export declare const connectLive: (options: LiveOptions) => LiveConnection;

// --- the server's clock ----------------------------------------------------------------------------

export interface ServerClock {
  /** `sentMs`, `receivedMs`: wall ms around the exchange that brought `serverTime`. */
  sample(serverTime: string, sentMs: number, receivedMs: number): void;
  nowMs(): number;
  offsetMs(): number;
}

export declare const serverClock: (environment: Environment) => ServerClock;

// --- HTTP ------------------------------------------------------------------------------------------

export interface Problem {
  readonly code: string;
  readonly title?: string;
  readonly detail?: string;
  readonly [field: string]: unknown;
}

export type Answer<Body> =
  | { readonly ok: true; readonly status: number; readonly body: Body }
  /** The server has decided: no. Nothing is left open. */
  | { readonly ok: false; readonly kind: 'refused'; readonly status: number; readonly problem: Problem }
  /** Not known whether it happened: the same key is kept and will be used again. */
  | { readonly ok: false; readonly kind: 'unresolved'; readonly key: string | null };

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Calls with an intent carry an Idempotency-Key, which outlives a reload while the outcome is unknown.
   *  Two calls with the same intent and body are the same attempt until it is resolved. */
  readonly intent?: string;
  readonly headers?: Record<string, string>;
}

export interface ApiOptions {
  /** '' = same origin. */
  readonly baseUrl: string;
  /** `pk_…` or `sk_…`. */
  readonly key: string;
  /** Hold routes of a storefront need a buyer; the merchant's page has none. */
  readonly withBuyer: boolean;
  readonly environment: Environment;
  readonly clock: ServerClock;
  /** Give up waiting for a verdict (the attempt stays stored), ms. */
  readonly giveUpAfterMs?: number;
}

export interface Api {
  buyerToken(): string | null;
  ensureBuyer(): Promise<Answer<string>>;
  call<Body>(call: Call): Promise<Answer<Body>>;
  /** Attempts of an earlier page load whose outcome is not known: sends them again under their own keys. */
  resumeUnresolved(): Promise<readonly ResumedAttempt[]>;
}

export interface ResumedAttempt {
  readonly intent: string;
  readonly answer: Answer<unknown>;
}

export declare const connectApi: (options: ApiOptions) => Api;

export interface StoredAttempt {
  readonly key: string;
  readonly intent: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body: string | null;
  readonly startedMs: number;
}

export interface AttemptStore {
  /** The stored attempt with this intent, path and body, or a new one, stored before it is sent. */
  open(attempt: Omit<StoredAttempt, 'key' | 'startedMs'>): StoredAttempt;
  settle(attempt: StoredAttempt): void;
  /** Safe to send again now; those too old for the server's memory are forgotten. */
  unresolved(): readonly StoredAttempt[];
}

export declare const attemptStore: (environment: Environment, scope: string) => AttemptStore;

// --- holds -----------------------------------------------------------------------------------------

export interface HoldLine {
  readonly sku: string;
  readonly quantity: number;
}

export type HoldStatus = 'held' | 'committed' | 'released' | 'expired' | 'fulfilled' | 'replaced' | 'absorbed' | 'uncommitted';

export interface HoldRecord {
  readonly holdId: string;
  readonly lines: readonly HoldLine[];
  readonly status: HoldStatus;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
}

/** This buyer's holds as far as this browser knows, newest first; shared by all tabs, kept over reloads. */
export interface HoldBook {
  list(): readonly HoldRecord[];
  on(listener: () => void): () => void;
  /** Asks the server about every hold kept: what a page does after it loads or reconnects. */
  refresh(): Promise<void>;
  hold(lines: readonly HoldLine[], ttlSeconds?: number): Promise<Answer<HoldRecord>>;
  extend(holdId: string, ttlSeconds?: number): Promise<Answer<HoldRecord>>;
  release(holdId: string): Promise<Answer<unknown>>;
  commit(holdId: string): Promise<Answer<HoldRecord>>;
  /** Holds whose time is up by the server's clock become `expired`; true if any did. */
  expire(): boolean;
  forget(holdId: string): void;
}

export declare const holdBook: (options: {
  readonly api: Api;
  readonly clock: ServerClock;
  readonly environment: Environment;
  readonly scope: string;
}) => HoldBook;

// --- orders ----------------------------------------------------------------------------------------

export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string;
  readonly city: string;
  readonly region?: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface CheckoutBody {
  readonly lines: readonly (HoldLine & { readonly absorbs?: string })[];
  readonly codes?: readonly string[];
  readonly email: string;
  readonly shippingAddress: Address;
  readonly shippingMethod?: string;
  readonly paymentMethod: string;
  /** What the buyer was shown; another total is refused with `price_changed`. */
  readonly expectedTotal?: Money;
  /** Where 3-D Secure sends the buyer back to. */
  readonly returnUrl?: string;
}

export type OrderStatus =
  | 'pending'
  | 'requires_action'
  | 'failed'
  | 'confirmed'
  | 'partially_shipped'
  | 'shipped'
  | 'delivered'
  | 'canceled'
  | 'returned';

export interface OrderLine extends HoldLine {
  readonly shipped: number;
  readonly returned: number;
  /** These are there once the order is priced. */
  readonly title?: string;
  readonly unitPrice?: Money;
  readonly total?: Money;
}

/** Sums that an order, a quote and a `price_changed` have alike. */
export interface Sums {
  readonly subtotal: Money;
  readonly discount: Money;
  readonly shipping: Money;
  readonly tax: Money;
  readonly taxIncluded: boolean;
  readonly total: Money;
  readonly shippingMethod: string;
  readonly deliverFrom: string | null;
  readonly deliverBy: string | null;
  readonly discounts: readonly { readonly code: string | null; readonly name: string; readonly amount: Money }[];
  readonly discountsNotApplied: readonly { readonly code: string | null; readonly name: string; readonly why: string }[];
}

export interface Shipment {
  readonly shipmentId: string;
  readonly lines: readonly HoldLine[];
  readonly tracking: { readonly carrier: string; readonly number: string; readonly url: string | null } | null;
  readonly shippedAt: string;
  readonly deliveredAt: string | null;
}

export interface OrderReturn {
  readonly returnId: string;
  readonly status: 'requested' | 'received';
  readonly lines: readonly HoldLine[];
  readonly received: readonly HoldLine[];
  readonly reason: string;
  readonly refund: Money | null;
}

export interface OrderRefund {
  readonly refundId: string;
  readonly status: 'pending' | 'done' | 'failed';
  readonly amount: Money | null;
}

/** The sums are there once it is priced: `total` is null before. */
export interface Order extends Partial<Omit<Sums, 'total'>> {
  readonly orderId: string;
  /** Null before it is confirmed. */
  readonly number: number | null;
  readonly status: OrderStatus;
  readonly paymentStatus: string;
  readonly version: number;
  readonly email: string;
  readonly shippingAddress: Address;
  readonly lines: readonly OrderLine[];
  /** Prices that differ from what the buyer was shown; absent: none does. */
  readonly changed?: readonly { readonly sku: string; readonly shownUnitPriceMinor: number; readonly unitPriceMinor: number }[];
  readonly total: Money | null;
  readonly captured: Money | null;
  readonly refunded: Money | null;
  readonly shipments: readonly Shipment[];
  readonly returns: readonly OrderReturn[];
  readonly refunds: readonly OrderRefund[];
  readonly nextAction?: { readonly type: 'redirect'; readonly url: string };
  readonly failure?: { readonly code: string };
  readonly placedAt: string;
  /** Until when it can be paid; null when that is over. */
  readonly payBy: string | null;
  readonly serverTime: string;
}

export interface OrderRecord {
  readonly orderId: string;
  /** When this browser first heard of it, wall ms. */
  readonly notedMs: number;
}

export interface Following {
  askNow(): void;
  /** What an act has answered. */
  take(order: Order): void;
  stop(): void;
}

/** This buyer's orders as far as this browser knows, newest first; shared by all tabs, kept over reloads. */
export interface OrderBook {
  list(): readonly OrderRecord[];
  on(listener: () => void): () => void;
  /** The same body until there is a verdict is the same order, whatever is clicked twice or reloaded meanwhile. */
  checkout(body: CheckoutBody): Promise<Answer<Order>>;
  /** Ids of the orders that came of attempts which an earlier page load left open. */
  note(resumed: readonly ResumedAttempt[]): readonly string[];
  read(orderId: string): Promise<Answer<Order>>;
  cancel(orderId: string): Promise<Answer<Order>>;
  pay(orderId: string, paymentMethod: string, returnUrl: string): Promise<Answer<Order>>;
  requestReturn(orderId: string, lines: readonly HoldLine[], reason: string): Promise<Answer<Order>>;
  follow(orderId: string, listener: (answer: Answer<Order>) => void): Following;
}

export declare const orderBook: (options: {
  readonly api: Api;
  /** Says when to ask; without it following asks again and again. */
  readonly live?: LiveConnection;
  readonly environment: Environment;
  readonly scope: string;
}) => OrderBook;

// --- all together ----------------------------------------------------------------------------------

export interface ClientOptions {
  /** Origin of the server, or '' for the page's own. */
  readonly origin: string;
  readonly key: string;
  readonly withBuyer?: boolean;
  /** The server's time when the page was made. */
  readonly serverTime?: string;
  readonly environment?: Environment;
}

export interface OnhandClient {
  readonly live: LiveConnection;
  readonly api: Api;
  readonly clock: ServerClock;
  readonly holds: HoldBook;
  readonly orders: OrderBook;
}

export declare const createClient: (options: ClientOptions) => OnhandClient;
export declare const browserEnvironment: () => Environment;
