/**
 * The judge of a sale in which buyers pay. From what they saw of their orders, what the books say of stock and orders,
 * and what whoever takes the money says, it recomputes what must be true and counts every way in which it is not.
 * Shares no code with the server. Pure: same facts, same verdict.
 *
 * A1 to A5 as in `audit.ts`, with confirmed orders in the place of committed holds. Beyond that:
 *
 * M1. paymentsWithoutVerdict: orders whose money, after all have had their time, is neither taken for a confirmed order,
 *     nor given back, nor never asked for; and payments that are still open although their order has ended.
 * M2. chargedWithoutOrder: somebody's money is taken or kept ready and no confirmed order stands for it.
 * M3. What a confirmed order took is its total, and its total is the price the merchant named times the units, with what
 *     the order itself says was added and taken off. What a canceled one took was given back, to the penny.
 * M4. One key is one order; an order never goes back to an older version; numbers are used once.
 */
import { bookTotals, type BookTotals, conservation, surprises, type Verdict } from './audit.ts';
import type { Books, Observation, Opening } from './observations.ts';
import type { BookOrder, BookPayment, PurchaseBooks, PurchaseObservation } from './purchase-observations.ts';

export interface PricedOpening extends Opening {
  readonly unitPriceMinor: number;
}

export interface PurchaseVerdict extends Verdict {
  readonly ordersConfirmed: number;
  readonly paymentsWithoutVerdict: number;
  readonly chargedWithoutOrder: number;
  /** Payments compared with orders; null: whoever takes the money could not be asked. */
  readonly paymentsChecked: number | null;
}

const differencesMax = 50;
/** An order that stands. */
const standing: ReadonlySet<string> = new Set(['confirmed', 'partially_shipped', 'shipped', 'delivered', 'returned']);
/** Nothing more will happen to the money by itself. */
const settled: ReadonlySet<string> = new Set(['none', 'captured', 'voided', 'refunded', 'partially_refunded']);
/** A payment that can still turn into money. */
const openPayments: ReadonlySet<string> = new Set(['requires_action', 'requires_capture', 'processing', 'requires_confirmation']);

export function auditPurchases(
  opening: PricedOpening,
  observations: readonly Observation[],
  seen: readonly PurchaseObservation[],
  books: Books,
  purchases: PurchaseBooks,
): PurchaseVerdict {
  const totals = bookTotals(books);
  const stories = readStories(seen);
  const orders = new Map(purchases.orders.map((order) => [order.orderId, order]));
  const confirmed = purchases.orders.filter(({ status }) => standing.has(status));
  const sold = totals.committed + totals.shipped;
  const leavings = observations.filter((observation) => observation.kind === 'left');
  const demand = leavings.filter((leaving) => leaving.cameToBuy).length;
  const lost = lostOrders(stories, orders);
  const unpaid = withoutVerdict(purchases, orders);
  const charged = chargedForNothing(purchases, orders);
  const differences = [
    ...conservation(books),
    ...surprises(observations),
    ...missingVerdicts(seen),
    ...soldAsExpected(sold, confirmed, Math.min(opening.stock, demand)),
    ...moneyOf(opening, purchases),
    ...lost.map((orderId) => `order ${orderId}: acknowledged as confirmed, but the books say ${orders.get(orderId)?.status ?? 'nothing'}`),
    ...unpaid.map((what) => `without a verdict: ${what}`),
    ...charged.map((what) => `charged without an order: ${what}`),
    ...stories.wrong,
    ...numbersUsedTwice(purchases.orders),
  ];
  const counts = {
    oversold: Math.max(
      0,
      unitsOf(confirmed) - opening.stock,
      sold - opening.stock,
      stories.confirmed.size - stories.canceled - opening.stock,
      totals.short,
    ), // A1
    undersold: Math.min(totals.available, leavings.filter((leaving) => leaving.cameToBuy && !leaving.hadUnit).length), // A2
    lostAcknowledged: lost.length + Math.max(0, opening.stock - totals.received), // A3
    duplicated: stories.ordersBeyondOne + receiptsTwice(opening, totals) + Math.max(0, unitsOf(confirmed) - stories.keysSent), // A4
    holdsLeaked: totals.held, // A5
    paymentsWithoutVerdict: unpaid.length, // M1
    chargedWithoutOrder: charged.length, // M2
  };
  return {
    sold,
    refused: leavings.filter((leaving) => !leaving.bought).length,
    demand,
    ...counts,
    ordersConfirmed: confirmed.length,
    paymentsChecked: purchases.payments?.length ?? null,
    linearizable: 'undecided', // the one order of one SKU is judged where buyers only hold
    differences: differences.slice(0, differencesMax),
    clean: differences.length === 0 && Object.values(counts).every((count) => count === 0),
  };
}

