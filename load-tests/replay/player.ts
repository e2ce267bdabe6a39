/**
 * Plays trading days through the public API: receives the opening stock, sells every invoice as one order that a fresh
 * buyer pays, ships it, and takes the returns back. The merchant names the prices: the same article had several.
 *
 * R1. Every request has a key that follows from the run and the line, and is repeated under it until its
 *     outcome is known.
 * R2. Whatever is refused stops the replay with a sentence: the opening stock covers every sale.
 * R3. A return waits for the orders it is matched to: they were earlier in the files, so they are under way.
 */
import { type Json, type Sender, type Undecided, adminRequest, pause, readDoneAnswer, sendUntilDecided } from '../api.ts';
import { checkoutRequest, type OrderAnswer, orderActRequest, orderRequest, type OrderSeen, readOrderAnswer } from '../checkout-api.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import { type Matched, matchReturns } from './matching.ts';
import { type TradingDay, type TradingLine, linesOf } from './trading-day.ts';

export interface PlayerOptions {
  readonly client: HttpClient;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly run: string;
  readonly progress: (line: string) => void;
}

/** What was asked for, by what the server calls it. */
export interface Ledger {
  /** Which lines each order was placed for. */
  readonly orders: ReadonlyMap<string, readonly TradingLine[]>;
  readonly returns: readonly PlayedReturn[];
}

export interface PlayedReturn {
  readonly line: TradingLine;
  /** Null: put back into stock, without an order. */
  readonly pieces: readonly { readonly orderId: string | null; readonly quantity: number }[];
}

export const orderLinesMax = 1_000;
const quantityMax = 1_000_000;
const entriesAtOnce = 40;
const requestPatienceMs = 90_000;
const lookAgainMs = 40;
const lookAgainMaxMs = 1_000;
const card = 'pm_card_visa';

export class ReplayStopped extends Error {
  override readonly name = 'ReplayStopped';
}

