/**
 * Reads orders back over the API and payments from whoever takes the money, if that is a simulator that can be reached.
 *
 * R1. Orders are found in the list (the database), by the mark that all of a sale's orders carry, and in what buyers
 *     saw; each is then read from the order itself, until its money has come to rest or its time is over.
 * R2. The list is believed to be complete when it names every order that a buyer was told of.
 */
import { type BooksSource, type Fields, get, list, number, readsAtOnceMax, text } from './books-wire.ts';
import type { BookOrder, BookPayment, PurchaseBooks } from './purchase-observations.ts';

export interface PurchaseQuestion {
  /** Part of every buyer's address, and of nobody else's. */
  readonly mark: string;
  readonly orderIds: ReadonlySet<string>;
  readonly settleWithinMs: number;
  /** Nobody else pays at this server: a payment without an order is told of, too. */
  readonly everyPayment: boolean;
  readonly progress: (line: string) => void;
}

const retryMs = 250;
const listWithinMs = 30_000;
const restful: ReadonlySet<string> = new Set(['none', 'captured', 'voided', 'refunded', 'partially_refunded']);
const underWay: ReadonlySet<string> = new Set(['pending', 'requires_action']);

export async function readPurchases(source: BooksSource, question: PurchaseQuestion): Promise<PurchaseBooks> {
  const ids = await findOrders(source, question);
  const orders = await settledOrders(source, ids, question);
  const simulator = await simulatorOf(source);
  return { orders, payments: simulator === null ? null : await readPayments(simulator, question.everyPayment ? null : ids) };
}

/** R1, R2. */
async function findOrders(source: BooksSource, { mark, orderIds, progress }: PurchaseQuestion): Promise<ReadonlySet<string>> {
  const untilMs = performance.now() + listWithinMs;
  for (;;) {
    const listed = await listOrders(source, mark);
    const missing = [...orderIds].filter((id) => !listed.has(id)).length;
    if (missing === 0 || performance.now() > untilMs) return new Set([...listed, ...orderIds]);
    progress(`waiting for ${missing} orders to be in the list`);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

async function listOrders(source: BooksSource, mark: string): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor: string | null = null;
  do {
    const query: string = `limit=500&search=${encodeURIComponent(mark)}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await get(source, `/v1/admin/orders?${query}`);
    if (page === null) throw new Error('the server keeps no list of orders');
    for (const order of list(page, 'items')) found.add(text(order, 'orderId'));
    const next = page['next'];
    cursor = typeof next === 'string' ? next : null;
  } while (cursor !== null);
  return found;
}

async function settledOrders(source: BooksSource, ids: ReadonlySet<string>, question: PurchaseQuestion): Promise<BookOrder[]> {
  const untilMs = performance.now() + question.settleWithinMs;
  const orders: BookOrder[] = [];
  const left = [...ids];
  const reader = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const order = await readSettled(source, id, untilMs);
      if (order !== null) orders.push(order);
      if (orders.length % 500 === 0) question.progress(`${orders.length} of ${ids.size} orders read back`);
    }
  };
  await Promise.all(Array.from({ length: readsAtOnceMax }, reader));
  return orders;
}

async function readSettled(source: BooksSource, orderId: string, untilMs: number): Promise<BookOrder | null> {
  for (;;) {
    const fields = await get(source, `/v1/orders/${orderId}`);
    if (fields === null) return null;
    const order = bookOrderOf(fields);
    const atRest = restful.has(order.paymentStatus) && !underWay.has(order.status);
    if (atRest || performance.now() > untilMs) return order;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

function bookOrderOf(fields: Fields): BookOrder {
  const lines = list(fields, 'lines');
  const sum = (name: string): number => lines.reduce((total, line) => total + number(line, name), 0);
  return {
    orderId: text(fields, 'orderId'),
    email: text(fields, 'email'),
    number: typeof fields['number'] === 'number' ? fields['number'] : null,
    status: text(fields, 'status'),
    paymentStatus: text(fields, 'paymentStatus'),
    quantity: sum('quantity'),
    shipped: sum('shipped'),
    returned: sum('returned'),
    taxIncluded: fields['taxIncluded'] === true,
    totalMinor: fields['total'] === null ? null : amountOf(fields, 'total'),
    subtotalMinor: amountOf(fields, 'subtotal'),
    discountMinor: amountOf(fields, 'discount'),
    shippingMinor: amountOf(fields, 'shipping'),
    taxMinor: amountOf(fields, 'tax'),
    capturedMinor: amountOf(fields, 'captured'),
    refundedMinor: amountOf(fields, 'refunded'),
  };
}

/** 0 of an order that has no price yet. */
function amountOf(fields: Fields, name: string): number {
  const money = fields[name];
  return money === null || money === undefined ? 0 : number(money as Fields, 'amountMinor');
}

/** Where a simulator of payments on this machine says it is, if one answers there. */
export async function simulatorOf(source: Pick<BooksSource, 'url'>): Promise<string | null> {
  const ready = (await (await fetch(`${source.url}/readyz`)).json()) as { readonly adapters?: { readonly payments?: string } };
  const address = /http:\/\/[\w.:-]+/.exec(ready.adapters?.payments ?? '')?.[0];
  if (address === undefined) return null;
  const answer = await fetch(`${address}/_sim/counts`).catch(() => null);
  await answer?.text();
  return answer?.status === 200 ? address : null;
}

async function readPayments(simulator: string, orderIds: ReadonlySet<string> | null): Promise<BookPayment[]> {
  const answer = await fetch(`${simulator}/_sim/payments`);
  if (answer.status !== 200) throw new Error(`the simulator of payments answered ${answer.status}`);
  const intents = (await answer.json()) as readonly Fields[];
  return intents
    .map((intent) => ({
      paymentId: text(intent, 'id'),
      orderId: String((intent['metadata'] as Fields)['orderId'] ?? ''),
      status: text(intent, 'status'),
      amountMinor: number(intent, 'amount'),
      capturableMinor: number(intent, 'amountCapturable'),
      receivedMinor: number(intent, 'amountReceived'),
      refundedMinor: number(intent, 'amountRefunded'),
    }))
    .filter(({ orderId }) => orderIds === null || orderIds.has(orderId));
}
