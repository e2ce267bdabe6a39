/**
 * The best that a careful engineer would write with Postgres: holds over HTTP, collected and kept in batches, answered when
 * their transaction is committed and synced. It checks who asks for what, and nothing else: no repeats, no timers, no
 * fencing, no push.
 */
import { restockCounted } from '../postgres/schema.ts';
import { Batcher, type BatcherOptions } from './batcher.ts';
import { conflict, created, type Front, type Reply, serve, unprocessable } from './front.ts';

export interface BatchedShop {
  readonly url: string;
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
  const batcher = await Batcher.open(url, options);
  const skusByName = new Map<string, number>();
  let front: Front;
  try {
    front = await serve(holdsPath, (buyer, body, reply) => take(batcher, skusByName, buyer, body, reply));
  } catch (error) {
    await batcher.close();
    throw error;
  }
  return {
    url: front.url,
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

function take(batcher: Batcher, skusByName: ReadonlyMap<string, number>, buyer: string, body: Buffer, reply: Reply): void {
  const asked = readBody(body);
  const sku = asked === null ? undefined : skusByName.get(asked.sku);
  if (asked === null || sku === undefined || !buyerForm.test(buyer)) return reply(unprocessable, invalid);
  const { quantity } = asked;
  batcher.ask({
    sku,
    quantity,
    buyer,
    held: (holdId) => {
      if (holdId === null) reply(conflict, refused);
      else reply(created, heldBody(holdId, asked.sku, quantity));
    },
    failed: () => reply('503 Service Unavailable', unavailable),
  });
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