interface OrderStories {
  /** Orders that a buyer was told are confirmed. */
  readonly confirmed: ReadonlySet<string>;
  /** How many of those the buyer gave back again. */
  readonly canceled: number;
  readonly cancelAsked: ReadonlySet<string>;
  readonly ordersBeyondOne: number;
  readonly keysSent: number;
  readonly wrong: readonly string[];
}

function readStories(seen: readonly PurchaseObservation[]): OrderStories {
  const confirmed = new Set<string>();
  const cancelAsked = new Set<string>();
  const ordersOfKey = new Map<string, Set<string>>();
  const keysSent = new Set<string>();
  for (const one of seen) {
    if (one.kind === 'checkoutSent') keysSent.add(one.key);
    else if (one.kind === 'cancelSent') cancelAsked.add(one.orderId);
    else if (one.kind === 'orderSeen') {
      if (standing.has(one.status)) confirmed.add(one.orderId);
      ordersOfKey.set(one.key, (ordersOfKey.get(one.key) ?? new Set()).add(one.orderId));
    }
  }
  let ordersBeyondOne = 0;
  for (const orders of ordersOfKey.values()) ordersBeyondOne += orders.size - 1;
  const canceled = [...confirmed].filter((orderId) => cancelAsked.has(orderId)).length;
  const unasked = [...ordersOfKey.keys()]
    .filter((key) => !keysSent.has(key))
    .map((key) => `an order was seen under "${key}", which nobody sent`);
  return { confirmed, canceled, cancelAsked, ordersBeyondOne, keysSent: keysSent.size, wrong: [...wentBack(seen), ...unasked] };
}

/** M4. Asked only after the earlier answer had come; two requests under way at once may cross. */
function wentBack(seen: readonly PurchaseObservation[]): string[] {
  const newest = new Map<string, { readonly version: number; readonly answeredAtMs: number; readonly number: number | null }[]>();
  const wrong: string[] = [];
  for (const one of seen) {
    if (one.kind !== 'orderSeen') continue;
    const earlier = newest.get(one.orderId) ?? [];
    if (earlier.some(({ version, answeredAtMs }) => answeredAtMs < one.sentAtMs && version > one.version))
      wrong.push(`order ${one.orderId} went back to version ${one.version}`);
    if (one.number !== null && earlier.some(({ number }) => number !== null && number !== one.number))
      wrong.push(`order ${one.orderId} changed its number`);
    newest.set(one.orderId, [...earlier, one]);
  }
  return wrong;
}

/** A3. Confirmed, and not there any more although nobody canceled it. */
function lostOrders({ confirmed, cancelAsked }: OrderStories, orders: ReadonlyMap<string, BookOrder>): string[] {
  return [...confirmed].filter((orderId) => {
    const status = orders.get(orderId)?.status ?? 'unknown';
    return !standing.has(status) && !(status === 'canceled' && cancelAsked.has(orderId));
  });
}

/** M1. */
function withoutVerdict({ orders: all, payments }: PurchaseBooks, orders: ReadonlyMap<string, BookOrder>): string[] {
  const unsettled = new Map<string, string>();
  for (const { orderId, status, paymentStatus } of all) {
    const fits = standing.has(status) ? paymentStatus !== 'voided' : paymentStatus !== 'captured' && paymentStatus !== 'partially_refunded';
    if (!settled.has(paymentStatus) || !fits) unsettled.set(orderId, `order ${orderId} is ${status}, its payment ${paymentStatus}`);
  }
  for (const { orderId, paymentId, status } of payments ?? []) {
    if (!openPayments.has(status) || unsettled.has(orderId)) continue;
    unsettled.set(orderId, `payment ${paymentId} is ${status}, its order ${orderId} ${orders.get(orderId)?.status ?? 'unknown'}`);
  }
  return [...unsettled.values()];
}

/** M2. */
function chargedForNothing({ orders: all, payments }: PurchaseBooks, orders: ReadonlyMap<string, BookOrder>): string[] {
  const found: string[] = [];
  for (const payment of payments ?? []) {
    const keptMinor = payment.receivedMinor - payment.refundedMinor + (payment.status === 'requires_capture' ? payment.capturableMinor : 0);
    const order = orders.get(payment.orderId);
    if (keptMinor > 0 && (order === undefined || !standing.has(order.status)))
      found.push(`payment ${payment.paymentId} keeps ${keptMinor}, its order ${payment.orderId} is ${order?.status ?? 'unknown'}`);
  }
  if (payments !== null) return found;
  return all
    .filter(({ status, capturedMinor, refundedMinor }) => !standing.has(status) && capturedMinor > refundedMinor)
    .map(({ orderId, capturedMinor, refundedMinor }) => `order ${orderId} has no goods and keeps ${capturedMinor - refundedMinor}`);
}

