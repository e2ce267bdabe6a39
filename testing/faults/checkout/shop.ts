/**
 * The demo store of a running server as its buyers, its merchant and the payment provider see it: whole checkouts over
 * HTTP, and at the end the question whether units, orders and money tell the same story. For tests of faults.
 *
 * W1. Whoever gets no answer knows nothing and asks again with the same key (`settled`).
 * W2. Money is read at the simulated Stripe itself, never at the order.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerUnderTest } from '../../../load-tests/server.ts';
import { until } from '../../until.ts';

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export interface Wish {
  readonly lines: readonly Line[];
  readonly paymentMethod?: string;
  readonly codes?: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Request {
  readonly key?: string;
  readonly buyer?: Buyer | null;
  readonly body?: unknown;
  /** Another than the store's own. */
  readonly secretKey?: string;
}

/** What the payment provider knows of one payment. */
export interface SimulatedPayment {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly amountReceived: number;
  readonly amountRefunded: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OrderSeen {
  readonly orderId: string;
  readonly number: number | null;
  readonly status: string;
  readonly paymentStatus: string;
}

const address = { name: 'Ada', line1: '1 Quay Street', city: 'London', postalCode: 'E1 6AN', country: 'GB' };
const askAgainMs = 100;
/** I8 says 5 s; on a machine that may be busy with other tests. */
export const settlesWithinMs = 30_000;

export class Buyer {
  readonly id: string;
  readonly token: string;

  constructor(id: string, token: string) {
    this.id = id;
    this.token = token;
  }
}

export class Shop {
  readonly server: ServerUnderTest;
  readonly secretKey: string;
  readonly publishableKey: string;
  #simulator: { readonly pid: number | null; readonly url: string } = { pid: null, url: '' };

  private constructor(server: ServerUnderTest, keys: { readonly secretKey: string; readonly publishableKey: string }) {
    this.server = server;
    this.secretKey = keys.secretKey;
    this.publishableKey = keys.publishableKey;
  }

  static async of(server: ServerUnderTest): Promise<Shop> {
    const demo = (await server.keys()).find(({ demo }) => demo);
    if (demo === undefined) throw new Error('the server has no demo store');
    return new Shop(server, demo);
  }

