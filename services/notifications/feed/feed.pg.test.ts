import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testing/postgres.ts';
import { FeedUnavailable } from './port.ts';
import { keysOnly, numberStatement, PostgresFeed, PostgresNumbering } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let made = 0;
async function happens(storeId: string, orderId: string, type = 'order.placed', eventId = `event-${made++}`): Promise<string> {
  await database
    .poolFor('projector')
    .query(
      `insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data) values ($1, $2, $3, $4, 1, 1000, '{"a": 1}')`,
      [storeId, eventId, type, orderId],
    );
  return eventId;
}

test('events of a store are numbered from 1 without gap, in the order in which they came; other stores have numbers of their own', async () => {
  const numbering = new PostgresNumbering(database.poolFor('projector'));
  const feed = new PostgresFeed(database.poolFor('app'));
  const ids = [await happens('a', 'o1'), await happens('a', 'o2'), await happens('a', 'o1', 'order.confirmed')];
  const other = await happens('b', 'o9');
  expect([...(await numbering.number()).stores].sort()).toEqual(['a', 'b']);
  ids.push(await happens('a', 'o2', 'order.canceled'));
  await numbering.number();
  expect(await numbering.number()).toEqual({ stores: [], isFull: false });
  const seen = await feed.list('a', 0, 10);
  expect(seen.map(({ number, eventId }) => [number, eventId])).toEqual(ids.map((id, index) => [index + 1, id])); // F2, F3
  expect((await feed.list('b', 0, 10)).map(({ number, eventId }) => [number, eventId])).toEqual([[1, other]]); // F4
  expect([await feed.newest('a'), await feed.newest('b'), await feed.newest('c')]).toEqual([4, 1, 0]);
  expect((await feed.list('a', 2, 1)).map(({ number }) => number)).toEqual([3]);
  expect(seen[0]).toMatchObject({ type: 'order.placed', storeId: 'a', orderId: 'o1', at: 1_000, version: 1, data: { event: { a: 1 } } });
});

test('many who number at once give every event one number (F1)', async () => {
  const numbering = new PostgresNumbering(database.poolFor('projector'));
  const feed = new PostgresFeed(database.poolFor('app'));
  for (let n = 0; n < 200; n++) await happens('crowd', `o${n}`);
  await Promise.all(Array.from({ length: 8 }, () => numbering.number()));
  await numbering.number();
  const seen = await feed.list('crowd', 0, 1_000);
  expect(seen.map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  expect(new Set(seen.map(({ eventId }) => eventId)).size).toBe(200);
});

test('what was numbered before is not numbered again, and holds nothing up (F1)', async () => {
  const numbering = new PostgresNumbering(database.poolFor('projector'));
  const feed = new PostgresFeed(database.poolFor('app'));
  const id = await happens('back', 'o1');
  await numbering.number();
  await happens('back', 'o1', 'order.placed', id); // as a restored backup does
  await happens('back', 'o2');
  await numbering.number();
  expect((await feed.list('back', 0, 10)).map(({ number, orderId }) => [number, orderId])).toEqual([
    [1, 'o1'],
    [2, 'o2'],
  ]);
  expect(await feed.newest('back')).toBe(2);
});

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const feed = new PostgresFeed(ended.poolFor('app'));
  const numbering = new PostgresNumbering(ended.poolFor('projector'));
  await ended[Symbol.asyncDispose]();
  await expect(feed.list('a', 0, 1)).rejects.toThrow(FeedUnavailable);
  await expect(numbering.number()).rejects.toThrow(FeedUnavailable);
});

async function eventRow(version: number, type: string, payload: object): Promise<void> {
  await database.poolFor('projector').query(
    `insert into onhand.order_events (store_id, order_id, version, event_id, type, at, cause, payload)
       values ('told', 'order_7', $1::bigint, 'order_7.' || $1, $2, 1000, 'test', $3)
       on conflict (store_id, order_id, version) do update set payload = excluded.payload`,
    [version, type, JSON.stringify(payload)],
  );
}

