/**
 * Our server as a benchmark meets it: a process of its own on a fresh folder, with buyers who have their tokens and
 * products with more units than any load can take. Speaks to it over the public API alone.
 *
 * P1. Everything here happens before or after what is measured.
 * P2. Products are fresh for whoever asks: no two readings share one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminRequest, type Json, readDoneAnswer, readObject, sendUntilDecided } from '../../api.ts';
import { HttpClient, type HttpRequest, parseTarget } from '../../http/client.ts';
import { nowMs } from '../../measure/now.ts';
import { openTarget, type Target } from '../../target.ts';

export interface ShopOptions {
  readonly log: 'postgres' | 'jetstream';
  /** So many that none of them meets the limit for one buyer. */
  readonly buyers?: number;
  /** Modules loaded into the server before the program, by path within the project. */
  readonly preload?: readonly string[];
  /** Of the server, beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** At 50 requests a second each, the server's limit for one buyer, these ask for more than it can answer. */
const buyersDefault = 4_000;
const requestTimeoutMs = 15_000;
/** Nobody measures how long it takes: whoever runs this may have other work on the machine. */
export const readyWithinMs = 180_000;
const prepareWithinMs = 120_000;
const connections = 64;
const skusPerBulk = 1_000;
const unitsPerSku = 100_000_000;

let runs = 0;

export async function openShop({ buyers = buyersDefault, ...options }: ShopOptions): Promise<BenchShop> {
  const target = await openTarget({ ...options, readyWithinMs });
  const folder = await mkdtemp(join(tmpdir(), 'onhand-bench-'));
  const shop = new BenchShop(target, folder);
  try {
    await shop.admit(buyers);
  } catch (error) {
    await shop[Symbol.asyncDispose]();
    throw error;
  }
  return shop;
}

export class BenchShop implements AsyncDisposable {
  readonly target: Target;
  readonly client: HttpClient;
  readonly #folder: string;
  #tokens: readonly string[] = [];

  constructor(target: Target, folder: string) {
    this.target = target;
    this.#folder = folder;
    this.client = new HttpClient({
      address: parseTarget(target.url),
      connectionsMax: connections,
      waitingMax: 1_000_000,
      timeoutMs: requestTimeoutMs,
    });
  }

  get tokens(): readonly string[] {
    return this.#tokens;
  }

  /** One token a line. */
  get tokensFile(): string {
    return join(this.#folder, 'tokens');
  }

  async admit(buyers: number): Promise<void> {
    const headers = { Authorization: `Bearer ${this.target.publishableKey}` };
    this.#tokens = await Promise.all(
      Array.from({ length: buyers }, async () =>
        String((await this.ask({ method: 'POST', path: '/v1/buyers', headers, body: {} }))['token']),
      ),
    );
    await writeFile(this.tokensFile, `${this.#tokens.join('\n')}\n`);
  }

  /** What they cost, so that they can be bought. */
  async price(prefix: string, count: number): Promise<void> {
    const headers = { Authorization: `Bearer ${this.target.secretKey}` };
    const price = { amountMinor: 2_499, currency: await this.#currency(headers) };
    const skus = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    await Promise.all(
      skus.map((sku) => this.ask({ method: 'PUT', path: `/v1/admin/products/${sku}`, headers, body: { title: `Product ${sku}`, price } })),
    );
  }

  async #currency(headers: Readonly<Record<string, string>>): Promise<string> {
    const { items } = await this.ask({ method: 'GET', path: '/v1/products?limit=1', headers });
    const [first] = Array.isArray(items) ? (items as readonly { readonly price?: { readonly currency?: unknown } }[]) : [];
    return typeof first?.price?.currency === 'string' ? first.price.currency : 'GBP';
  }

  /** P2. The prefix of SKUs `<prefix>0` to `<prefix>n-1`, each with units in plenty. */
  async putOnSale(count: number): Promise<string> {
    const prefix = newPrefix();
    const skus = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    await Promise.all(skus.map((sku) => this.#tell('stock/receive', `${sku}-first`, { sku, quantity: 1 })));
    for (let from = 0; from < count; from += skusPerBulk) {
      const items = skus.slice(from, from + skusPerBulk).map((sku) => ({ sku, onHand: unitsPerSku }));
      await this.#tell('stock/bulk', `${prefix}bulk-${from}`, { items });
    }
    return prefix;
  }

  /** Units that are held, or committed, now: over all of them. */
  async units(which: 'held' | 'committed', prefix: string, count: number): Promise<number> {
    const headers = { Authorization: `Bearer ${this.target.secretKey}` };
    const each = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const levels = await this.ask({ method: 'GET', path: `/v1/admin/stock/${prefix}${index}`, headers });
        return unitsIn(which, levels['levels'] ?? null);
      }),
    );
    return each.reduce((sum, units) => sum + units, 0);
  }

  /** Throws when it cannot be done. */
  async ask(request: HttpRequest): Promise<{ readonly [name: string]: Json | undefined }> {
    const answer = await sendUntilDecided(this.client, request, readDoneAnswer, nowMs() + prepareWithinMs);
    if (answer.kind === 'done') return readObject(JSON.stringify(answer.body));
    throw new Error(`${request.method} ${request.path} was answered ${JSON.stringify(answer)}`);
  }

  async #tell(path: string, key: string, body: Json): Promise<void> {
    await this.ask(adminRequest(this.target.secretKey, path, key, body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.target[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** P2. */
export function newPrefix(): string {
  runs += 1;
  return `bench-${Math.floor(nowMs()).toString(36)}-${runs}-`;
}

function unitsIn(which: 'held' | 'committed', levels: Json): number {
  if (!Array.isArray(levels)) throw new Error('the server shows no levels');
  return (levels as readonly Readonly<Record<string, unknown>>[]).reduce((sum, level) => sum + Number(level[which] ?? 0), 0);
}
