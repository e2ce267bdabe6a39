/**
 * A shop that sells: a node with its gateway, a payment provider and prices. For tests of checkouts and orders over
 * HTTP. The provider is outside: it answers in true time, all else moves with the clock of the world.
 */
import { pino } from 'pino';
import type { CouponCommand } from '../actors/coupon/commands.ts';
import { actorId, type Row } from '../actors/kernel/index.ts';
import type { AskQuote } from '../actors/order/index.ts';
import type { AdmissionLimits } from '../gateway/admission/admission.ts';
import { orderRoutes } from '../gateway/orders/routes.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ask, type Outcome, type Router } from '../runtime/router/port.ts';
import type { MemoryRowStore } from '../runtime/rows/memory.ts';
import type { Service } from '../runtime/router/services.ts';
import type { OrderCursor, OrderFilter, OrderReads, OrderSummary, StoryItem } from '../services/orders/port.ts';
import { createPaymentsHandler } from '../services/payments/effects.ts';
import { MemoryPayments } from '../services/payments/memory.ts';
import type { PaymentNews } from '../services/payments/port.ts';
import { GatewayWorld, worldShards } from './gateway-world.ts';
import { quoteFor } from './simulation/prices.ts';

export interface OrderWorld extends AsyncDisposable {
  readonly world: GatewayWorld;
  readonly payments: MemoryPayments;
  /** Of both stores; a test may change them. */
  readonly settings: { keepsUnitsOnDecline: boolean; currency: string };
  /** A code that may be used so often. */
  readonly defineCode: (code: string, usesMax: number) => Promise<void>;
  /** Uses of a code, committed. */
  readonly usesOf: (code: string) => Promise<number>;
}

export interface OrderWorldOptions {
  readonly admission?: Partial<AdmissionLimits>;
  /** Waited for by every checkout that is let in, before it does anything. */
  readonly beforeCheckout?: () => Promise<void>;
  /** Between the routes of orders and the node: to hold back or change outcomes. */
  readonly router?: (router: Router) => Router;
}

export async function openOrderWorld({
  admission = {},
  beforeCheckout = async () => {},
  router = (same) => same,
}: OrderWorldOptions = {}): Promise<OrderWorld> {
  let world: GatewayWorld | null = null;
  const changeable = { keepsUnitsOnDecline: false, currency: 'USD' };
  const tell = ({ store, orderId, eventId, outcome, account }: PaymentNews): void => {
    const command = { type: 'paymentNews', eventId, outcome, account } as const;
    world?.node.send({ actor: actorId('order', store, orderId), command, class: 'client', waitMs: 10_000 }, () => {});
  };
  const payments = new MemoryPayments({ clock: systemClock, draw: () => 0.5, onNews: tell });
  const pricing: Service = async (_, command) => ({ reply: quoteFor(command as AskQuote) });
  const services = new Map([
    ['payments', createPaymentsHandler({ port: payments, logger: silentLogger })],
    ['pricing', pricing],
  ]);
  const opened = await GatewayWorld.start({
    services,
    routes: ({ node, clock, tenants, rows }) =>
      orderRoutes({
        router: router(node),
        logger: pino({ level: 'silent' }),
        clock,
        tenants,
        orders: ordersIn(rows),
        admission,
        settings: async () => {
          await beforeCheckout();
          return { account: null, feeMillionths: 0, ...changeable };
        },
      }),
  });
  world = opened;
  const onCoupon = (code: string, command: CouponCommand): Promise<Outcome> =>
    ask(opened.node, { actor: actorId('coupon', opened.demo.storeId, code), command, class: 'client', waitMs: 10_000 });
  return {
    world,
    payments,
    settings: changeable,
    async defineCode(code, usesMax) {
      const terms = { usesMax, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };
      await onCoupon(code, { type: 'define', terms, commandId: `define-${code}`, fingerprint: 'f' });
    },
    async usesOf(code) {
      const outcome = await onCoupon(code, { type: 'read' });
      if (outcome.kind !== 'reply') throw new Error(`the code ${code} was answered ${JSON.stringify(outcome)}`);
      return (outcome.reply as { readonly used: number }).used;
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** What write-behind has stored, read as `PostgresOrders` reads it. */
function ordersIn(rows: MemoryRowStore): OrderReads {
  const all = async (table: string): Promise<Row[]> => {
    const found: Row[] = [];
    for (let shard = 0; shard < worldShards; shard++) for await (const row of rows.scan(table, shard)) found.push(row);
    return found;
  };
  return {
    async list(storeId, filter, after, count) {
      const found = (await all('orders')).filter(({ store_id }) => store_id === storeId).map(summaryOf);
      const wanted = found.filter((order) => isWanted(order, filter) && (after === null || isAfter(order, after)));
      return wanted.sort((a, b) => (isAfter(b, a) ? -1 : 1)).slice(0, count);
    },
    async story(storeId, orderId, after, count) {
      const found = (await all('order_events')).filter((row) => row['store_id'] === storeId && row['order_id'] === orderId);
      const items = found.map(storyItemOf).filter(({ version }) => version > after);
      return items.sort((a, b) => a.version - b.version).slice(0, count);
    },
  };
}

function isWanted(order: OrderSummary, { status, buyer, search, placedFrom, placedUntil }: OrderFilter): boolean {
  const found = search === null || order.email.includes(search) || order.orderId === search || String(order.number) === search;
  const inTime = order.placedAt >= (placedFrom ?? 0) && order.placedAt < (placedUntil ?? Infinity);
  return found && inTime && (status === null || order.status === status) && (buyer === null || order.buyer === buyer);
}

/** In a list that goes from the newest. */
function isAfter(order: OrderCursor, { placedAt, orderId }: OrderCursor): boolean {
  return order.placedAt < placedAt || (order.placedAt === placedAt && order.orderId < orderId);
}

function summaryOf(row: Row): OrderSummary {
  return {
    orderId: String(row['order_id']),
    number: row['number'] as number | null,
    status: String(row['status']),
    paymentStatus: String(row['payment_status']),
    buyer: row['buyer'] as string | null,
    email: String(row['email']),
    currency: String(row['currency']),
    totalMinor: row['total_minor'] as number | null,
    capturedMinor: Number(row['captured_minor']),
    refundedMinor: Number(row['refunded_minor']),
    placedAt: Number(row['placed_at']),
    version: Number(row['version']),
  };
}

function storyItemOf(row: Row): StoryItem {
  return {
    eventId: String(row['event_id']),
    version: Number(row['version']),
    type: String(row['type']),
    at: Number(row['at']),
    cause: row['cause'] as string | null,
    payload: row['payload']!,
  };
}
