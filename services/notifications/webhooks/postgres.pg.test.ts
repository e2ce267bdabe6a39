import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testing/postgres.ts';
import type { Endpoint } from './port.ts';
import { webhookLimits, WebhooksUnavailable } from './port.ts';
import { PostgresDeliveries, PostgresEndpoints } from './postgres.ts';

let database: TestDatabase;
let endpoints: PostgresEndpoints;
let deliveries: PostgresDeliveries;
beforeAll(async () => {
  database = await testDatabase();
  endpoints = new PostgresEndpoints(database.poolFor('app'));
  deliveries = new PostgresDeliveries(database.poolFor('projector'));
});
afterAll(() => database[Symbol.asyncDispose]());

function endpoint(storeId: string, endpointId: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    storeId,
    endpointId,
    url: 'https://shop.example/hook',
    secrets: ['whsec_c2VjcmV0'],
    types: null,
    active: true,
    disabledWhy: null,
    createdAt: 1,
    handled: 0,
    attempts: 0,
    retryAt: null,
    firstFailedAt: null,
    ...more,
  };
}

async function newest(storeId: string, number: number): Promise<void> {
  await database
    .poolFor('projector')
    .query('insert into onhand.feed_counters values ($1, $2) on conflict (store_id) do update set newest = $2', [storeId, number]);
}

const delivery = {
  number: 1,
  eventId: 'e1',
  at: 5,
  outcome: 'failed',
  httpStatus: 500,
  error: 'answered 500',
  tookMs: 3,
  onRequest: false,
} as const;
const failed = { handled: 0, attempts: 1, firstFailedAt: 5, retryAt: 100, disabledWhy: null } as const;

test('an address is found again as it was added, changed and removed, in its own store only (I6)', async () => {
  const one = endpoint('a', 'w1', { types: ['order.placed'] });
  expect(await endpoints.add(one)).toBe('added');
  expect(await endpoints.add(one)).toBe('exists');
  expect(await endpoints.get('a', 'w1')).toEqual(one);
  expect(await endpoints.get('b', 'w1')).toBeNull();
  expect(await endpoints.change('b', 'w1', { active: false })).toBe(false);
  expect(await endpoints.change('a', 'w1', { types: null, url: 'https://other.example/', secrets: ['whsec_bmV3', 'whsec_c2VjcmV0'] })).toBe(
    true,
  );
  expect(await endpoints.list('a')).toEqual([
    { ...one, types: null, url: 'https://other.example/', secrets: ['whsec_bmV3', 'whsec_c2VjcmV0'] },
  ]);
  expect(await endpoints.remove('b', 'w1')).toBe(false);
  expect(await endpoints.remove('a', 'w1')).toBe(true);
  expect(await endpoints.list('a')).toEqual([]);
});

test('a store has at most so many', async () => {
  for (let n = 0; n < webhookLimits.endpointsPerStoreMax; n++) expect(await endpoints.add(endpoint('many', `w${n}`))).toBe('added');
  expect(await endpoints.add(endpoint('many', 'one too many'))).toBe('full');
});

