import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { CachedPaymentSettings, MemoryPaymentSettings, PaymentSettingsUnavailable, PostgresPaymentSettings } from './settings.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test.each([
  ['Postgres', () => new PostgresPaymentSettings(database.poolFor('app'))],
  ['memory', () => new MemoryPaymentSettings()],
  ['cached', () => new CachedPaymentSettings(new MemoryPaymentSettings(), { monotonicMs: () => 0 })],
])('%s: a store has the platform\u2019s own account until it is set, and sees its own settings only (I6)', async (_name, open) => {
  const settings = open();
  expect(await settings.get('a')).toEqual({ account: null, feeMillionths: 0, keepsUnitsOnDecline: false });
  await settings.put('a', { account: 'acct_1', feeMillionths: 25_000, keepsUnitsOnDecline: false });
  await settings.put('a', { account: 'acct_2', feeMillionths: 30_000, keepsUnitsOnDecline: true });
  expect(await settings.get('a')).toEqual({ account: 'acct_2', feeMillionths: 30_000, keepsUnitsOnDecline: true });
  expect(await settings.get('b')).toEqual({ account: null, feeMillionths: 0, keepsUnitsOnDecline: false });
});

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const away = new PostgresPaymentSettings(ended.poolFor('app'));
  await ended[Symbol.asyncDispose]();
  await expect(away.get('a')).rejects.toThrow(PaymentSettingsUnavailable);
});
