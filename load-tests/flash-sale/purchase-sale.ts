/**
 * What a sale in which buyers pay has beyond one in which they hold: a price, whoever takes the money, what buyers saw of
 * their orders, and a judge who looks at the money, too.
 */
import { sendUntilDecided, readDoneAnswer, readObject } from '../api.ts';
import { auditPurchases, type PurchaseVerdict } from '../auditor/audit-purchases.ts';
import type { BooksSource } from '../auditor/books-wire.ts';
import type { Books, Observation } from '../auditor/observations.ts';
import { readPurchases, simulatorOf } from '../auditor/purchase-books.ts';
import type { PurchaseObservation } from '../auditor/purchase-observations.ts';
import type { HttpClient } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import type { BuyerWorld } from './buyer.ts';
import type { BuyerPlan } from './plan.ts';
import { Purchaser } from './purchaser.ts';
import type { Watcher } from './watcher.ts';

export interface PurchaseSaleOptions {
  readonly source: BooksSource;
  readonly sku: string;
  readonly stock: number;
  readonly run: string;
  /** The server is this run's own: every payment there is belongs to it. */
  readonly ownsServer: boolean;
  readonly progress: (line: string) => void;
}

const unitPriceMinor = 2_499;
const prepareWithinMs = 30_000;
/** For everything that was left under way: captures, voids and refunds that are tried again. */
const settleWithinMs = 90_000;

export class PurchaseSale {
  readonly #options: PurchaseSaleOptions;
  readonly #seen: PurchaseObservation[] = [];
  #simulated = false;

  constructor(options: PurchaseSaleOptions) {
    this.#options = options;
  }

  /** Names the price. */
  async prepare(client: HttpClient): Promise<void> {
    const { source, sku } = this.#options;
    const headers = { Authorization: `Bearer ${source.secretKey}` };
    const untilMs = nowMs() + prepareWithinMs;
    const listed = await client.request({ method: 'GET', path: '/v1/products?limit=1', headers });
    const price = { amountMinor: unitPriceMinor, currency: listed.kind === 'answered' ? currencyIn(listed.body) : 'GBP' };
    const body = { title: `Flash sale ${sku}`, price };
    const put = { method: 'PUT', path: `/v1/admin/products/${encodeURIComponent(sku)}`, headers, body } as const;
    const answer = await sendUntilDecided(client, put, readDoneAnswer, untilMs);
    if (answer.kind !== 'done') throw new Error(`the product could not be given a price: ${JSON.stringify(answer)}`);
    this.#simulated = (await simulatorOf(source)) !== null;
  }

  shop(world: BuyerWorld, plan: BuyerPlan, watcher: Watcher | null): Promise<void> {
    const more = { unitPriceMinor, simulated: this.#simulated, mark: this.#options.run };
    const observePurchase = (observation: PurchaseObservation): void => void this.#seen.push(observation);
    return new Purchaser({ ...world, ...more, observePurchase }, plan, watcher).run();
  }

  /** Until whatever is left has come to rest. */
  async judge(observations: readonly Observation[], readStock: () => Promise<Books>): Promise<PurchaseVerdict> {
    const { source, sku, stock, run, ownsServer, progress } = this.#options;
    const orderIds = new Set(this.#seen.flatMap((one) => (one.kind === 'orderSeen' ? [one.orderId] : [])));
    const purchases = await readPurchases(source, { mark: run, orderIds, settleWithinMs, everyPayment: ownsServer, progress });
    return auditPurchases({ sku, stock, unitPriceMinor }, observations, this.#seen, await readStock(), purchases);
  }
}

/** Of a product that the store sells already; a store without one sells in pounds. */
function currencyIn(body: string): string {
  const items = readObject(body)['items'];
  const [first] = Array.isArray(items) ? (items as readonly { readonly price?: { readonly currency?: unknown } }[]) : [];
  const currency = first?.price?.currency;
  return typeof currency === 'string' ? currency : 'GBP';
}