export class Player {
  readonly #options: PlayerOptions;
  readonly #merchant: Sender;
  readonly #orders = new Map<string, readonly TradingLine[]>();
  readonly #returns: PlayedReturn[] = [];
  /** By key of a sale line: its order, when that is shipped. R3. */
  readonly #sold = new Map<string, Promise<OrderSeen>>();
  #matches: ReadonlyMap<string, readonly Matched[]> = new Map();

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#merchant = { kind: 'merchant', secretKey: options.secretKey };
  }

  async play(day: TradingDay): Promise<Ledger> {
    this.#matches = matchReturns(day);
    await this.#forEach('opening stock', [...openingStock(day)], ([sku, quantity]) => this.#receive(sku, quantity));
    await this.#forEach('invoices and returns', day.entries, (entry) =>
      entry.kind === 'invoice' ? this.#sell(entry.lines) : this.#takeBack(entry.line),
    );
    return { orders: this.#orders, returns: this.#returns };
  }

  /** More than a receipt may carry comes in several. */
  async #receive(sku: string, quantity: number): Promise<void> {
    for (let rest = quantity, part = 1; rest > 0; rest -= quantityMax, part += 1) {
      await this.#admin('stock/receive', `receive:${sku}:${part}`, { sku, quantity: Math.min(rest, quantityMax) });
    }
  }

  // --- an invoice -----------------------------------------------------------------------------------------------

  /** One order for the invoice; several only when it has more lines than an order may have. */
  async #sell(lines: readonly TradingLine[]): Promise<void> {
    const parts: (readonly TradingLine[])[] = [];
    for (let from = 0; from < lines.length; from += orderLinesMax) parts.push(lines.slice(from, from + orderLinesMax));
    const selling = parts.map((part) => this.#sellTogether(part));
    for (const [index, part] of parts.entries()) for (const { key } of part) this.#sold.set(key, selling[index]!);
    await Promise.all(selling);
  }

  async #sellTogether(lines: readonly TradingLine[]): Promise<OrderSeen> {
    const [first] = lines;
    const name = first?.key ?? '';
    const buyer = { ...this.#merchant, buyerToken: await this.#newBuyer() };
    const wish = {
      lines: lines.map(({ sku, quantity, priceMinor }) => ({ sku, quantity, unitPriceMinor: priceMinor })),
      email: `invoice-${first?.invoice ?? ''}@${this.#options.run}.example`,
      paymentMethod: card,
    };
    const request = checkoutRequest(buyer, `${this.#options.run}:order:${name}`, wish, { taxExempt: true, shippingMinor: 0 });
    const placed = seen(`order of invoice ${first?.invoice ?? ''}`, await this.#decide(request, readOrderAnswer));
    this.#orders.set(placed.orderId, lines);
    await this.#untilPaid(placed);
    return seen(`shipping of ${placed.orderId}`, await this.#act(placed.orderId, 'admin/fulfil', `ship:${name}`, {}));
  }

  /** Nothing leaves the house before its money is in. */
  async #untilPaid(placed: OrderSeen): Promise<void> {
    const untilMs = nowMs() + requestPatienceMs;
    let order = placed;
    for (let waitMs = lookAgainMs; !isPaid(order); waitMs = Math.min(lookAgainMaxMs, waitMs * 1.5)) {
      if (order.status === 'failed' || order.status === 'canceled' || nowMs() > untilMs)
        throw new ReplayStopped(`The replay stopped: order ${order.orderId} is ${order.status}, its payment ${order.paymentStatus}.`);
      await pause(waitMs);
      order = seen(`look at ${order.orderId}`, await this.#decide(orderRequest(this.#merchant, order.orderId), readOrderAnswer));
    }
  }

  // --- a return -------------------------------------------------------------------------------------------------

  async #takeBack(line: TradingLine): Promise<void> {
    const matched = this.#matches.get(line.key) ?? [{ saleKey: null, quantity: line.quantity }];
    const pieces = await Promise.all(matched.map((piece, index) => this.#takeBackPiece(line, piece, index)));
    this.#returns.push({ line, pieces });
  }

  async #takeBackPiece(line: TradingLine, { saleKey, quantity }: Matched, index: number): Promise<PlayedReturn['pieces'][number]> {
    const name = `${line.key}:${index}`;
    const order = saleKey === null ? undefined : await this.#sold.get(saleKey);
    if (order === undefined) {
      await this.#admin('stock/return', `return:${name}`, { sku: line.sku, quantity });
      return { orderId: null, quantity };
    }
    const { orderId, currency } = order;
    const reason = `row ${name}`;
    const asked = await this.#act(orderId, 'returns', `ask:${name}`, { lines: [{ sku: line.sku, quantity }], reason });
    const returnId = seen(`return ${name}`, asked).returns.find((each) => each.reason === reason)?.returnId;
    if (returnId === undefined) throw new ReplayStopped(`The replay stopped: order ${orderId} does not show the return of ${reason}.`);
    const refund = { amountMinor: quantity * line.priceMinor, currency };
    seen(`taking back ${name}`, await this.#act(orderId, 'admin/receive-return', `back:${name}`, { returnId, refund }));
    return { orderId, quantity };
  }

  // --- sending --------------------------------------------------------------------------------------------------

  async #newBuyer(): Promise<string> {
    const headers = { Authorization: `Bearer ${this.#options.publishableKey}` };
    const request: HttpRequest = { method: 'POST', path: '/v1/buyers', headers, body: {} };
    const answer = await this.#decide(request, readDoneAnswer);
    const body = answer.kind === 'done' ? answer.body : null;
    const token = body !== null && typeof body === 'object' && 'token' in body ? body['token'] : null;
    if (typeof token !== 'string') throw stopped('new buyer', answer);
    return token;
  }

  #act(orderId: string, act: string, key: string, body: Json): Promise<OrderAnswer> {
    return this.#decide(orderActRequest(this.#merchant, `${this.#options.run}:${key}`, orderId, act, body), readOrderAnswer);
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

/** An order that costs nothing has nothing to be paid. */
function isPaid({ status, paymentStatus, totalMinor }: OrderSeen): boolean {
  return status !== 'pending' && (paymentStatus === 'captured' || totalMinor === 0);
}

function seen(what: string, answer: OrderAnswer): OrderSeen {
  if (answer.kind !== 'order') throw stopped(what, answer);
  return answer.order;
}

function stopped(
  what: string,
  answer: { readonly kind: string; readonly status?: number; readonly code?: string; readonly reason?: string },
): ReplayStopped {
  const why = [answer.kind, answer.status, answer.code, answer.reason].filter((part) => part !== undefined && part !== '');
  return new ReplayStopped(`The replay stopped at the ${what}: ${why.join(' ')}.`);
}
