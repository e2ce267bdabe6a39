/**
 * A pulse: a small customer who takes and buys one unit of a product of its own at short intervals, whatever
 * the crowd does. It tells to some tens of milliseconds since when the system serves again, also when the
 * sale is sold out and nobody of the crowd is given anything any more.
 *
 * P1. A beat does not wait for the one before: one that hangs in a fault hides nothing of what comes after.
 * P2. Bounded: at most `beatsAtOnceMax` are under way; a beat that finds no room is left out.
 * P3. Several products, so that several shards are asked.
 */
import {
  type Sender,
  adminRequest,
  commitRequest,
  holdRequest,
  readDoneAnswer,
  readEndAnswer,
  readHoldAnswer,
  sendUntilDecided,
} from '../api.ts';
import { HttpClient, parseTarget } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import type { Acknowledgements } from './acknowledgements.ts';

export interface PulseOptions {
  readonly url: string;
  readonly secretKey: string;
  /** Part of every key and SKU, so that two runs never share one. */
  readonly run: string;
  readonly acknowledgements: Acknowledgements;
}

const productCount = 4;
const beatMs = 60;
const beatsAtOnceMax = 400;
const connectionsMax = 64;
/** Of more beats than any run has. */
const stockOfProduct = 1_000_000;
const ttlSeconds = 5;
const timeoutMs = 15_000;
const receiveWithinMs = 30_000;

export class Pulse implements Disposable {
  readonly #options: PulseOptions;
  readonly #client: HttpClient;
  readonly #merchant: Sender;
  readonly skus: readonly string[];
  #ticker: NodeJS.Timeout | null = null;
  #beats = 0;
  #underWay = 0;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#merchant = { kind: 'merchant', secretKey: options.secretKey };
    this.skus = Array.from({ length: productCount }, (_, index) => `${options.run}-pulse-${index + 1}`); // P3
    this.#client = new HttpClient({ address: parseTarget(options.url), connectionsMax, waitingMax: 2 * beatsAtOnceMax, timeoutMs });
  }

  /** Puts its products on the shelf and begins to beat. */
  async start(): Promise<void> {
    for (const sku of this.skus) {
      const request = adminRequest(this.#options.secretKey, 'stock/receive', `${sku}-receive`, { sku, quantity: stockOfProduct });
      const answer = await sendUntilDecided(this.#client, request, readDoneAnswer, nowMs() + receiveWithinMs);
      if (answer.kind !== 'done') throw new Error(`the stock of ${sku} could not be received: ${answer.kind}`);
    }
    this.#ticker = setInterval(() => {
      if (this.#underWay < beatsAtOnceMax) void this.#beat(); // P1, P2
    }, beatMs);
  }

  [Symbol.dispose](): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#ticker = null;
    this.#client.close();
  }

  async #beat(): Promise<void> {
    this.#underWay += 1;
    this.#beats += 1;
    const sku = this.skus[this.#beats % this.skus.length] ?? '';
    const key = `${sku}-${this.#beats}`;
    const held = readHoldAnswer(await this.#client.request(holdRequest(this.#merchant, key, [{ sku, quantity: 1 }], ttlSeconds)));
    if (held.kind === 'held') {
      this.#options.acknowledgements.record(sku, held);
      if (this.#ticker === null) return; // stopped meanwhile: nothing is opened any more, the hold ends by itself
      const committed = readEndAnswer(await this.#client.request(commitRequest(this.#merchant, `${key}-commit`, held.holdId)));
      if (committed.kind === 'done') this.#options.acknowledgements.record(sku, committed);
    }
    this.#underWay -= 1;
  }
}
