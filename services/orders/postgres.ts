/** Orders from tables `onhand.orders` and `onhand.order_events`, as role `onhand_app` under row-level security. */
import type pg from 'pg';
import type { Json } from '../../actors/kernel/index.ts';
import { inStore } from '../../runtime/postgres/in-store.ts';
import { type OrderCursor, type OrderFilter, type OrderReads, type OrderSummary, OrdersUnavailable, type StoryItem } from './port.ts';

interface OrderRow {
  readonly order_id: string;
  readonly number: string | number | null;
  readonly status: string;
  readonly payment_status: string;
  readonly buyer: string | null;
  readonly email: string | null;
  readonly currency: string | null;
  readonly total_minor: string | number | null;
  readonly captured_minor: string | number | null;
  readonly refunded_minor: string | number | null;
  readonly placed_at: string | number;
  readonly version: string | number;
}

interface EventRow {
  readonly event_id: string;
  readonly version: string | number;
  readonly type: string;
  readonly at: string | number;
  readonly cause: string | null;
  readonly payload: Json;
}

const columns =
  'order_id, number, status, payment_status, buyer, email, currency, total_minor, captured_minor, refunded_minor, placed_at, version';

export class PostgresOrders implements OrderReads {
  readonly #pool: pg.Pool;

  /** Of role `onhand_app`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  list(storeId: string, filter: OrderFilter, after: OrderCursor | null, count: number): Promise<readonly OrderSummary[]> {
    const { where, values } = conditionsOf(storeId, filter, after);
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<OrderRow>(
        `select ${columns} from onhand.orders where ${where} order by placed_at desc, order_id collate "C" desc limit $${values.length + 1}`,
        [...values, count],
      );
      return rows.map(summaryOf);
    });
  }

  story(storeId: string, orderId: string, after: number, count: number): Promise<readonly StoryItem[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<EventRow>(
        `select onhand.told_event_id(event_id, at) as event_id, version, type, at, cause, payload from onhand.order_events
          where store_id = $1 and order_id = $2 and version > $3 order by version limit $4`,
        [storeId, orderId, after, count],
      );
      return rows.map(storyItemOf);
    });
  }

  async #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await inStore(this.#pool, storeId, work);
    } catch (cause) {
      throw new OrdersUnavailable('orders cannot be read now', { cause });
    }
  }
}

/** Only what is asked for stands in the statement, so that each filter finds its index. */
function conditionsOf(storeId: string, filter: OrderFilter, after: OrderCursor | null): { where: string; values: unknown[] } {
  const values: unknown[] = [storeId];
  const parts = ['store_id = $1'];
  const add = (text: (place: string) => string, value: unknown): void => {
    values.push(value);
    parts.push(text(`$${values.length}`));
  };
  if (filter.status !== null) add((place) => `status = ${place}`, filter.status);
  if (filter.buyer !== null) add((place) => `buyer = ${place}`, filter.buyer);
  if (filter.placedFrom !== null) add((place) => `placed_at >= ${place}`, filter.placedFrom);
  if (filter.placedUntil !== null) add((place) => `placed_at < ${place}`, filter.placedUntil);
  if (filter.search !== null) addSearch(filter.search, add);
  if (after !== null) {
    values.push(after.placedAt, after.orderId);
    parts.push(`(placed_at, order_id collate "C") < ($${values.length - 1}::bigint, $${values.length}::text collate "C")`);
  }
  return { where: parts.join(' and '), values };
}

/** A number is the order's; an id is one order; anything else is looked for in the address. */
function addSearch(search: string, add: (text: (place: string) => string, value: unknown) => void): void {
  const digits = /^#?(\d{1,15})$/.exec(search)?.[1];
  if (digits !== undefined) return add((place) => `number = ${place}`, Number(digits));
  if (search.startsWith('order_')) return add((place) => `order_id = ${place}`, search);
  add((place) => `email ilike ${place}`, `%${search.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`);
}

function summaryOf(row: OrderRow): OrderSummary {
  return {
    orderId: row.order_id,
    number: row.number === null ? null : Number(row.number),
    status: row.status,
    paymentStatus: row.payment_status,
    buyer: row.buyer,
    email: row.email ?? '',
    currency: row.currency ?? '',
    totalMinor: row.total_minor === null ? null : Number(row.total_minor),
    capturedMinor: Number(row.captured_minor ?? 0),
    refundedMinor: Number(row.refunded_minor ?? 0),
    placedAt: Number(row.placed_at),
    version: Number(row.version),
  };
}

function storyItemOf(row: EventRow): StoryItem {
  return {
    eventId: row.event_id,
    version: Number(row.version),
    type: row.type,
    at: Number(row.at),
    cause: row.cause,
    payload: row.payload,
  };
}