/** M3. */
function moneyOf({ unitPriceMinor }: PricedOpening, { orders, payments }: PurchaseBooks): string[] {
  const wrong: string[] = [];
  const paymentsOf = new Map<string, BookPayment[]>();
  for (const payment of payments ?? []) paymentsOf.set(payment.orderId, [...(paymentsOf.get(payment.orderId) ?? []), payment]);
  for (const order of orders) {
    for (const what of sumsOf(order, unitPriceMinor)) wrong.push(`order ${order.orderId}: ${what}`);
    if (payments === null) continue;
    for (const what of paidBy(order, paymentsOf.get(order.orderId) ?? [])) wrong.push(`order ${order.orderId}: ${what}`);
  }
  return wrong;
}

function sumsOf(order: BookOrder, unitPriceMinor: number): string[] {
  const { quantity, totalMinor, subtotalMinor, discountMinor, shippingMinor, taxMinor, taxIncluded, capturedMinor, refundedMinor } = order;
  if (totalMinor === null) return capturedMinor === 0 ? [] : [`took ${capturedMinor} without a price`];
  const wrong: string[] = [];
  if (subtotalMinor !== unitPriceMinor * quantity) wrong.push(`${quantity} units at ${unitPriceMinor} come to ${subtotalMinor}`);
  const sum = subtotalMinor - discountMinor + shippingMinor + (taxIncluded ? 0 : taxMinor);
  if (sum !== totalMinor) wrong.push(`its parts come to ${sum}, its total is ${totalMinor}`);
  if (standing.has(order.status) && capturedMinor !== totalMinor) wrong.push(`confirmed at ${totalMinor}, took ${capturedMinor}`);
  if (!standing.has(order.status) && capturedMinor !== refundedMinor)
    wrong.push(`ended, took ${capturedMinor}, gave back ${refundedMinor}`);
  return wrong;
}

function paidBy(order: BookOrder, payments: readonly BookPayment[]): string[] {
  const wrong: string[] = [];
  const received = payments.reduce((sum, { receivedMinor }) => sum + receivedMinor, 0);
  const refunded = payments.reduce((sum, { refundedMinor }) => sum + refundedMinor, 0);
  if (received !== order.capturedMinor) wrong.push(`took ${order.capturedMinor}, the payments say ${received}`);
  if (refunded !== order.refundedMinor) wrong.push(`gave back ${order.refundedMinor}, the payments say ${refunded}`);
  const taken = payments.filter(({ receivedMinor, refundedMinor }) => receivedMinor > refundedMinor).length;
  if (taken > 1) wrong.push(`was paid ${taken} times`);
  return wrong;
}

function missingVerdicts(seen: readonly PurchaseObservation[]): string[] {
  const missing = seen.filter((one) => one.kind === 'verdictMissing');
  const counts = new Map<string, number>();
  for (const { what } of missing) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => `buyers left without a verdict: ${what} (${count} times)`);
}

function soldAsExpected(sold: number, confirmed: readonly BookOrder[], expected: number): string[] {
  const wrong: string[] = [];
  if (sold !== expected) wrong.push(`${sold} units sold, but the smaller of stock and demand is ${expected}`);
  const ordered = unitsOf(confirmed) - confirmed.reduce((sum, { returned }) => sum + returned, 0);
  if (sold !== ordered) wrong.push(`${sold} units are committed or shipped, but confirmed orders have ${ordered}`);
  return wrong;
}

function unitsOf(orders: readonly BookOrder[]): number {
  return orders.reduce((sum, { quantity }) => sum + quantity, 0);
}

function receiptsTwice({ stock }: Opening, { received, receipts }: BookTotals): number {
  return received > stock ? Math.max(1, receipts - 1) : 0;
}

function numbersUsedTwice(orders: readonly BookOrder[]): string[] {
  const owners = new Map<number, string>();
  const wrong: string[] = [];
  for (const { number, orderId } of orders) {
    if (number === null) continue;
    if (owners.has(number)) wrong.push(`number ${number} is that of ${owners.get(number)} and of ${orderId}`);
    owners.set(number, orderId);
  }
  return wrong;
}
