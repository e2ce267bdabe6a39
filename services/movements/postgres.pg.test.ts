import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { MovementsUnavailable } from './port.ts';
import { PostgresMovementReads } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  const rows = [
    ['store_a', 'X', 1, 'main', 'received', 10],
    ['store_a', 'X', 2, 'Zoo', 'transferred', 4],
    ['store_a', 'X', 2, 'main', 'transferred', -4],
    ['store_a', 'Y', 1, 'main', 'received', 1],
    ['store_b', 'X', 1, 'main', 'received', 99],
  ];
  for (const row of rows) {
    await database
      .poolFor('projector')
      .query(
        'insert into onhand.stock_movements (store_id, sku, version, location, kind, quantity, at) values ($1, $2, $3, $4, $5, $6, 1000)',
        row,
      );
  }
});
afterAll(() => database[Symbol.asyncDispose]());

test('pages follow each other without gap or repeat, and stay in their store', async () => {
  const reads = new PostgresMovementReads(database.poolFor('app'));
  const all = await reads.list('store_a', 'X', null, 10);
  expect(all).toEqual([
    { version: 1, location: 'main', kind: 'received', quantity: 10, reason: null, commandId: null, holdId: null, at: 1_000 },
    { version: 2, location: 'Zoo', kind: 'transferred', quantity: 4, reason: null, commandId: null, holdId: null, at: 1_000 },
    { version: 2, location: 'main', kind: 'transferred', quantity: -4, reason: null, commandId: null, holdId: null, at: 1_000 },
  ]); // I6
  const first = await reads.list('store_a', 'X', null, 2);
  const rest = await reads.list('store_a', 'X', first.at(-1)!, 2);
  expect([...first, ...rest]).toEqual(all);
  expect(await reads.list('store_a', 'X', rest.at(-1)!, 2)).toEqual([]);
});

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const reads = new PostgresMovementReads(ended.poolFor('app'));
  await ended[Symbol.asyncDispose]();
  await expect(reads.list('store_a', 'X', null, 1)).rejects.toThrow(MovementsUnavailable);
});
