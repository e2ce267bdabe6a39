/**
 * The best that a careful engineer would write with Postgres: holds over HTTP, collected and kept in batches, answered when
 * their transaction is committed and synced. It checks who asks for what, and nothing else: no repeats, no timers, no
 * fencing, no push.
 */
import { restockCounted } from '../postgres/schema.ts';
import { Batcher, type BatcherOptions, type Wanted } from './batcher.ts';
import { conflict, created, type Exchange, type Front, serve, unprocessable } from './front.ts';

export interface BatchedShop {
  readonly url: string;
  /** From now on with other options. Not while it is asked. */
  tune(options: BatcherOptions): Promise<void>;
  /** SKUs `<prefix>0` to `<prefix>n-1`, each with so many units. Forgets all holds. */
  restock(prefix: string, skus: number, unitsEach: number): Promise<void>;
  close(): Promise<void>;
}

const holdsPath = '/v1/holds';
const quantityMax = 1_000;
const holdMs = 600_000;
const buyerForm = /^[\w-]{1,64}$/;
const refused = '{"type":"/docs/problems#insufficient_stock","status":409,"code":"insufficient_stock"}';
const invalid = '{"type":"/docs/problems#invalid_request","status":422,"code":"invalid_request"}';
const unavailable = '{"type":"/docs/problems#unavailable","status":503,"code":"unavailable"}';

export async function openBatchedShop(url: string, options: BatcherOptions): Promise<BatchedShop> {
  let batcher = await Batcher.open(url, options);
  const skusByName = new Map<string, number>();
  let front: Front;
  try {
    front = await serve(holdsPath, (exchange, body) => take(batcher, skusByName, exchange, body));
  } catch (error) {
    await batcher.close();
    throw error;
  }
  return {
    url: front.url,
    async tune(other) {
      const before = batcher;
      batcher = await Batcher.open(url, other);
      await before.close();
    },
    async restock(prefix, skus, unitsEach) {
      await restockCounted(url, { skus, unitsEach });
      skusByName.clear();
      for (let index = 0; index < skus; index += 1) skusByName.set(`${prefix}${index}`, index + 1);
    },
    async close() {
      front.close();
      await batcher.close();
    },
  };
}

function take(batcher: Batcher, skusByName: ReadonlyMap<string, number>, exchange: Exchange, body: Buffer): void {
  const asked = readBody(body);
  const sku = asked === null ? undefined : skusByName.get(asked.sku);
  if (asked === null || sku === undefined || !buyerForm.test(exchange.buyer)) return exchange.reply(unprocessable, invalid);
  batcher.ask(new Wish(exchange, sku, asked));
}

/** What one request asks for, and how it is answered. */
class Wish implements Wanted {
  readonly sku: number;
  readonly quantity: number;
  readonly #name: string;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, sku: number, asked: Asked) {
    this.sku = sku;
    this.quantity = asked.quantity;
    this.#name = asked.sku;
    this.#exchange = exchange;
  }

  get buyer(): string {
    return this.#exchange.buyer;
  }

  held(holdId: number | null): void {
    if (holdId === null) this.#exchange.reply(conflict, refused);
    else this.#exchange.reply(created, heldBody(holdId, this.#name, this.quantity));
  }

  failed(): void {
    this.#exchange.reply('503 Service Unavailable', unavailable);
  }
}

interface Asked {
  readonly sku: string;
  readonly quantity: number;
}

function readBody(body: Buffer): Asked | null {
  try {
    const { sku, quantity } = JSON.parse(body.toString('utf8')) as Partial<Asked>;
    if (typeof sku !== 'string' || typeof quantity !== 'number') return null;
    return Number.isInteger(quantity) && quantity > 0 && quantity <= quantityMax ? { sku, quantity } : null;
  } catch {
    return null;
  }
}

/** The instants of answers of one millisecond are written once. */
const instants = { atMs: 0, now: '', expiry: '' };

function heldBody(holdId: number, sku: string, quantity: number): string {
  const atMs = Date.now();
  if (atMs !== instants.atMs) {
    instants.atMs = atMs;
    instants.now = new Date(atMs).toISOString();
    instants.expiry = new Date(atMs + holdMs).toISOString();
  }
  const line = `{"sku":${JSON.stringify(sku)},"quantity":${quantity}}`;
  return `{"holdId":"hold_${holdId}","lines":[${line}],"status":"held","expiresAt":"${instants.expiry}","serverTime":"${instants.now}"}`;
}