test('what is due is claimed once, recorded with its progress, and due again at its time', async () => {
  const one = endpoint('c', 'w');
  await endpoints.add(one);
  expect(await deliveries.claim(10, 1_000, 10)).toEqual([]); // nothing happened yet
  await newest('c', 2);
  expect(await deliveries.claim(10, 1_000, 10)).toEqual([one]);
  expect(await deliveries.claim(10, 1_000, 10)).toEqual([]);
  expect(await deliveries.claim(1_010, 1_000, 10)).toEqual([one]); // its owner died
  await deliveries.record(one, delivery, failed);
  expect(await deliveries.claim(99, 1_000, 10)).toEqual([]);
  const [again] = await deliveries.claim(100, 1_000, 10);
  expect(again).toEqual({ ...one, attempts: 1, firstFailedAt: 5, retryAt: 100 });
  await deliveries.record(
    again!,
    { ...delivery, outcome: 'delivered', httpStatus: 200, error: null },
    { ...failed, handled: 1, attempts: 0, firstFailedAt: null, retryAt: null },
  );
  const [next] = await deliveries.claim(100, 1_000, 10);
  expect(next).toEqual({ ...one, handled: 1 });
  await deliveries.skip(next!, 2);
  expect(await deliveries.claim(100, 1_000, 10)).toEqual([]);
  expect((await endpoints.deliveries('c', 'w', null, 10)).map(({ number, attempt, outcome }) => [number, attempt, outcome])).toEqual([
    [1, 2, 'delivered'],
    [1, 1, 'failed'],
  ]);
  expect(await endpoints.deliveries('c', 'w', { number: 1, attempt: 2 }, 10)).toHaveLength(1);
  expect(await deliveries.note(one, { ...delivery, onRequest: true })).toBe(3);
});

test('attempts of long ago are forgotten, so many at a time; an event that is told once more is counted anew', async () => {
  const one = endpoint('old', 'w');
  await endpoints.add(one);
  for (const at of [-3, -2, -1, 0]) await deliveries.note(one, { ...delivery, at, number: at < 0 ? 1 : 2 });
  expect(await deliveries.forget(0, 2)).toBe(2);
  expect(await deliveries.forget(0, 2)).toBe(1);
  expect(await deliveries.forget(0, 2)).toBe(0);
  expect((await endpoints.deliveries('old', 'w', null, 10)).map(({ number }) => number)).toEqual([2]);
  expect(await deliveries.note(one, { ...delivery, onRequest: true })).toBe(1);
});

test('one that was switched off is left alone, and begins anew when it is switched on', async () => {
  const one = endpoint('d', 'w');
  await endpoints.add(one);
  await newest('d', 1);
  await deliveries.record(one, { ...delivery, outcome: 'given_up' }, { ...failed, disabledWhy: 'gone' });
  expect(await endpoints.get('d', 'w')).toMatchObject({ active: false, disabledWhy: 'gone' });
  expect(await deliveries.claim(10_000, 1_000, 10)).toEqual([]);
  await endpoints.change('d', 'w', { active: true });
  expect(await deliveries.claim(10, 1_000, 10)).toEqual([one]);
});

test('two who deliver at once claim every address once', async () => {
  for (let n = 0; n < 15; n++) await endpoints.add(endpoint('e', `w${n}`));
  await newest('e', 1);
  const claims = await Promise.all(Array.from({ length: 4 }, () => deliveries.claim(10, 1_000, 5)));
  const names = claims.flat().map(({ endpointId }) => endpointId);
  expect(new Set(names).size).toBe(names.length);
});

test('who was told longest ago comes first', async () => {
  await deliveries.claim(20_000, 1_000_000, 1_000); // those of other tests
  for (const storeId of ['f', 'g', 'h']) {
    await endpoints.add(endpoint(storeId, 'w'));
    await newest(storeId, 9);
  }
  const told: string[] = [];
  for (let at = 20_000; told.length < 6; at += 1_000) {
    const [first] = await deliveries.claim(at, 10_000, 1);
    if (first === undefined) throw new Error('nobody has anything to be told');
    told.push(first.storeId);
    const taken = { ...failed, handled: first.handled + 1, attempts: 0, firstFailedAt: null, retryAt: null };
    await deliveries.record(first, { ...delivery, number: taken.handled, at, outcome: 'delivered' }, taken);
  }
  expect(told).toEqual(['f', 'g', 'h', 'f', 'g', 'h']);
});

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const away = { app: new PostgresEndpoints(ended.poolFor('app')), projector: new PostgresDeliveries(ended.poolFor('projector')) };
  await ended[Symbol.asyncDispose]();
  await expect(away.app.list('a')).rejects.toThrow(WebhooksUnavailable);
  await expect(away.projector.claim(1, 1, 1)).rejects.toThrow(WebhooksUnavailable);
});
