/** That both writers of rows leave the same rows behind, so that their speed may be compared. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../../../runtime/limits.ts';
import { type TestDatabase, testDatabase } from '../../../../testing/postgres.ts';
import { openRaw, openWriteBehind } from '../row-baselines.ts';
import { HoldFrames, mergedBatches, rowCount } from './hold-frames.ts';
import { twinnedTables } from './raw-upsert.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function rowsOf(table: string): Promise<readonly string[]> {
  const text = `select (to_jsonb(t) - 'row_checksum')::text as row from ${table} t order by 1`;
  const { rows } = await database.poolFor('superuser').query<{ row: string }>(text);
  return rows.map(({ row }) => row);
}

const holdsPerFrame = 100;
/** With some more rows they do not fit into one batch. */
const framesEach = Math.ceil((1.5 * limits.writeBehindRowsMax) / holdsPerFrame);
const holdsEach = framesEach * holdsPerFrame;

it('write-behind and the plain upsert leave the same rows', { timeout: 60_000 }, async () => {
  const url = { owner: database.url('owner'), projector: database.url('projector') };
  const shards = [0, 1].map((shard) => new HoldFrames({ shard, products: 2, holdsPerFrame }));
  const writers = [await openRaw(url, 2), await openWriteBehind(url, 2)];
  try {
    for (let round = 0; round < 2; round += 1) {
      const frames = shards.map((shard) => Array.from({ length: framesEach }, () => shard.next()));
      for (const { each } of writers) await Promise.all(each.map((writer, index) => writer.ready(frames[index] ?? [])()));
      const batches = mergedBatches(frames[0] ?? []);
      expect(batches).toHaveLength(2);
      expect(rowCount(batches)).toBe(holdsEach + 2 * 2 * 3);
    }
    for (const table of twinnedTables) expect(await rowsOf(`baseline.${table}`), table).toEqual(await rowsOf(`onhand.${table}`));
    expect(await rowsOf('onhand.stock_holds')).toHaveLength(2 * 2 * holdsEach);
  } finally {
    for (const writer of writers) await writer.close();
  }
});
