/**
 * How an order is stored: one row that holds all of it, and beside it what lists, reports and the story are read from.
 *
 * Owns the persistence shape of `order`; knows nothing of SQL. All instants are ms since 1970 (bigint).
 *
 * R1. `orders.state` is the whole state as JSON; the other columns of the row say the same again, to be found by.
 * R2. All other tables follow: they are written and never read back into memory.
 * R3. One event is one row of `order_events` for ever, named by order and version: written twice it is the same row.
 * R4. Lines become rows when they cannot change any more: with the confirmation. A checkout tried again may have others.
 * R5. What the events themselves make is said to be new: the order with its first event, lines with the confirmation, a
 *     payment when it is created, each event.
 */
import type { ActorId, Json, Row, RowChange, StampedEvent, TableDefinition } from '../kernel/index.ts';
import type { OrderEvent } from './events.ts';
import { isReceived, paymentStatusOf, statusOf } from './reply.ts';
import { refundedMinor, returnedUnits, shippedUnits, type OrderState } from './state.ts';

const whose = { store_id: 'text', order_id: 'text' } as const;

function followed(name: string, key: readonly string[], columns: TableDefinition['columns']): TableDefinition {
  return { name, columns: { ...whose, ...columns }, key: ['store_id', 'order_id', ...key], actorColumn: 'order_id', loaded: false };
}

export const ordersTable: TableDefinition = {
  name: 'orders',
  columns: {
    ...whose,
    version: 'bigint',
    number: 'bigint',
    status: 'text',
    payment_status: 'text',
    /** null: placed with the merchant's secret key. */
    buyer: 'text',
    email: 'text',
    currency: 'text',
    /** null: not priced. */
    total_minor: 'bigint',
    captured_minor: 'bigint',
    refunded_minor: 'bigint',
    placed_at: 'bigint',
    confirmed_at: 'bigint',
    command_id: 'text',
    fingerprint: 'text',
    cart_id: 'text',
    country: 'text',
    /** R1 */
    state: 'jsonb',
  },
  key: ['store_id', 'order_id'],
  actorColumn: 'order_id',
  loaded: true,
};

export const orderLinesTable = followed('order_lines', ['sku'], {
  sku: 'text',
  version: 'bigint',
  line: 'integer',
  title: 'text',
  quantity: 'bigint',
  unit_price_minor: 'bigint',
  discount_minor: 'bigint',
  tax_minor: 'bigint',
  total_minor: 'bigint',
  shipped: 'bigint',
  returned: 'bigint',
});

export const paymentsTable = followed('payments', ['intent_id'], {
  intent_id: 'text',
  version: 'bigint',
  status: 'text',
  currency: 'text',
  amount_minor: 'bigint',
  captured_minor: 'bigint',
  account: 'text',
  decline: 'text',
});

export const refundsTable = followed('refunds', ['refund_id'], {
  refund_id: 'text',
  version: 'bigint',
  status: 'text',
  currency: 'text',
  amount_minor: 'bigint',
  reason: 'text',
  asked_at: 'bigint',
  done_at: 'bigint',
});

export const fulfilmentsTable = followed('fulfilments', ['shipment_id'], {
  shipment_id: 'text',
  version: 'bigint',
  /** [{sku, quantity, locations}] */
  lines: 'jsonb',
  /** {carrier, number, url} or null */
  tracking: 'jsonb',
  shipped_at: 'bigint',
  delivered_at: 'bigint',
});

export const returnsTable = followed('returns', ['return_id'], {
  return_id: 'text',
  version: 'bigint',
  status: 'text',
  /** [{sku, quantity}] */
  lines: 'jsonb',
  received: 'jsonb',
  reason: 'text',
  refund_minor: 'bigint',
  requested_at: 'bigint',
});

export const orderEventsTable = followed('order_events', ['version'], {
  version: 'bigint',
  /** Unique for ever within the store. */
  event_id: 'text',
  type: 'text',
  at: 'bigint',
  cause: 'text',
  payload: 'jsonb',
});

export const orderTables: readonly TableDefinition[] = [
  ordersTable,
  orderLinesTable,
  paymentsTable,
  refundsTable,
  fulfilmentsTable,
  returnsTable,
  orderEventsTable,
];

export function rows(id: ActorId, events: readonly StampedEvent<OrderEvent>[], after: OrderState): readonly RowChange[] {
  if (events.length === 0) return [];
  const put = (table: TableDefinition, row: Row, isNew = false): RowChange => ({ table: table.name, row, isNew });
  const types = new Set(events.map(({ event }) => event.type.split('.')[0]));
  const changes: RowChange[] = [put(ordersTable, orderRow(id, after), events[0]!.version === 1)];
  const confirmed = events.some(({ event }) => event.type === 'order.confirmed');
  if (confirmed || types.has('shipment') || types.has('return'))
    changes.push(...lineRows(id, after).map((row) => put(orderLinesTable, row, confirmed))); // R4
  const { intentId } = after.payment;
  if (intentId !== null) {
    const created = events.some(({ event }) => event.type === 'payment.created' && event.intentId === intentId);
    changes.push(put(paymentsTable, paymentRow(id, after, intentId), created));
  }
  if (types.has('refund')) changes.push(...refundRows(id, after).map((row) => put(refundsTable, row)));
  if (types.has('shipment')) changes.push(...shipmentRows(id, after).map((row) => put(fulfilmentsTable, row)));
  if (types.has('return')) changes.push(...returnRows(id, after).map((row) => put(returnsTable, row)));
  return [...changes, ...events.map((event) => put(orderEventsTable, eventRow(id, event), true))];
}