  /** The merchant, or with a buyer the storefront. Throws when the connection ends before an answer. */
  async call(method: string, path: string, { key = randomUUID(), buyer = null, body, secretKey }: Request = {}): Promise<Heard> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${buyer === null ? (secretKey ?? this.secretKey) : this.publishableKey}`,
        ...(buyer === null ? {} : { 'onhand-buyer': buyer.token }),
        ...(method === 'GET' ? {} : { 'idempotency-key': key, 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  }

  async buyer(): Promise<Buyer> {
    const { status, body } = await this.call('POST', '/v1/buyers');
    if (status !== 201) throw new Error(`no buyer: ${status} ${JSON.stringify(body)}`);
    return new Buyer(String(body['buyerId']), String(body['token']));
  }

  buyers(count: number): Promise<Buyer[]> {
    return Promise.all(Array.from({ length: count }, () => this.buyer()));
  }

  /** So many units of the SKU, all in the main warehouse. */
  async stock(sku: string, onHand: number): Promise<void> {
    const items = [
      { sku, onHand, location: 'main' },
      { sku, onHand: 0, location: 'attic' },
    ];
    const { status, body } = await this.call('POST', '/v1/admin/stock/bulk', { body: { items } });
    if (status !== 200 || JSON.stringify(body).includes('refused')) throw new Error(`${sku}: ${status} ${JSON.stringify(body)}`);
  }

  /** Units that can be promised now. */
  async available(sku: string): Promise<number> {
    const { status, body } = await this.call('GET', `/v1/stock?sku=${encodeURIComponent(sku)}`);
    const items = body['items'] as readonly { readonly available: number }[] | undefined;
    if (status !== 200 || items?.[0] === undefined) throw new Error(`${sku} could not be read: ${status} ${JSON.stringify(body)}`);
    return items[0].available;
  }

  checkout(buyer: Buyer | null, { lines, codes, paymentMethod = 'pm_card_visa', more = {} }: Wish, key?: string): Promise<Heard> {
    const body = {
      lines,
      paymentMethod,
      email: 'ada@example.com',
      shippingAddress: address,
      ...(codes === undefined ? {} : { codes }),
      ...more,
    };
    return this.call('POST', '/v1/checkouts', { buyer, body, ...(key === undefined ? {} : { key }) });
  }

  /** W1: until there is a definite answer; 202 of an order that is not decided is none. */
  settled(ask: () => Promise<Heard>, withinMs = settlesWithinMs): Promise<Heard> {
    return until(
      'a definite answer',
      async () => {
        const heard = await ask().catch(() => null);
        if (heard === null || !isDefinite(heard)) await sleep(askAgainMs);
        return heard!;
      },
      (heard) => heard !== null && isDefinite(heard),
      withinMs,
    );
  }

  async order(orderId: string): Promise<Heard['body'] & OrderSeen> {
    const { status, body } = await this.call('GET', `/v1/orders/${orderId}`);
    if (status !== 200) throw new Error(`${orderId}: ${status} ${JSON.stringify(body)}`);
    return body as Heard['body'] & OrderSeen;
  }

  /** What happened to it, for messages. */
  async story(orderId: string): Promise<string> {
    const { body } = await this.call('GET', `/v1/admin/orders/${orderId}/timeline`);
    const items = body['items'] as readonly { readonly at: string; readonly type: string; readonly cause: string }[];
    return items.map(({ at, type, cause }) => `${at} ${type} (${cause})`).join('\n');
  }

  orderWhen(orderId: string, expected: string, holds: (order: OrderSeen) => boolean, withinMs = settlesWithinMs) {
    return until(`${orderId} ${expected}`, () => this.order(orderId), holds, withinMs);
  }

  // --- the payment provider -----------------------------------------------------------------------------------

  /** Another one after every start; the output of a long life forgets it. */
  get simulatorUrl(): string {
    const { pid } = this.server;
    if (this.#simulator.pid === pid) return this.#simulator.url;
    const urls = [...this.server.output.matchAll(/simulator of Stripe on this machine \((http:[^)]+)\)/g)];
    const url = urls.at(-1)?.[1];
    if (url === undefined) throw new Error('the server has not said where its simulated Stripe is');
    this.#simulator = { pid, url };
    return url;
  }

  async simulator(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.simulatorUrl}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** W2 */
  async payments(): Promise<readonly SimulatedPayment[]> {
    return (await this.simulator('GET', 'payments')) as readonly SimulatedPayment[];
  }

  async paymentsOf(orderId: string): Promise<readonly SimulatedPayment[]> {
    return (await this.payments()).filter(({ metadata }) => metadata['orderId'] === orderId);
  }

  /** The payment of an order that waits for its buyer (3-D Secure). */
  async waitingPayment(orderId: string): Promise<string> {
    const waiting = (await this.paymentsOf(orderId)).find(({ status }) => status === 'requires_action');
    if (waiting === undefined) throw new Error(`no payment of ${orderId} waits for its buyer`);
    return waiting.id;
  }

  /** The buyer's answer to 3-D Secure. False: it came too late. */
  async answers(paymentId: string, verdict: 'authorise' | 'fail'): Promise<boolean> {
    const response = await fetch(`${this.simulatorUrl}/_sim/payments/${paymentId}/${verdict}`, { method: 'POST' });
    await response.text();
    return response.ok;
  }

  misbehave(fault: Readonly<Record<string, unknown>>, path: string, times = 1): Promise<unknown> {
    return this.simulator('POST', 'faults', { fault, path, times });
  }

  webhooks(wish: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.simulator('POST', 'webhooks', wish);
  }

  /** A webhook as the payment provider sends it, or as somebody who would like to be it. */
  async webhook(body: string, signature: string): Promise<Heard> {
    const response = await fetch(`${this.server.url}/v1/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body,
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }
}

export function signed(body: string, secret: string, atMs = Date.now()): string {
  const seconds = Math.floor(atMs / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Somebody decided: an order, something the buyer has to do, or a refusal that is not "in a moment". */
export function isDefinite({ status, body }: Heard): boolean {
  if (status === 503 || status === 504 || body['code'] === 'in_progress') return false;
  return status !== 202 || body['status'] === 'requires_action';
}

export function codeOf({ status, body }: Heard): string {
  return status < 300 ? String(body['status']) : String(body['code']);
}
