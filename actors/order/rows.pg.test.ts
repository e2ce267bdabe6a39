/** Orders as rows of a real Postgres: an order is read back as it was, and found by what people look for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresRowStore } from '../../runtime/rows/postgres.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { actorId, type ActorId } from '../kernel/index.ts';
import { orderDefinition, type OrderEvent, type OrderState } from './index.ts';
import { canonical, OrderUnderTest, place, startedAt, store } from './kit.fixture.ts';
import { orderTables } from './rows.ts';
import { stages } from './stages.fixture.ts';
import { settle, World } from './world.fixture.ts';

let database: TestDatabase;
let rows: PostgresRowStore;
let frame = 0;
beforeAll(async () => {
  database = await testDatabase();
  rows = new PostgresRowStore({ url: database.url('projector'), kinds: [{ kind: 'order', tables: orderTables }] });
});
afterAll(async () => {
  await rows.close();
  await database[Symbol.asyncDispose]();
});

/** Folds the events under another id, so that each test has an order of its own. */
async function write(id: ActorId, events: readonly OrderEvent[]): Promise<OrderState> {
  let state = orderDefinition.initial(id);
  for (const event of events) state = orderDefinition.apply(state, event, startedAt, { record() {} });
  const stamped = events.map((event, index) => ({ event, version: index + 1, at: startedAt }));
  const changes = orderDefinition.rows(id, stamped, state);
  const checkpoint = await rows.claim(7, ++frame);
  const actor = { actor: id, shard: 7, version: state.version, deadline: null, owes: false, format: 1 };
  const written = await rows.write(7, checkpoint, { ...checkpoint, frame }, { actors: [actor], changes });
  expect(written).toEqual({ kind: 'written' });
  return state;
}

test('an order in any stage is read back as it was', async () => {
  for (const [name, make] of Object.entries(stages)) {
    const { events } = make().order;
    if (events.length === 0) continue;
    // one number per store: each order has a store of its own
    const id = actorId('order', `${store}_${name}`, `order_${name}`);
    const state = await write(id, events);
    const loaded = (await rows.load('order', [id], startedAt)).get(`order/${id.store}/${id.id}`)!;
    expect([name, canonical(orderDefinition.load(id, loaded.rows, startedAt), startedAt)]).toEqual([name, canonical(state, startedAt)]);
  }
});

function confirmed(): OrderUnderTest {
  const order = new OrderUnderTest();
  order.send(place(), startedAt);
  settle(order, new World(), startedAt);
  return order;
}

test('two orders of one store never have one number', async () => {
  const { events } = confirmed();
  await write(actorId('order', 'store_twice', 'order_a'), events);
  await expect(write(actorId('order', 'store_twice', 'order_b'), events)).rejects.toThrow();
});

test.each([
  ['newest first', `order by placed_at desc, order_id desc limit 10`, 'orders_placed'],
  ['by status', `and status = 'failed' order by placed_at desc, order_id desc limit 10`, 'orders_status'],
  ['by buyer', `and buyer = 'b7' order by placed_at desc, order_id desc limit 10`, 'orders_buyer'],
  ['by number', `and number = 7`, 'orders_number'],
])('orders are found %s through an index', async (_how, where, index) => {
  const client = await database.poolFor('superuser').connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into onhand.orders (store_id, order_id, version, number, status, buyer, email, placed_at, command_id)
       select 's', 'order_' || n, 1, n, case when n % 50 = 0 then 'failed' else 'confirmed' end, 'b' || n % 500, 'Buyer' || n || '@x.example', n, 'c' || n
         from generate_series(1, 5000) as n`,
    );
    await client.query('analyze onhand.orders');
    const { rows: lines } = await client.query<{ 'QUERY PLAN': string }>(
      `explain select order_id from onhand.orders where store_id = 's' ${where}`,
    );
    expect(lines.map((line) => line['QUERY PLAN']).join('\n')).toContain(index);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('an order of the usual size is not compressed: it is written anew at each step', async () => {
  const id = actorId('order', 'store_plain', 'order_plain');
  const { events } = confirmed();
  await write(id, events);
  const superuser = database.poolFor('superuser');
  await superuser.query(
    `update onhand.orders set state = state || jsonb_build_object('more', (select string_agg('line ' || n % 7, ' ') from generate_series(1, 500) as n))
      where store_id = 'store_plain'`,
  );
  // asked for afterwards: what an update returns is not yet what it stores
  const { rows: stored } = await superuser.query(
    `select pg_column_compression(state) as compressed, pg_column_size(state) > 2048 as large from onhand.orders where store_id = 'store_plain'`,
  );
  expect(stored).toEqual([{ compressed: null, large: true }]);
});
