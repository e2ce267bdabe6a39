import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { type OrderFilter, OrdersUnavailable } from './port.ts';
import { PostgresOrders } from './postgres.ts';

let database: TestDatabase;
let orders: PostgresOrders;
const everything: OrderFilter = { status: null, buyer: null, search: null, placedFrom: null, placedUntil: null };

beforeAll(async () => {
  database = await testDatabase();
  orders = new PostgresOrders(database.poolFor('app'));
  const rows = [
    ['store_a', 'order_1', 1, 'confirmed', 'buyer_x', 'ada@shop.example', 100],
    ['store_a', 'order_2', null, 'failed', 'buyer_y', 'bob_100%@shop.example', 200],
    ['store_a', 'order_3', 2, 'shipped', 'buyer_x', 'ADA@shop.example', 200],
    ['store_b', 'order_9', 1, 'confirmed', 'buyer_x', 'ada@shop.example', 100],
  ];
  for (const [store, id, number, status, buyer, email, at] of rows)
    await database.poolFor('projector').query(
      `insert into onhand.orders (store_id, order_id, version, number, status, payment_status, buyer, email, currency, total_minor, captured_minor, refunded_minor, placed_at)
       values ($1, $2, 4, $3, $4, 'captured', $5, $6, 'USD', 500, 400, 30, $7)`,
      [store, id, number, status, buyer, email, at],
    );
  for (const version of [1, 2, 3])
    await database.poolFor('projector').query(
      `insert into onhand.order_events (store_id, order_id, version, event_id, type, at, cause, payload)
       values ('store_a', 'order_1', $1::bigint, 'order_1.' || $1, 'order.placed', 100, 'place', '{"a": 1}')`,
      [version],
    );
});
afterAll(() => database[Symbol.asyncDispose]());

async function found(filter: Partial<OrderFilter> = {}): Promise<string[]> {
  return (await orders.list('store_a', { ...everything, ...filter }, null, 10)).map(({ orderId }) => orderId);
}

test('orders come newest first, in pages without gap or repeat, and stay in their store (I6)', async () => {
  expect(await found()).toEqual(['order_3', 'order_2', 'order_1']);
  const first = await orders.list('store_a', everything, null, 2);
  const rest = await orders.list('store_a', everything, first.at(-1)!, 2);
  expect([...first, ...rest].map(({ orderId }) => orderId)).toEqual(['order_3', 'order_2', 'order_1']);
  expect(first[0]).toEqual({
    orderId: 'order_3',
    number: 2,
    status: 'shipped',
    paymentStatus: 'captured',
    buyer: 'buyer_x',
    email: 'ADA@shop.example',
    currency: 'USD',
    totalMinor: 500,
    capturedMinor: 400,
    refundedMinor: 30,
    placedAt: 200,
    version: 4,
  });
});

test.each([
  [{ status: 'failed' }, ['order_2']],
  [{ buyer: 'buyer_x' }, ['order_3', 'order_1']],
  [{ search: '2' }, ['order_3']],
  [{ search: '#1' }, ['order_1']],
  [{ search: 'order_2' }, ['order_2']],
  [{ search: 'ada@' }, ['order_3', 'order_1']],
  [{ search: '100%' }, ['order_2']],
  [{ search: '_00' }, []],
  [{ search: "'; drop table onhand.orders; --" }, []],
  [{ placedFrom: 150 }, ['order_3', 'order_2']],
  [{ placedUntil: 150 }, ['order_1']],
  [{ status: 'confirmed', placedFrom: 150 }, []],
] as const)('%j finds %j', async (filter, expected) => expect(await found(filter)).toEqual(expected));

test('the story of an order is told oldest first, from any version on, to its own store', async () => {
  expect(await orders.story('store_a', 'order_1', 0, 10)).toEqual(
    [1, 2, 3].map((version) => ({
      eventId: `order_1.${version}`,
      version,
      type: 'order.placed',
      at: 100,
      cause: 'place',
      payload: { a: 1 },
    })),
  );
  expect((await orders.story('store_a', 'order_1', 1, 1)).map(({ version }) => version)).toEqual([2]);
  expect(await orders.story('store_b', 'order_1', 0, 10)).toEqual([]);
});

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const away = new PostgresOrders(ended.poolFor('app'));
  await ended[Symbol.asyncDispose]();
  await expect(away.list('store_a', everything, null, 1)).rejects.toThrow(OrdersUnavailable);
});
