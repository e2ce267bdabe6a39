/** The merchant of the first store of a running server, over HTTP: opens SKUs, holds, looks. For tests of faults. */
import { randomUUID } from 'node:crypto';
import type { ServerUnderTest } from '../../load-tests/server.ts';

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  /** On the clock that never jumps. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

export class Merchant {
  readonly url: string;
  readonly secretKey: string;
  readonly publishableKey: string;

  private constructor(url: string, keys: { readonly secretKey: string; readonly publishableKey: string }) {
    this.url = url;
    this.secretKey = keys.secretKey;
    this.publishableKey = keys.publishableKey;
  }

  static async of(server: ServerUnderTest): Promise<Merchant> {
    const [keys] = await server.keys();
    if (keys === undefined) throw new Error('the server has no store');
    return new Merchant(server.url, keys);
  }

  async call(method: string, path: string, body?: unknown): Promise<Heard> {
    const sentAtMs = performance.now();
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.secretKey}`,
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID(), 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const said = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: said, sentAtMs, answeredAtMs: performance.now() };
  }

  async receive(sku: string, quantity: number): Promise<void> {
    const heard = await this.call('POST', '/v1/admin/stock/receive', { sku, quantity });
    if (heard.status !== 200) throw new Error(`${sku} could not be received: ${heard.status} ${JSON.stringify(heard.body)}`);
  }

  hold(sku: string, ttlSeconds = 600): Promise<Heard> {
    return this.call('POST', '/v1/holds', { sku, quantity: 1, ttlSeconds });
  }

  /** Units that can be promised now. */
  async available(sku: string): Promise<number> {
    const { status, body } = await this.call('GET', `/v1/stock?sku=${encodeURIComponent(sku)}`);
    const items = body['items'] as readonly { readonly available: number }[] | undefined;
    if (status !== 200 || items?.[0] === undefined) throw new Error(`${sku} could not be read: ${status} ${JSON.stringify(body)}`);
    return items[0].available;
  }
}
