/** Batches of several shards in one statement: what they share and what they must not. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RowChange } from '../../actors/kernel/index.ts';
import { lossyProxy } from '../../testing/lossy-proxy.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { eventually } from '../../testing/until.ts';
import { logStart, type Shard } from '../log/port.ts';
import { actorRow, checkpointAt, scanAll } from './conformance.ts';
import { conformanceKinds, conformanceTablesSql, crate, crateRow, itemRow } from './conformance-tables.ts';
import type { RowBatch, WriteOutcome } from './port.ts';
import { PostgresRowStore } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await database.poolFor('owner').query(conformanceTablesSql());
});
afterAll(() => database[Symbol.asyncDispose]());

function open(url = database.url('projector')): PostgresRowStore & AsyncDisposable {
  const rows = new PostgresRowStore({ url, kinds: conformanceKinds });
  return Object.assign(rows, { [Symbol.asyncDispose]: () => rows.close() });
}

async function claimAll(rows: PostgresRowStore, shards: readonly Shard[]): Promise<void> {
  for (const shard of shards) await rows.claim(shard, 1);
}

/** The batch of one frame of epoch 1, asked for in this very turn. */
async function write(rows: PostgresRowStore, shard: Shard, frame: number, changes: readonly RowChange[]): Promise<WriteOutcome> {
  const from = frame === 0 ? { ...logStart, epoch: 1 } : checkpointAt(frame - 1, 1);
  return rows.write(shard, from, checkpointAt(frame, 1), { actors: [actorRow(crate(`of-${shard}`), shard, frame)], changes });
}

async function writeAll(rows: PostgresRowStore, shards: readonly Shard[], frame: number): Promise<WriteOutcome['kind'][]> {
  const outcomes = await Promise.all(shards.map(async (shard) => write(rows, shard, frame, changesOf(shard, frame))));
  return outcomes.map(({ kind }) => kind);
}

function changesOf(shard: Shard, frame: number): RowBatch['changes'] {
  const actor = crate(`of-${shard}`);
  return [crateRow(actor, frame), itemRow(actor, `item-${frame}`, frame)];
}

/** How many of the checkpoints stand as one and the same transaction left them. */
async function checkpointsPerTransaction(shards: readonly Shard[]): Promise<number[]> {
  const { rows } = await database
    .poolFor('superuser')
    .query<{ checkpoints: number }>(
      'select count(*)::int as checkpoints from onhand.checkpoints where shard = any($1) group by xmin order by 1',
      [shards],
    );
  return rows.map((row) => row.checkpoints);
}

async function versionsOf(rows: PostgresRowStore, shards: readonly Shard[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const shard of shards) for (const row of await scanAll(rows, 'crates', shard)) found.push(row['version']);
  return found;
}

test('batches that shards ask for at once are one transaction, with the rows and the checkpoint of each', async () => {
  await using rows = open();
  const shards = [3, 0, 2, 1];
  await claimAll(rows, shards);
  expect(await checkpointsPerTransaction(shards)).toEqual([1, 1, 1, 1]);
  for (const frame of [0, 1]) {
    expect(await writeAll(rows, shards, frame)).toEqual(['written', 'written', 'written', 'written']);
    expect(await checkpointsPerTransaction(shards)).toEqual([4]);
    expect(await versionsOf(rows, shards)).toEqual([frame, frame, frame, frame]);
  }
  expect(await rows.checkpoint(2)).toEqual(checkpointAt(1, 1));
});

test('of batches that travel together only that of the shard that another owner has claimed is fenced (B1)', async () => {
  await using rows = open();
  await using other = open();
  const shards = [10, 11, 12, 13];
  await claimAll(rows, shards);
  await writeAll(rows, shards, 0);
  await other.claim(12, 2);
  expect(await writeAll(rows, shards, 1)).toEqual(['written', 'written', 'fenced', 'written']);
  expect(await versionsOf(rows, shards)).toEqual([1, 1, 0, 1]);
  expect(await rows.checkpoint(12)).toEqual(checkpointAt(0, 2));
});

test('a batch that was written before travels with others and is found to be written (R2)', async () => {
  await using rows = open();
  const shards = [14, 15];
  await claimAll(rows, shards);
  await writeAll(rows, [14], 0);
  expect(await writeAll(rows, shards, 0)).toEqual(['written', 'written']);
});