test('what happens to an order becomes news once, with the order as it was; what is nobody\u2019s business does not', async () => {
  const quote = { lines: [{ sku: 'A', title: 'Camera', quantity: 2, totalMinor: 75_864, taxMinor: 1 }] };
  const state = { place: { shippingAddress: { name: 'Ada' } }, quote };
  await database.poolFor('projector').query(
    `insert into onhand.orders (store_id, order_id, version, number, status, payment_status, buyer, email, currency, total_minor, captured_minor, refunded_minor, state)
       values ('told', 'order_7', 3, 12, 'confirmed', 'captured', 'buyer_1', 'ada@shop.example', 'USD', 75864, 50000, 100, $1)`,
    [JSON.stringify(state)],
  );
  await eventRow(1, 'order.placed', { place: {} });
  await eventRow(2, 'order.held', {});
  await eventRow(3, 'order.confirmed', { number: 12 });
  await eventRow(3, 'order.confirmed', { number: 12 }); // written again after a crash
  const numbering = new PostgresNumbering(database.poolFor('projector'));
  await numbering.number();
  await eventRow(1, 'order.placed', { place: {} });
  expect(await numbering.number()).toEqual({ stores: [], isFull: false });
  const seen = await new PostgresFeed(database.poolFor('app')).list('told', 0, 10);
  expect(seen.map(({ number, type, eventId }) => [number, type, eventId])).toEqual([
    [1, 'order.placed', 'order_7.1'],
    [2, 'order.confirmed', 'order_7.3'],
  ]);
  expect(seen[1]!.data).toEqual({
    orderId: 'order_7',
    number: 12,
    status: 'confirmed',
    paymentStatus: 'captured',
    customerId: 'buyer_1',
    email: 'ada@shop.example',
    name: 'Ada',
    currency: 'USD',
    totalMinor: 75_864,
    capturedMinor: 50_000,
    refundedMinor: 100,
    items: [{ sku: 'A', title: 'Camera', quantity: 2, totalMinor: 75_864 }],
    event: { number: 12 },
  });
});

test('events that come in one statement become news together: in their order, without links, and none of it for what is nobody\u2019s business', async () => {
  await database.poolFor('projector').query(
    `insert into onhand.order_events (store_id, order_id, version, event_id, type, at, payload)
       select 'batch', 'order_8', version, 'order_8.' || version, type, 1000, payload
         from (values (1, 'order.placed', '{}'::jsonb), (2, 'order.held', '{}'), (3, 'payment.action_required', '{"redirectUrl": "secret"}'),
                      (4, 'order.confirmed', null)) as e (version, type, payload)
       on conflict do nothing`,
  );
  await new PostgresNumbering(database.poolFor('projector')).number();
  const seen = await new PostgresFeed(database.poolFor('app')).list('batch', 0, 10);
  expect(seen.map(({ type, data }) => [type, data])).toEqual([
    ['order.placed', { event: {} }],
    ['payment.action_required', { event: {} }],
    ['order.confirmed', { event: {} }],
  ]);
});

test('what is new is numbered by keys, also while the feed is so small that the server would rather read all of it', async () => {
  const client = await database.poolFor('superuser').connect();
  try {
    await client.query(`begin; ${keysOnly}`);
    await client.query(
      `insert into onhand.feed_events (store_id, number, event_id, type, order_id, at, data)
       select 'long', n, 'order_' || n || '.1', 'order.placed', 'order_' || n, 1000, '{}' from generate_series(1, 2000) as n`,
    );
    await client.query(
      `insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data)
       select 'long', 'order_' || n || '.2', 'order.confirmed', 'order_' || n, 2, 1000, '{}' from generate_series(1, 1000) as n`,
    );
    await client.query(`analyze onhand.feed_events; analyze onhand.feed_pending; prepare numbering as ${numberStatement.text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>('explain execute numbering (1000)');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Tid Scan on feed_pending');
    expect(plan).not.toMatch(/Seq Scan on (feed_events|feed_pending|orders)/);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('a refund is news when it is over: made, given up, or sent back; not while it is tried again, but for one early word', async () => {
  const types = async (): Promise<string[]> => {
    await new PostgresNumbering(database.poolFor('projector')).number();
    return (await new PostgresFeed(database.poolFor('app')).list('told', 2, 10)).map(({ type }) => type);
  };
  await eventRow(4, 'refund.failed', { refundId: 'refund_4', message: 'no funds', retryAt: 5_000 });
  await eventRow(5, 'refund.tried_again', { refundId: 'refund_4' });
  expect(await types()).toEqual([]);
  await eventRow(9, 'refund.failed', { refundId: 'refund_9', message: 'no funds', retryAt: 5_000, told: true });
  expect(await types()).toEqual(['order.refund_failed']); // the merchant may have to do something
  await eventRow(6, 'refund.done', { refundId: 'refund_4', amountMinor: 5 });
  await eventRow(7, 'refund.returned', { refundId: 'refund_4', message: 'account closed', retryAt: 9_000 });
  await eventRow(8, 'refund.failed', { refundId: 'refund_4', message: 'no funds', retryAt: null });
  expect((await types()).slice(1)).toEqual(['order.refunded', 'order.refund_failed', 'order.refund_failed']);
});

test('where a buyer goes on paying is told to nobody else', async () => {
  await eventRow(20, 'payment.action_required', { redirectUrl: 'https://bank.example/pay?secret=1', step: 5 });
  await new PostgresNumbering(database.poolFor('projector')).number();
  const feed = new PostgresFeed(database.poolFor('app'));
  const [news] = await feed.list('told', (await feed.newest('told')) - 1, 1);
  expect(news).toMatchObject({ type: 'payment.action_required', data: { event: { step: 5 } } });
  expect(JSON.stringify(news)).not.toContain('secret');
});
