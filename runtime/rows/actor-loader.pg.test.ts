/** What is asked of the database for the actors that many shards want at the same time. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ActorId, actorId } from '../../actors/kernel/index.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { actorRow, writeNext } from './conformance.ts';
import { conformanceKinds, conformanceTablesSql, crate, crateRow } from './conformance-tables.ts';
import { PostgresRowStore } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await database.poolFor('owner').query(conformanceTablesSql());
});
afterAll(() => database[Symbol.asyncDispose]());

function open(): PostgresRowStore & AsyncDisposable {
  const rows = new PostgresRowStore({ url: database.url('projector'), kinds: conformanceKinds });
  return Object.assign(rows, { [Symbol.asyncDispose]: () => rows.close() });
}

function barrel(id: string): ActorId {
  return actorId('barrel', 'store-1', id);
}

test('actors of many shards and kinds that do not exist yet cost one look together; those that do are read each by themselves', async () => {
  await using rows = open();
  await rows.claim(0, 1);
  await writeNext(rows, 0, [actorRow(crate('there'), 0, 1)], [crateRow(crate('there'), 1)]);
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    const loaded = await Promise.all([
      rows.load('crate', [crate('new-1'), crate('there')], 0),
      rows.load('crate', [crate('new-2')], 0),
      rows.load('crate', [crate('there')], 0),
      rows.load('barrel', [barrel('there')], 0),
    ]);
    expect(loaded.map((found) => [...found.keys()])).toEqual([['crate/store-1/there'], [], ['crate/store-1/there'], []]);
    expect(loaded[0].get('crate/store-1/there')).toMatchObject({ version: 1, rows: { crates: [{ version: 1 }] } });
    const names = query.mock.calls.map(([config]) => (config as unknown as { readonly name: string }).name);
    expect(names).toEqual(['rows_existing', 'rows_load_crate', 'rows_load_crate']);
  } finally {
    query.mockRestore();
  }
});

test('a look that the server refuses tells of nobody: everything asked for is read (A2)', async () => {
  await using rows = open();
  await rows.claim(1, 1);
  await writeNext(rows, 1, [actorRow(crate('after'), 1, 1)], [crateRow(crate('after'), 1)]);
  const original = pg.Client.prototype.query;
  const query = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const [config] = given as [{ name?: string }];
    const text =
      config.name === 'rows_existing' ? { ...config, name: 'broken', text: 'select $1::text[], $2::text[], $3::text[], 1 / 0' } : config;
    return (original as (...all: unknown[]) => unknown).apply(this, [text, ...given.slice(1)]) as never;
  });
  try {
    const [found, none] = await Promise.all([rows.load('crate', [crate('after')], 0), rows.load('barrel', [barrel('after')], 0)]);
    expect([[...found.keys()], none.size]).toEqual([['crate/store-1/after'], 0]);
  } finally {
    query.mockRestore();
  }
});
