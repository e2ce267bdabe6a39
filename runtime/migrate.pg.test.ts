import pg from 'pg';
import { expect, test } from 'vitest';
import { testServerUrl } from '../testing/postgres.ts';
import { migrate, migrationFiles, pendingMigrations } from './migrate.ts';

test('an empty database gets every migration once, whoever the administrator is', async () => {
  await using database = await emptyDatabase();
  const all = (await migrationFiles()).map(({ name }) => name);
  expect((await pendingMigrations(database.url)).map(({ name }) => name)).toEqual(all);
  expect(await migrate(database.url)).toEqual(all);
  expect(await pendingMigrations(database.url)).toEqual([]);
  expect(await migrate(database.url)).toEqual([]);
});

test('two that migrate at once do not race: each migration is applied by one of them', async () => {
  await using database = await emptyDatabase();
  const [one, other] = await Promise.all([migrate(database.url), migrate(database.url)]);
  expect([...one, ...other].sort()).toEqual((await migrationFiles()).map(({ name }) => name));
});

async function emptyDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `empty_${crypto.randomUUID().replaceAll('-', '')}`;
  await asSuperuser(`create database ${name}`);
  return { url: testServerUrl('superuser', name), [Symbol.asyncDispose]: () => asSuperuser(`drop database ${name} with (force)`) };
}

async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: testServerUrl('superuser', 'postgres') });
  await client.connect();
  await client.query(statement);
  await client.end();
}
