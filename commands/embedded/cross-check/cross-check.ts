/**
 * What must hold between actors, and between them and whoever takes the money. Pure: the same facts, the same findings.
 *
 * C1. Of a confirmed order every SKU has as many units committed as were ordered and have not left; of one that failed or
 *     was canceled and has given back, none.
 * C2. A code that a confirmed order used is committed for it; one of an ended order is not.
 * C3. Order numbers of a store are 1, 2, 3 …: each is an order's or on its way, and no two orders share one.
 * C4. What an order says it took and gave back is what the payments say. An ended order has no payment that can still
 *     become money. Nobody has paid for an order that there is not.
 *
 * An order that is under way is passed over where the answer depends on how far it is: it is judged when it has come to
 * rest. Payments of which the provider has forgotten the oldest are judged as far as they are known.
 */
import type { Difference } from '../../../runtime/verify/verify-shard.ts';
import { type Facts, keyOf, type OrderFacts } from './facts.ts';

export interface PaymentFacts {
  readonly paymentId: string;
  readonly store: string;
  readonly orderId: string;
  readonly status: string;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
}

export interface KnownPayments {
  readonly payments: readonly PaymentFacts[];
  /** None was forgotten. */
  readonly complete: boolean;
}

export type CrossDifference = Omit<Difference, 'shard'>;

/** A payment that can still turn into money. */
const open: ReadonlySet<string> = new Set(['requires_confirmation', 'requires_action', 'processing', 'requires_capture']);

/** `known` null: whoever takes the money was not asked. */
export function crossCheck(facts: Facts, known: KnownPayments | null): readonly CrossDifference[] {
  const found: CrossDifference[] = [];
  for (const order of facts.orders.values()) {
    found.push(...unitsOf(order, facts), ...codesOf(order, facts));
  }
  found.push(...numbersOf(facts));
  if (known !== null) found.push(...moneyOf(facts, known));
  return found;
}

function about(order: OrderFacts, what: string, log: Difference['log'], other: Difference['memory'] = null): CrossDifference {
  return { store: order.store, key: `order/${order.orderId}`, what, log, memory: other, postgres: null, frame: order.frame };
}

/** C1. */
function unitsOf(order: OrderFacts, { committed }: Facts): CrossDifference[] {
  const { store, holdIds, holdStatus, stage, lines } = order;
  const found: CrossDifference[] = [];
  const isCommitted = holdStatus === 'committed' && (stage === 'confirmed' || stage === 'number');
  const isBack = (stage === 'failed' || stage === 'canceled') && holdStatus === 'released';
  for (const { sku, quantity, booked, shipped } of lines) {
    const units = holdIds.reduce((sum, holdId) => sum + (committed.get(keyOf(store, holdId, sku)) ?? 0), 0);
    // What was shipped may or may not have reached the stock yet.
    if (isCommitted && (units > quantity - booked || units < quantity - shipped))
      found.push(about(order, `units of ${sku} that are committed for it`, quantity - booked, units));
    if (isBack && units > 0) found.push(about(order, `units of ${sku} that are committed although it is ${stage}`, 0, units));
  }
  return found;
}

/** C2. */
function codesOf(order: OrderFacts, { uses, foldedCodes }: Facts): CrossDifference[] {
  const { store, holdIds, holdStatus, stage, codes } = order;
  const holdId = holdIds.at(-1) ?? '';
  return codes.flatMap((code) => {
    const status = uses.get(keyOf(store, holdId, code)) ?? null;
    if (stage === 'confirmed' && holdStatus === 'committed') {
      const forgotten = status === null && foldedCodes.has(keyOf(store, code));
      return status === 'committed' || forgotten ? [] : [about(order, `its use of code ${code}`, 'committed', status)];
    }
    const isBack = (stage === 'failed' || stage === 'canceled') && holdStatus === 'released';
    return isBack && (status === 'committed' || status === 'held') ? [about(order, `its use of code ${code}`, null, status)] : [];
  });
}

/** C3. */
function numbersOf({ orders, numbers }: Facts): CrossDifference[] {
  const found: CrossDifference[] = [];
  const owners = new Map<string, OrderFacts>();
  for (const order of orders.values()) {
    if (order.number === null) continue;
    const name = keyOf(order.store, String(order.number));
    const other = owners.get(name);
    if (other !== undefined) found.push(about(order, `its number is that of ${other.orderId}, too`, order.number));
    else owners.set(name, order);
  }
  for (const [store, { next, onTheirWay }] of numbers) {
    for (let number = 1; number < next; number += 1) {
      if (owners.has(keyOf(store, String(number))) || onTheirWay.has(number)) continue;
      found.push({
        store,
        key: `store/${store}`,
        what: `number ${number} belongs to no order`,
        log: number,
        memory: null,
        postgres: null,
        frame: null,
      });
    }
  }
  return found;
}

/** C4. */
function moneyOf({ orders }: Facts, { payments, complete }: KnownPayments): CrossDifference[] {
  const found: CrossDifference[] = [];
  const byOrder = new Map<string, PaymentFacts[]>();
  for (const payment of payments) {
    const name = keyOf(payment.store, payment.orderId);
    byOrder.set(name, [...(byOrder.get(name) ?? []), payment]);
    if (orders.has(name) || payment.receivedMinor === payment.refundedMinor) continue;
    const key = `payment/${payment.paymentId}`;
    const kept = payment.receivedMinor - payment.refundedMinor;
    found.push({
      store: payment.store,
      key,
      what: `money without an order (${payment.orderId})`,
      log: 0,
      memory: null,
      postgres: null,
      frame: null,
      payments: kept,
    });
  }
  for (const [name, order] of orders) found.push(...paymentsOf(order, byOrder.get(name) ?? [], complete));
  return found;
}

function paymentsOf(order: OrderFacts, payments: readonly PaymentFacts[], complete: boolean): CrossDifference[] {
  const { stage, paymentStatus, capturedMinor, refundsUnderWay } = order;
  const found: CrossDifference[] = [];
  const say = (what: string, log: Difference['log'], theirs: number | string): number =>
    found.push({ ...about(order, what, log), payments: theirs });
  const isOver = stage === 'failed' || stage === 'canceled';
  const underWay = paymentStatus === 'capturing' || paymentStatus === 'verifying' || paymentStatus === 'voiding';
  if (isOver)
    for (const { paymentId, status } of payments) if (open.has(status)) say(`payment ${paymentId} of an ended order`, stage, status);
  if (underWay || (payments.length === 0 && !complete)) return found;
  const received = payments.reduce((sum, { receivedMinor }) => sum + receivedMinor, 0);
  const refunded = payments.reduce((sum, payment) => sum + payment.refundedMinor, 0);
  if ((stage === 'confirmed' || isOver) && received !== capturedMinor) say('what was taken for it', capturedMinor, received);
  if (!refundsUnderWay && refunded !== order.refundedMinor) say('what was given back', order.refundedMinor, refunded);
  return found;
}
