/** What the merchant does with orders: find them, ship them, take them back, give money back, read their story. */
import { defaultLocationId, isLocationId, parseIso, toIso } from '../../actors/kernel/index.ts';
import { type OrderCursor, type OrderFilter, type OrderSummary, OrdersUnavailable } from '../../services/orders/port.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../http/answers.ts';
import { limitDetail, limitOf, limitQuery } from '../http/page-limit.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import { z } from '../schemas/zod.ts';
import { isOrderId, onceOfOrder, onOrder } from './buyer-routes.ts';
import type { OrderContext } from './deps.ts';
import { inOwnCurrency } from './own-currency.ts';
import {
  deliverSchema,
  fulfilSchema,
  orderAnswerSchema,
  orderPageSchema,
  receiveReturnSchema,
  refundSchema,
  retryRefundSchema,
  storySchema,
} from './schemas.ts';

export function merchantRoutes(context: OrderContext): readonly Route[] {
  return [
    listRoute(context),
    storyRoute(context),
    fulfilRoute(context),
    deliverRoute(context),
    receiveReturnRoute(context),
    refundRoute(context),
    retryRefundRoute(context),
  ];
}

const pageQuery = {
  cursor: { description: 'The `next` of the page before.', schema: z.string() },
  limit: limitQuery,
};

function listRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'GET',
    path: '/v1/admin/orders',
    access: 'secret',
    docs: {
      summary: 'Orders, newest first',
      description: 'Read from the database, which follows within moments.',
      tag: 'admin orders',
      success: { status: 200, schema: orderPageSchema },
      problems: ['cursor_invalid', 'query_invalid', 'orders_unavailable'],
      query: {
        ...pageQuery,
        status: { description: 'Only these.', schema: z.string() },
        buyer: { description: 'Only of this buyer.', schema: z.string() },
        search: { description: 'A number, an id, or part of an e-mail address.', schema: z.string() },
        from: { description: 'Placed at or after.', schema: z.iso.datetime({ offset: true }) },
        until: { description: 'Placed before.', schema: z.iso.datetime({ offset: true }) },
      },
    },
    handle: (call, respond) => list(context, call, respond),
  });
}

async function list(context: OrderContext, call: Call<unknown>, respond: Respond): Promise<void> {
  const query = new URLSearchParams(call.query);
  const count = limitOf(query.get('limit'));
  const filter = filterOf(query);
  if (count === null) return respond(wrong('limit', limitDetail));
  if (filter === null) return respond(wrong('from', '`from` and `until` are ISO 8601 with their zone'));
  const after = cursorOf(query.get('cursor'));
  if (after === undefined) return respond(problemAnswer('cursor_invalid'));
  await whenReadable(respond, async () => {
    const found = await context.orders.list(call.identity.store.storeId, filter, after, count + 1);
    respond(page(found, count));
  });
}

function wrong(pointer: string, detail: string): OpenAnswer {
  return problemAnswer('query_invalid', { errors: [{ pointer, detail }] });
}

/** Null: an instant that is none. */
function filterOf(query: URLSearchParams): OrderFilter | null {
  const from = query.get('from');
  const until = query.get('until');
  const placedFrom = from === null ? null : parseIso(from);
  const placedUntil = until === null ? null : parseIso(until);
  if ((from !== null && placedFrom === null) || (until !== null && placedUntil === null)) return null;
  return { status: query.get('status'), buyer: query.get('buyer'), search: query.get('search')?.trim() || null, placedFrom, placedUntil };
}

/** One order more than the page holds was asked for: it tells whether there is a next page. */
function page(found: readonly OrderSummary[], count: number): OpenAnswer {
  const items = found.slice(0, count);
  const last = items.at(-1);
  const next = found.length > count && last !== undefined ? cursorText(last) : null;
  return jsonAnswer(200, { items: items.map(summaryShown), next });
}

function summaryShown({ totalMinor, capturedMinor, refundedMinor, currency, placedAt, ...order }: OrderSummary): Record<string, unknown> {
  const money = (amountMinor: number | null) => (amountMinor === null ? null : { amountMinor, currency });
  const paid = { captured: money(capturedMinor), refunded: money(refundedMinor) };
  return { ...order, total: money(totalMinor), ...paid, placedAt: toIso(placedAt) };
}

function cursorText({ placedAt, orderId }: OrderCursor): string {
  return Buffer.from(`${placedAt}/${orderId}`).toString('base64url');
}

/** Null: from the start; undefined: not a cursor of ours. */
function cursorOf(text: string | null): OrderCursor | null | undefined {
  if (text === null) return null;
  const [placedAt, orderId] = Buffer.from(text, 'base64url').toString('utf8').split('/');
  if (placedAt === undefined || !/^\d{1,15}$/.test(placedAt) || orderId === undefined || !isOrderId(orderId)) return undefined;
  const cursor = { placedAt: Number(placedAt), orderId };
  return cursorText(cursor) === text ? cursor : undefined;
}

async function whenReadable(respond: Respond, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (cause) {
    if (!(cause instanceof OrdersUnavailable)) throw cause;
    respond(problemAnswer('orders_unavailable'));
  }
}

function storyRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'GET',
    path: '/v1/admin/orders/{orderId}/timeline',
    access: 'secret',
    docs: {
      summary: 'The story of an order',
      description: 'Everything that happened to it, oldest first, each with what caused it. Follows within moments.',
      tag: 'admin orders',
      success: { status: 200, schema: storySchema },
      problems: ['order_unknown', 'query_invalid', 'orders_unavailable'],
      query: {
        after: { description: 'Only later versions than this.', schema: z.int().min(0) },
        limit: pageQuery.limit,
      },
    },
    async handle(call, respond) {
      const query = new URLSearchParams(call.query);
      const count = limitOf(query.get('limit'));
      const after = query.get('after') ?? '0';
      if (count === null || !/^\d{1,15}$/.test(after)) return respond(wrong(count === null ? 'limit' : 'after', 'a whole number'));
      const id = call.params.orderId!;
      if (!isOrderId(id)) return respond(problemAnswer('order_unknown'));
      await whenReadable(respond, async () => {
        const found = await context.orders.story(call.identity.store.storeId, id, Number(after), count + 1);
        const items = found.slice(0, count).map((item) => ({ ...item, at: toIso(item.at) }));
        respond(jsonAnswer(200, { items, next: found.length > count ? items.at(-1)!.version : null }));
      });
    },
  });
}

const success = { status: 200, schema: orderAnswerSchema };
const ofOrder: readonly ProblemCode[] = ['order_unknown', 'order_ended', 'in_progress', 'idempotency_key_reused', 'repeats_full'];

function fulfilRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/admin/orders/{orderId}/fulfil',
    access: 'secret',
    body: fulfilSchema,
    bodyOptional: true,
    docs: {
      summary: 'Ship units of an order',
      description:
        'Nothing leaves the house before its money is in: until the payment is `captured`, moments after the confirmation, it is answered `in_progress` with `Retry-After`. Send it again with the same key.',
      tag: 'admin orders',
      success,
      problems: [...ofOrder, 'units_exceeded'],
    },
    handle(call, respond) {
      const { lines = null, tracking } = call.body;
      const shown = tracking === undefined ? null : { ...tracking, url: tracking.url ?? null };
      onOrder(context, call, respond, { type: 'fulfil', ...onceOfOrder(call), lines, tracking: shown });
    },
  });
}

function deliverRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/admin/orders/{orderId}/deliver',
    access: 'secret',
    body: deliverSchema,
    docs: { summary: 'A shipment has arrived', tag: 'admin orders', success, problems: [...ofOrder, 'shipment_unknown'] },
    handle: (call, respond) => onOrder(context, call, respond, { type: 'deliver', ...onceOfOrder(call), shipmentId: call.body.shipmentId }),
  });
}

function receiveReturnRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/admin/orders/{orderId}/receive-return',
    access: 'secret',
    body: receiveReturnSchema,
    docs: {
      summary: 'Units came back',
      description:
        'They go back into stock or are put down as damaged, and what was paid for them is refunded, unless `refund` names another amount or is `false`.',
      tag: 'admin orders',
      success,
      problems: [...ofOrder, 'return_unknown', 'units_exceeded', 'location_unknown', 'refund_exceeds_captured'],
    },
    async handle(call, respond) {
      const { returnId, lines = null, location = defaultLocationId, condition = 'restock', refund = true } = call.body;
      const known = await context.tenants.locations(call.identity.store.storeId);
      if (!isLocationId(location) || !known.some(({ id }) => id === location))
        return respond(problemAnswer('location_unknown', { fields: { location } }));
      const amount = typeof refund === 'object' ? refund : undefined;
      const value = typeof refund === 'object' ? { refund: true, refundMinor: refund.amountMinor } : { refund };
      inOwnCurrency(context, call, respond, { amount, pointer: '/refund' }, () =>
        onOrder(context, call, respond, { type: 'receiveReturn', ...onceOfOrder(call), returnId, lines, location, condition, ...value }),
      );
    },
  });
}

function refundRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/admin/orders/{orderId}/refund',
    access: 'secret',
    body: refundSchema,
    docs: {
      summary: 'Give money back without goods',
      tag: 'admin orders',
      success,
      problems: [...ofOrder, 'refund_exceeds_captured'],
    },
    handle(call, respond) {
      const { amount, reason } = call.body;
      inOwnCurrency(context, call, respond, { amount, pointer: '/amount' }, () =>
        onOrder(context, call, respond, { type: 'refund', ...onceOfOrder(call), amountMinor: amount?.amountMinor ?? null, reason }),
      );
    },
  });
}

function retryRefundRoute(context: OrderContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/admin/orders/{orderId}/refunds/{refundId}/retry',
    access: 'secret',
    body: retryRefundSchema,
    bodyOptional: true,
    docs: {
      summary: 'Try a refund again',
      description:
        "One that was given up, or that the buyer's bank sent back (`order.refund_failed`); also of an order that has ended, whose refunds are tried again by themselves for about a week before they are given up. One that is on its way or done is answered as it is.",
      tag: 'admin orders',
      success,
      problems: ['order_unknown', 'refund_unknown', 'refund_exceeds_captured', 'idempotency_key_reused', 'repeats_full'],
    },
    handle: (call, respond) =>
      onOrder(context, call, respond, { type: 'retryRefund', ...onceOfOrder(call), refundId: call.params.refundId! }),
  });
}
