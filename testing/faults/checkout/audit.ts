/**
 * Do units, orders and money tell the same story? Read from three places: the stock actors, the merchant's list of
 * orders, and the payment provider.
 *
 * A1. An order that stands was paid exactly once, with its total, and what it gave back is what the provider gave back.
 * A2. An order that does not stand has no money: nothing authorised, everything captured refunded.
 * A3. Nobody has paid for an order that does not exist.
 * A4. Numbers go from 1 without gap or repeat.
 * A5. What is missing from the stock is what the orders that stand have taken.
 */
import { readMetrics } from '../../../load-tests/bench/ours/metrics.ts';
import { until } from '../../until.ts';
import { settlesWithinMs, type Shop, type SimulatedPayment } from './shop.ts';

interface Listed {
  readonly orderId: string;
  readonly status: string;
}

interface Money {
  readonly amountMinor: number;
}

interface Audited {
  readonly orderId: string;
  readonly number: number | null;
  readonly status: string;
  readonly paymentStatus: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly total: Money | null;
  readonly captured: Money | null;
  readonly refunded: Money | null;
}

const notYet = new Set(['pending', 'requires_action']);
const notYetPaid = new Set(['pending', 'capturing', 'capture_failed', 'voiding', 'refunding']);
const without = new Set(['failed', 'canceled']);
const pageItems = 500;

/** Resolves to what is wrong, as sentences. `opening`: units per SKU when the story began. */
export async function disagreements(shop: Shop, opening: Readonly<Record<string, number>>): Promise<string[]> {
  const orders = await restingOrders(shop);
  const byOrder = new Map<string, SimulatedPayment[]>();
  for (const payment of await shop.payments()) {
    const orderId = payment.metadata['orderId'] ?? 'nobody';
    byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), payment]);
  }
  const wrong: string[] = [];
  for (const order of orders) wrong.push(...wrongMoney(order, byOrder.get(order.orderId) ?? []));
  const known = new Set(orders.map(({ orderId }) => orderId));
  for (const [orderId, payments] of byOrder)
    if (!known.has(orderId) && payments.some(hasMoney)) wrong.push(`money for ${orderId}, which is no order`); // A3
  wrong.push(...wrongNumbers(orders));
  for (const [sku, units] of Object.entries(opening)) {
    const sold = orders.filter(stands).flatMap(({ lines }) => lines.filter((line) => line.sku === sku));
    const expected = units - sold.reduce((sum, { quantity }) => sum + quantity, 0);
    const available = await shop.available(sku);
    if (available !== expected) wrong.push(`${available} units of ${sku} are available instead of ${expected}`); // A5
  }
  return wrong;
}

export function stands({ status }: { readonly status: string }): boolean {
  return !notYet.has(status) && !without.has(status);
}

/** All there are, once nothing moves any more by itself and the list, which is made of rows, has followed. */
async function restingOrders(shop: Shop): Promise<Audited[]> {
  let orders: Audited[] = [];
  await until(
    'no order is on its way any more',
    async () => {
      const { behindFrames } = await readMetrics(shop.server.url);
      if (behindFrames > 0) return [`${behindFrames} frames are not rows yet`];
      orders = await Promise.all((await listed(shop)).map(async ({ orderId }) => (await shop.order(orderId)) as unknown as Audited));
      const moving = orders.filter(({ status, paymentStatus }) => notYet.has(status) || notYetPaid.has(paymentStatus));
      return moving.map(({ orderId, status, paymentStatus }) => `${orderId} ${status} ${paymentStatus}`);
    },
    (moving) => moving.length === 0,
    settlesWithinMs,
  );
  return orders;
}

async function listed(shop: Shop): Promise<Listed[]> {
  const all: Listed[] = [];
  let cursor = '';
  do {
    const { status, body } = await shop.call('GET', `/v1/admin/orders?limit=${pageItems}${cursor}`);
    if (status !== 200) throw new Error(`no list of orders: ${status} ${JSON.stringify(body)}`);
    all.push(...(body['items'] as readonly Listed[]));
    cursor = body['next'] === null ? '' : `&cursor=${String(body['next'])}`;
  } while (cursor !== '');
  return all;
}

function hasMoney({ status, amountReceived, amountRefunded }: SimulatedPayment): boolean {
  return status === 'requires_capture' || amountReceived > amountRefunded;
}

function wrongMoney(order: Audited, payments: readonly SimulatedPayment[]): string[] {
  const name = `${order.status} ${order.orderId}`;
  if (!stands(order)) return payments.some(hasMoney) ? [`${name} has money: ${shown(payments)}`] : []; // A2
  const paid = payments.filter(({ status, amountReceived }) => status === 'requires_capture' || amountReceived > 0);
  if (paid.length !== 1) return [`${name} was paid ${paid.length} times: ${shown(payments)}`]; // A1
  const [{ amountReceived, amountRefunded }] = paid as [SimulatedPayment];
  const wrong: string[] = [];
  if (amountReceived !== order.total?.amountMinor) wrong.push(`${name} over ${order.total?.amountMinor} was paid with ${amountReceived}`);
  if (amountReceived !== order.captured?.amountMinor) wrong.push(`${name} knows of ${order.captured?.amountMinor} of ${amountReceived}`);
  if (amountRefunded !== order.refunded?.amountMinor)
    wrong.push(`${name} gave back ${order.refunded?.amountMinor}, the provider ${amountRefunded}`);
  return wrong;
}

function shown(payments: readonly SimulatedPayment[]): string {
  return payments
    .map(({ id, status, amountReceived, amountRefunded }) => `${id} ${status} +${amountReceived} -${amountRefunded}`)
    .join(', ');
}

/** A4: also of orders that were canceled afterwards. */
function wrongNumbers(orders: readonly Audited[]): string[] {
  const numbers = orders.flatMap(({ number }) => (number === null ? [] : [number])).sort((a, b) => a - b);
  return numbers.every((number, index) => number === index + 1) ? [] : [`numbers are ${numbers.join(' ')}`];
}
