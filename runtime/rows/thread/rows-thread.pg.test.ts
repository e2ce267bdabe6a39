/** The row store whose batches are written by the thread keeps every promise; what the thread has of its own: it ends. */
import { expect, onTestFinished, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testing/postgres.ts';
import { threadOf, uncompiledThread } from '../../../scripts/compile.mjs';
import { join } from 'node:path';
import { silentLogger } from '../../logger.ts';
import { actorRow, checkpointAt, runRowsConformance, writeNext } from '../conformance.ts';
import { conformanceKinds, conformanceTablesSql, crate, crateRow } from '../conformance-tables.ts';
import { PostgresRowStore } from '../postgres.ts';
import { RowsThread } from './rows-thread.ts';

async function databaseWithTables(): Promise<TestDatabase> {
  const database = await testDatabase();
  await database.poolFor('owner').query(conformanceTablesSql());
  return database;
}

type Program = ConstructorParameters<typeof RowsThread>[0]['program'];
const ours: Program = () => threadOf('runtime/rows/thread/worker.ts');

function open(database: TestDatabase, more: Partial<ConstructorParameters<typeof RowsThread>[0]> = {}) {
  const url = database.url('projector');
  const batches = new RowsThread({ url, kinds: conformanceKinds, program: ours, logger: silentLogger, ...more });
  const store = new PostgresRowStore({ url, kinds: conformanceKinds, batches });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

runRowsConformance('rows in Postgres, written by a thread', async () => {
  await ours(); // compiled before a test waits for it
  const database = await databaseWithTables();
  return {
    open: async () => open(database),
    async damageCrate(id, units) {
      await database.poolFor('superuser').query('update onhand.crates set units = $2 where crate_id = $1', [id, units]);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

test('a thread that ends over a batch leaves it unknown, and so is what is asked before the next one is there; that one writes it', async () => {
  await using database = await databaseWithTables();
  let restart = (): void => {};
  const clock = { after: (_: number, call: () => void) => ((restart = call), () => {}) };
  const programs: Program[] = [() => Promise.resolve(uncompiledThread(join(import.meta.dirname, 'ending.fixture.ts'))), ours];
  const rows = open(database, { clock, program: () => programs.shift()!() });
  onTestFinished(() => rows.close());
  await rows.claim(0, 1);
  const actor = crate('thrice');
  const write = () => writeNext(rows, 0, [actorRow(actor, 0, 1)], [crateRow(actor, 1)]);
  expect(await write()).toEqual({ kind: 'unknown', cause: 'the thread of rows: ended' });
  expect(await write()).toEqual({ kind: 'unknown', cause: 'the thread of rows: away' });
  restart();
  expect(await write()).toEqual({ kind: 'written' });
  expect(await rows.checkpoint(0)).toEqual(checkpointAt(0, 1));
});