test('a row that the server refuses keeps back the batch it is in, not those that travel with it (B1)', async () => {
  await using rows = open();
  await claimAll(rows, [20, 21]);
  const outcomes = await Promise.all([
    write(rows, 20, 0, [crateRow(crate('of-20'), 0, { label: 'a NUL \u0000 inside' })]),
    write(rows, 21, 0, changesOf(21, 0)),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'written']);
  expect([await rows.checkpoint(20), await rows.checkpoint(21)]).toEqual([{ ...logStart, epoch: 1 }, checkpointAt(0, 1)]);
});

test('a row said to be new that is there after all is written, and so is what travels with it (B5)', async () => {
  await using rows = open();
  await claimAll(rows, [24, 25]);
  const there = itemRow(crate('there'), 'item', 1);
  await write(rows, 24, 0, [there]);
  await write(rows, 25, 0, []);
  const outcomes = await Promise.all([
    write(rows, 24, 1, [{ ...itemRow(crate('there'), 'item', 2), isNew: true }]),
    write(rows, 25, 1, [{ ...itemRow(crate('really new'), 'item', 1), isNew: true }]),
  ]);
  expect(outcomes).toEqual([{ kind: 'written' }, { kind: 'written' }]);
  expect(await checkpointsPerTransaction([24, 25])).toEqual([1, 1]);
  const versions = await database
    .poolFor('superuser')
    .query(`select version::int from onhand.crate_items where crate_id in ('there', 'really new') order by crate_id`);
  expect(versions.rows).toEqual([{ version: 1 }, { version: 2 }]);
});

test('batches that touch one row go by themselves (B3)', async () => {
  await using rows = open();
  await claimAll(rows, [22, 23]);
  const shared = itemRow(crate('shared'), 'item', 1);
  const outcomes = await Promise.all([22, 23].map(async (shard) => write(rows, shard, 0, [shared])));
  expect(outcomes).toEqual([{ kind: 'written' }, { kind: 'written' }]);
  expect(await checkpointsPerTransaction([22, 23])).toEqual([1, 1]);
});

test('an answer that is lost is unknown for each of them, and each finds out and goes on by itself (B2)', async () => {
  await using proxy = await lossyProxy(addressOf(database.url('projector')));
  await using rows = open(proxy.url(database.url('projector')));
  await using direct = open();
  const shards = [30, 31, 32];
  await claimAll(rows, shards);
  expect(await writeAll(rows, shards, 0)).toEqual(['written', 'written', 'written']); // the statement is prepared
  proxy.loseNextAnswer();
  expect(await writeAll(rows, shards, 1)).toEqual(['unknown', 'unknown', 'unknown']);
  await eventually('the statement committed', async () => (await direct.checkpoint(32))?.frame === 1);
  expect(await checkpointsPerTransaction(shards)).toEqual([3]);
  expect(await writeAll(rows, shards, 1)).toEqual(['written', 'written', 'written']); // R2: found to be written
  expect(await writeAll(rows, shards, 2)).toEqual(['written', 'written', 'written']);
  expect(await checkpointsPerTransaction(shards)).toEqual([1, 1, 1]);
  expect(await writeAll(rows, shards, 3)).toEqual(['written', 'written', 'written']);
  expect(await checkpointsPerTransaction(shards)).toEqual([3]); // the trouble is over
});

test('two owners that write many shards each do not deadlock, in whatever order they ask (B3)', async () => {
  await using one = open();
  await using other = open();
  const shards = Array.from({ length: 12 }, (_, index) => 40 + index);
  await claimAll(one, shards);
  for (let frame = 0; frame < 30; frame++) {
    const outcomes = await Promise.all([writeAll(one, shards, frame), writeAll(other, shards.toReversed(), frame)]);
    expect([...new Set(outcomes.flat())]).toEqual(['written']); // whoever comes second finds it written (R2)
  }
});

test('a mend travels by itself (B4)', async () => {
  await using rows = open();
  const shards = [60, 61];
  await claimAll(rows, shards);
  await writeAll(rows, shards, 0);
  const at = checkpointAt(0, 1);
  const outcomes = await Promise.all(
    shards.map(async (shard) => rows.write(shard, at, at, { actors: [], changes: changesOf(shard, 0), force: true })),
  );
  expect(outcomes).toEqual([{ kind: 'written' }, { kind: 'written' }]);
  expect(await checkpointsPerTransaction(shards)).toEqual([1, 1]);
});

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