function orderRow(id: ActorId, state: OrderState): Row {
  const { place, quote, payment } = state;
  return {
    store_id: id.store,
    order_id: id.id,
    version: state.version,
    number: state.number,
    status: statusOf(state),
    payment_status: paymentStatusOf(state),
    buyer: place?.buyer ?? null,
    email: place?.email ?? null,
    currency: place?.currency ?? null,
    total_minor: quote?.totalMinor ?? null,
    captured_minor: payment.capturedMinor,
    refunded_minor: refundedMinor(state),
    placed_at: state.placedAt,
    confirmed_at: state.confirmedAt,
    command_id: place?.commandId ?? null,
    fingerprint: place?.fingerprint ?? null,
    cart_id: place?.cartId ?? null,
    country: place?.shippingAddress.country ?? null,
    state: storedState(state),
  };
}

/** Without what the key and the version say already. */
function storedState({ id: _, version: __, ...fields }: OrderState): Json {
  return toJson(fields);
}

function lineRows(id: ActorId, state: OrderState): Row[] {
  const shipped = shippedUnits(state);
  const returned = returnedUnits(state);
  const priced = new Map(state.quote?.lines.map((line) => [line.sku, line]));
  return state.lines.map(({ sku, quantity }, line) => {
    const price = priced.get(sku);
    return {
      store_id: id.store,
      order_id: id.id,
      sku,
      version: state.version,
      line,
      title: price?.title ?? null,
      quantity,
      unit_price_minor: price?.unitPriceMinor ?? null,
      discount_minor: price?.discountMinor ?? null,
      tax_minor: price?.taxMinor ?? null,
      total_minor: price?.totalMinor ?? null,
      shipped: shipped.get(sku) ?? 0,
      returned: returned.get(sku) ?? 0,
    };
  });
}

function paymentRow(id: ActorId, state: OrderState, intentId: string): Row {
  const { payment, quote, place } = state;
  return {
    store_id: id.store,
    order_id: id.id,
    intent_id: intentId,
    version: state.version,
    status: payment.status,
    currency: quote?.currency ?? null,
    amount_minor: quote?.totalMinor ?? null,
    captured_minor: payment.capturedMinor,
    account: place?.account ?? null,
    decline: payment.decline?.decline ?? null,
  };
}

function refundRows(id: ActorId, state: OrderState): Row[] {
  return state.refunds.map(({ refundId, status, amountMinor, reason, askedAt, doneAt }) => ({
    store_id: id.store,
    order_id: id.id,
    refund_id: refundId,
    version: state.version,
    status,
    currency: state.quote?.currency ?? null,
    amount_minor: amountMinor,
    reason,
    asked_at: askedAt,
    done_at: doneAt,
  }));
}

function shipmentRows(id: ActorId, state: OrderState): Row[] {
  return state.shipments.map(({ shipmentId, lines, tracking, shippedAt, deliveredAt }) => ({
    store_id: id.store,
    order_id: id.id,
    shipment_id: shipmentId,
    version: state.version,
    lines: toJson(lines),
    tracking: toJson(tracking),
    shipped_at: shippedAt,
    delivered_at: deliveredAt,
  }));
}

function returnRows(id: ActorId, state: OrderState): Row[] {
  return state.returns.map(({ returnId, lines, received, reason, refundMinor, requestedAt }) => ({
    store_id: id.store,
    order_id: id.id,
    return_id: returnId,
    version: state.version,
    status: isReceived({ lines, received }) ? 'received' : 'requested',
    lines: toJson(lines),
    received: toJson(received),
    reason,
    refund_minor: refundMinor,
    requested_at: requestedAt,
  }));
}

/** R3. The secret with which a browser finishes a payment is nobody's story. */
function eventRow(id: ActorId, { event, version, at }: StampedEvent<OrderEvent>): Row {
  const { type, cause, f: _, clientSecret: __, ...payload } = event as OrderEvent & { readonly f?: number; readonly clientSecret?: string };
  return { store_id: id.store, order_id: id.id, version, event_id: `${id.id}.${version}`, type, at, cause, payload: toJson(payload) };
}

/** All that an order keeps is plain data (events are logged as JSON, too); only TypeScript cannot see that an interface is. */
export function toJson(value: object | null): Json {
  return value as unknown as Json;
}
