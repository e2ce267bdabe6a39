/**
 * Plays a trading day through the public API: receives the opening stock, sells every invoice as one hold
 * of a fresh buyer, ships it line by line, and takes the returns back.
 *
 * R1. Every request has a key that follows from the run and the line, and is repeated under it until its
 *     outcome is known.
 * R2. Whatever is refused stops the replay with a sentence: the opening stock covers every sale.
 */
import {
  type HoldLine,
  type Json,
  type Undecided,
  adminRequest,
  commitRequest,
  holdRequest,
  readDoneAnswer,
  readEndAnswer,
  readHoldAnswer,
  sendUntilDecided,
} from '../api.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import { type TradingDay, type TradingLine, linesOf } from './trading-day.ts';

export interface PlayerOptions {
  readonly client: HttpClient;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly run: string;
  readonly progress: (line: string) => void;
}

/** Which lines each hold was taken for. */
export type HoldLedger = ReadonlyMap<string, readonly TradingLine[]>;

export const holdLinesMax = 1_000;
const quantityMax = 1_000_000;
const holdTtlSeconds = 600;
const entriesAtOnce = 24;
const requestPatienceMs = 60_000;

export class ReplayStopped extends Error {
  override readonly name = 'ReplayStopped';
}

export class Player {
  readonly #options: PlayerOptions;
  readonly #ledger = new Map<string, readonly TradingLine[]>();

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  async play(day: TradingDay): Promise<HoldLedger> {
    const opening = openingStock(day);
    await this.#forEach('opening stock', [...opening], ([sku, quantity]) => this.#receive(sku, quantity));
    await this.#forEach('invoices and returns', day.entries, (entry) =>
      entry.kind === 'invoice' ? this.#sell(entry.lines) : this.#takeBack(entry.line),
    );
    return this.#ledger;
  }

  /** More than a receipt may carry comes in several. */
  async #receive(sku: string, quantity: number): Promise<void> {
    for (let rest = quantity, part = 1; rest > 0; rest -= quantityMax, part += 1) {
      await this.#admin('stock/receive', `receive:${sku}:${part}`, { sku, quantity: Math.min(rest, quantityMax) });
    }
  }

  /** One hold for the invoice; several only when it has more lines than a hold may have. */
  async #sell(lines: readonly TradingLine[]): Promise<void> {
    const token = await this.#newBuyer();
    for (let from = 0; from < lines.length; from += holdLinesMax) await this.#sellTogether(token, lines.slice(from, from + holdLinesMax));
  }

  async #sellTogether(token: string, lines: readonly TradingLine[]): Promise<void> {
    const name = lines[0]?.key ?? '';
    const wanted: HoldLine[] = lines.map(({ sku, quantity }) => ({ sku, quantity }));
    const buyer = { kind: 'buyer', publishableKey: this.#options.publishableKey, token } as const;
    const held = await this.#decide(holdRequest(buyer, `${this.#options.run}:hold:${name}`, wanted, holdTtlSeconds), readHoldAnswer);
    if (held.kind !== 'held') throw stopped(`hold of invoice ${lines[0]?.invoice ?? ''}`, held);
    this.#ledger.set(held.holdId, lines);
    const merchant = { kind: 'merchant', secretKey: this.#options.secretKey } as const;
    const committed = await this.#decide(commitRequest(merchant, `${this.#options.run}:commit:${name}`, held.holdId), readEndAnswer);
    if (committed.kind !== 'done') throw stopped(`commit of ${held.holdId}`, committed);
    await Promise.all(
      lines.map(({ key, sku, quantity }) => this.#admin('stock/fulfil', `ship:${key}`, { holdId: held.holdId, sku, quantity })),
    );
  }

  #takeBack(line: TradingLine): Promise<void> {
    return this.#admin('stock/return', `return:${line.key}`, { sku: line.sku, quantity: line.quantity });
  }

  async #newBuyer(): Promise<string> {
    const request: HttpRequest = {
      method: 'POST',
      path: '/v1/buyers',
      headers: { Authorization: `Bearer ${this.#options.publishableKey}` },
      body: {},
    };
    const answer = await this.#decide(request, readDoneAnswer);
    const token =
      answer.kind === 'done' && answer.body !== null && typeof answer.body === 'object' && 'token' in answer.body
        ? answer.body['token']
        : null;
    if (typeof token !== 'string') throw stopped('new buyer', answer);
    return token;
  }

  async #admin(path: string, key: string, body: Json): Promise<void> {
    const answer = await this.#decide(adminRequest(this.#options.secretKey, path, `${this.#options.run}:${key}`, body), readDoneAnswer);
    if (answer.kind !== 'done') throw stopped(`${path} ${key}`, answer);
  }

  /** R1. */
  #decide<Answer extends { readonly kind: string; readonly endedAtMs: number }>(
    request: HttpRequest,
    read: (outcome: HttpOutcome) => Answer | Undecided,
  ): Promise<Answer | Undecided> {
    return sendUntilDecided(this.#options.client, request, read, nowMs() + requestPatienceMs);
  }

  /** In the order of the files, a bounded number at once. The first failure stops the rest. */
  async #forEach<Item>(name: string, items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
    let next = 0;
    let failed = false;
    const worker = async (): Promise<void> => {
      while (next < items.length && !failed) {
        const item = items[next] as Item;
        next += 1;
        this.#options.progress(`${name}: ${next} of ${items.length}`);
        try {
          await act(item);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: entriesAtOnce }, worker));
  }
}

/** All units of a SKU's sale lines in all files. */
export function openingStock(day: TradingDay): Map<string, number> {
  const opening = new Map<string, number>();
  for (const { sku, quantity } of linesOf(day, 'invoice')) opening.set(sku, (opening.get(sku) ?? 0) + quantity);
  return opening;
}

function stopped(
  what: string,
  answer: { readonly kind: string; readonly status?: number; readonly code?: string; readonly reason?: string },
): ReplayStopped {
  const why = [answer.kind, answer.status, answer.code, answer.reason].filter((part) => part !== undefined && part !== '');
  return new ReplayStopped(`The replay stopped at the ${what}: ${why.join(' ')}.`);
}
