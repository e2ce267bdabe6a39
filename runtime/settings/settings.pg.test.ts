/** Every kind of settings, wherever they are kept: set as a whole, and seen by their own store alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { cartSettingsTable } from '../../services/carts/settings.ts';
import { paymentSettingsTable } from '../../services/payments/settings.ts';
import { CachedSettings } from './cached.ts';
import { MemorySettings } from './memory.ts';
import { type SettingsTable, SettingsUnavailable, type StoreSettings } from './port.ts';
import { PostgresSettings } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

interface Kind<Values extends object> {
  readonly table: SettingsTable<Values>;
  readonly unset: Values;
  readonly first: Values;
  readonly second: Values;
}

function kind<Values extends object>(of: Kind<Values>): Kind<object> {
  return of;
}

const kinds = [
  kind({
    table: paymentSettingsTable,
    unset: { account: null, feeMillionths: 0, keepsUnitsOnDecline: false },
    first: { account: 'acct_1', feeMillionths: 25_000, keepsUnitsOnDecline: false },
    second: { account: 'acct_2', feeMillionths: 30_000, keepsUnitsOnDecline: true },
  }),
  kind({ table: cartSettingsTable, unset: { expiresAfterDays: 30 }, first: { expiresAfterDays: 1 }, second: { expiresAfterDays: 365 } }),
];

const places: readonly [string, (table: SettingsTable<object>) => StoreSettings<object>][] = [
  ['Postgres', (table) => new PostgresSettings(database.poolFor('app'), table)],
  ['memory', ({ unset }) => new MemorySettings(unset)],
  ['cached', ({ unset }) => new CachedSettings(new MemorySettings(unset), { monotonicMs: () => 0 })],
];

test.each(places.flatMap(([place, open]) => kinds.map((one) => ({ place, open, name: one.table.name, ...one }))))(
  '$name in $place: a store has what holds unset until it sets them, and sees its own only (I6)',
  async ({ open, table, unset, first, second }) => {
    const settings = open(table);
    expect(await settings.get('a')).toEqual(unset);
    await settings.put('a', first);
    expect(await settings.get('a')).toEqual(first);
    await settings.put('a', second);
    expect(await settings.get('a')).toEqual(second);
    expect(await settings.get('b')).toEqual(unset);
  },
);

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const away = new PostgresSettings(ended.poolFor('app'), cartSettingsTable);
  await ended[Symbol.asyncDispose]();
  await expect(away.get('a')).rejects.toThrow(SettingsUnavailable);
  await expect(away.put('a', { expiresAfterDays: 2 })).rejects.toThrow(SettingsUnavailable);
});
