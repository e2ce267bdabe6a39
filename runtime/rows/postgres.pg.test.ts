import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../../engines/postgres/index.ts';
import { eventually } from '../../testing/until.ts';
import { lossyProxy } from '../../testing/lossy-proxy.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { prepareFolder } from '../../testing/prepared-folder.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { logStart } from '../log/port.ts';
import { migrate } from '../migrate.ts';
import { actorRow, checkpointAt, runRowsConformance, scanAll, writeNext } from './conformance.ts';
import { conformanceKinds, conformanceTablesSql, crate, crateRow, itemRow } from './conformance-tables.ts';
import { RowsUnavailable } from './port.ts';
import { PostgresRowStore } from './postgres.ts';

async function databaseWithTables(): Promise<TestDatabase> {
  const database = await testDatabase();
  await database.poolFor('owner').query(conformanceTablesSql());
  return database;
}

runRowsConformance('rows in Postgres', async () => {
  const database = await databaseWithTables();
  return {
    open: async () => open(database),
    async damageCrate(id, units) {
      await database.poolFor('superuser').query('update onhand.crates set units = $2 where crate_id = $1', [id, units]);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

describe('rows in Postgres', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await databaseWithTables();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('R1: a session that is killed in the middle of a batch leaves nothing of it', async () => {
    await using rows = open(database);
    await rows.claim(0, 1);
    const actor = crate('cut');
    await writeNext(rows, 0, [actorRow(actor, 0, 1)], [crateRow(actor, 1), itemRow(actor, 'a', 1)]);
    // The batch passes the checkpoint and the items, then waits for the crate.
    const blocker = await database.poolFor('superuser').connect();
    await blocker.query('begin');
    await blocker.query(`update onhand.crates set units = 77 where crate_id = 'cut'`);
    const pending = writeNext(rows, 0, [actorRow(actor, 0, 2)], [itemRow(actor, 'b', 2), crateRow(actor, 2)]);
    await endSession(database, await waiterOn(database, 'onhand rows'));
    expect(await pending).toMatchObject({ kind: 'unknown' });
    await blocker.query('rollback');
    blocker.release();
    expect(await rows.checkpoint(0)).toEqual(checkpointAt(0, 1));
    expect((await scanAll(rows, 'crate_items', 0)).map((row) => row['item_id'])).toEqual(['a']);
    expect(await writeNext(rows, 0, [actorRow(actor, 0, 2)], [itemRow(actor, 'b', 2), crateRow(actor, 2)])).toEqual({ kind: 'written' });
  });

  test('a commit whose answer is lost is unknown, and the checkpoint says that it happened', async () => {
    await using proxy = await lossyProxy(serverOf(database));
    await using rows = open(database, proxy.url(database.url('projector')));
    await rows.claim(1, 1);
    const actor = crate('answer-lost');
    const batch = (version: number) => ({ actors: [actorRow(actor, 1, version)], changes: [crateRow(actor, version)] });
    expect(await rows.write(1, { ...logStart, epoch: 1 }, checkpointAt(0, 1), batch(1))).toEqual({ kind: 'written' }); // the statement is prepared
    proxy.loseNextAnswer();
    expect(await rows.write(1, checkpointAt(0, 1), checkpointAt(1, 1), batch(2))).toMatchObject({ kind: 'unknown' });
    expect(proxy.cut).toBe(1);
    await using direct = open(database);
    await eventually('the batch committed', async () => (await direct.checkpoint(1))?.frame === 1);
    // … and so does writing it again.
    expect(await rows.write(1, checkpointAt(0, 1), checkpointAt(1, 1), batch(2))).toEqual({ kind: 'written' });
    expect(await rows.write(1, checkpointAt(0, 1), checkpointAt(2, 1), batch(2))).toEqual({ kind: 'fenced' });
    expect(await rows.write(1, checkpointAt(1, 1), checkpointAt(2, 1), batch(3))).toEqual({ kind: 'written' });
  });

  test('a claim ends the old owner who hangs in the middle of a transaction', async () => {
    await using rows = open(database);
    await rows.claim(2, 1);
    const old = await database.poolFor('projector').connect();
    await old.query('begin');
    const move = [2, logStart.frame, logStart.hash, 1, 0, checkpointAt(0, 1).hash].map((value) => [value]);
    await old.query('select onhand.advance_checkpoints($1, $2, $3, $4, $5, $6)', move);
    expect(await rows.claim(2, 2)).toEqual({ ...logStart, epoch: 2 });
    await expect(old.query('commit')).rejects.toThrow(/terminat|not queryable/);
    old.release(true);
    expect(await rows.checkpoint(2)).toEqual({ ...logStart, epoch: 2 });
  });

  test('a row that the server refuses aborts the whole batch', async () => {
    await using rows = open(database);
    await rows.claim(3, 1);
    const actors = [crate('fine'), crate('refused')];
    const changes = [crateRow(actors[0]!, 1), crateRow(actors[1]!, 1, { label: 'a NUL \u0000 inside' })];
    expect(
      await writeNext(
        rows,
        3,
        actors.map((actor) => actorRow(actor, 3, 1)),
        changes,
      ),
    ).toMatchObject({ kind: 'unknown' });
    expect(await rows.checkpoint(3)).toEqual({ ...logStart, epoch: 1 });
    expect(await rows.load('crate', actors, 0)).toEqual(new Map());
  });

  test('two projectors that write the same rows of two shards do not deadlock', async () => {
    await using one = open(database);
    await using other = open(database);
    await one.claim(4, 1);
    await one.claim(5, 1);
    const items = Array.from({ length: 200 }, (_, index) => itemRow(crate('shared'), `item-${index}`, 1));
    for (let round = 0; round < 20; round++) {
      const outcomes = await Promise.all([writeNext(one, 4, [], items), writeNext(other, 5, [], [...items].reverse())]);
      expect(outcomes).toEqual([{ kind: 'written' }, { kind: 'written' }]);
    }
  });

  test('a server that is not there makes reads unavailable and writes unknown', async () => {
    const rows = new PostgresRowStore({ url: 'postgres://onhand_projector:x@127.0.0.1:1/onhand', kinds: conformanceKinds });
    await expect(rows.claim(0, 1)).rejects.toThrow(RowsUnavailable);
    await expect(rows.load('crate', [crate('a')], 0)).rejects.toThrow(RowsUnavailable);
    await expect(rows.now()).rejects.toThrow(RowsUnavailable);
    expect(await rows.write(0, checkpointAt(0, 1), checkpointAt(1, 1), { actors: [], changes: [] })).toMatchObject({ kind: 'unknown' });
    await rows.close();
  });

  test('a durable checkpoint is on disk, with everything that was written before it', async () => {
    await using rows = open(database);
    await rows.claim(6, 1);
    await writeNext(rows, 6, [], [crateRow(crate('durable'), 1)]);
    const admin = database.poolFor('superuser');
    const { rows: before } = await admin.query<{ at: string }>('select pg_current_wal_insert_lsn() as at');
    expect(await rows.durableCheckpoint(6)).toEqual(checkpointAt(0, 1));
    const { rows: after } = await admin.query<{ flushed: boolean }>('select pg_current_wal_flush_lsn() >= $1::pg_lsn as flushed', [
      before[0]!.at,
    ]);
    expect(after).toEqual([{ flushed: true }]);
  });

  test('what was written is there after the server was killed, and the owner writes on', async () => {
    using folder = temporaryFolder();
    prepareFolder(folder.path);
    const dataDir = `${folder.path}/postgres`;
    const server = await startPostgres({ dataDir });
    await migrate(server.url('owner'));
    const before = new PostgresRowStore({ url: server.url('projector'), kinds: conformanceKinds });
    await before.claim(0, 1);
    const batch = { actors: [actorRow(crate('survivor'), 0, 1)], changes: [] };
    expect(await before.write(0, { ...logStart, epoch: 1 }, checkpointAt(0, 1), batch)).toEqual({ kind: 'written' });
    process.kill(server.pid, 'SIGKILL');
    await before.close();
    await using again = await startPostgres({ dataDir });
    const after = new PostgresRowStore({ url: again.url('projector'), kinds: conformanceKinds });
    expect(await after.checkpoint(0)).toEqual(checkpointAt(0, 1));
    expect((await after.due(0, 0)).length).toBe(0);
    expect(await after.write(0, checkpointAt(0, 1), checkpointAt(1, 1), { actors: [], changes: [] })).toEqual({ kind: 'written' });
    await after.close();
  });

  test('R5: rows from before there were checksums are believed, and get one when they are written', async () => {
    await using rows = open(database);
    await rows.claim(8, 1);
    const actor = crate('old');
    await writeNext(rows, 8, [actorRow(actor, 8, 1)], [crateRow(actor, 1)]);
    const superuser = database.poolFor('superuser');
    await superuser.query(`update onhand.crates set row_checksum = null, units = 5 where crate_id = 'old'`);
    expect((await rows.load('crate', [actor], 0)).get('crate/store-1/old')).toMatchObject({ rows: { crates: [{ units: 5 }] } });
    expect((await rows.load('crate', [actor], 0)).get('crate/store-1/old')!.damage).toBeUndefined();
    await writeNext(rows, 8, [actorRow(actor, 8, 2)], [crateRow(actor, 2)]);
    const { rows: stored } = await superuser.query(`select row_checksum from onhand.crates where crate_id = 'old'`);
    expect(stored).toEqual([{ row_checksum: expect.any(Number) }]);
  });

  test('no session is left idle in a transaction', async () => {
    await using rows = open(database);
    await rows.claim(7, 1);
    await Promise.all([writeNext(rows, 7, [], []), writeNext(rows, 7, [], []), rows.claim(7, 2), rows.durableCheckpoint(7)]);
    const { rows: idle } = await database
      .poolFor('superuser')
      .query(
        `select query from pg_stat_activity where datname = $1 and application_name like 'onhand %' and state like 'idle in transaction%'`,
        [database.name],
      );
    expect(idle).toEqual([]);
  });
});

function open(database: TestDatabase, url = database.url('projector')): PostgresRowStore & AsyncDisposable {
  const rows = new PostgresRowStore({ url, kinds: conformanceKinds });
  return Object.assign(rows, { [Symbol.asyncDispose]: () => rows.close() });
}

function serverOf(database: TestDatabase): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(database.url('projector'));
  return { host: hostname, port: Number(port) };
}

async function waiterOn(database: TestDatabase, applicationName: string): Promise<number> {
  let pid = 0;
  await eventually(`a session of ${applicationName} waits for a lock`, async () => {
    const { rows } = await database
      .poolFor('superuser')
      .query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = $1 and application_name = $2 and wait_event_type = 'Lock'`,
        [database.name, applicationName],
      );
    pid = rows[0]?.pid ?? 0;
    return pid !== 0;
  });
  return pid;
}

async function endSession(database: TestDatabase, pid: number): Promise<void> {
  await database.poolFor('superuser').query('select pg_terminate_backend($1)', [pid]);
}
