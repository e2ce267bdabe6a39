/** A copy made while buyers buy, put into another folder: everything acknowledged before it began is there. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { checkBackup, writeBackup } from '../runtime/backup/format.ts';
import { silentLogger } from '../runtime/logger.ts';
import { migrationFiles } from '../runtime/migrate.ts';
import { createPool } from '../runtime/postgres/pool.ts';
import { Node } from '../runtime/node.ts';
import { verifyStopped } from '../runtime/verify/report.ts';
import { PostgresNumbering, PostgresFeed } from '../services/notifications/feed/postgres.ts';
import { PostgresOrders } from '../services/orders/postgres.ts';
import { PostgresTenants } from '../services/tenants/postgres.ts';
import { seedStores } from '../services/tenants/seed.ts';
import { Crowd, receiptOf, sendStock } from '../testing/crowd.ts';
import { prepareFolder } from '../testing/prepared-folder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { until } from '../testing/until.ts';
import { backupLines, openBackupSource } from './embedded/backup-source.ts';
import { booksOf } from './embedded/books.ts';
import { definitions } from './embedded/definitions.ts';
import { whicheverLog } from './embedded/open-log.ts';
import { restoreInto } from './embedded/restore-target.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from './embedded/storage.ts';

/** As the program's own: a session that is on its way out when its server stops disturbs nobody. */
function poolFor({ postgres }: EmbeddedStorage, role: 'app' | 'projector'): pg.Pool {
  const limits = { connectionsMax: 2, connectTimeoutMs: 5_000, answerTimeoutMs: 30_000 };
  return createPool({ url: postgres.url(role), applicationName: 'onhand test', ...limits, settings: {} });
}

function nodeOn(storage: EmbeddedStorage): Node {
  const { cluster, log, rows } = storage;
  return new Node({ ...cluster, definitions, log, rows, clock: systemClock, logger: silentLogger });
}

async function backUp(dataDir: string, file: string): Promise<void> {
  await using source = await openBackupSource(dataDir);
  await writeBackup(
    file,
    backupLines(source, whicheverLog, () => {}),
  );
}

const quiet = (): void => {};

test('a backup made while buyers buy holds all that was acknowledged before it began, in clean books', { timeout: 240_000 }, async () => {
  using folder = temporaryFolder();
  const [dataDir, file, second] = ['data', 'sale.backup', 'again'].map((name) => join(folder.path, name)) as [string, string, string];
  let before: string[] = [];
  let incarnation = '';
  {
    await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
    incarnation = storage.cluster.incarnation;
    const node = nodeOn(storage);
    await node.start();
    mkdirSync(join(dataDir, 'media/log/0'), { recursive: true });
    writeFileSync(join(dataDir, 'media/log/0/x.bin'), Buffer.from([0, 255, 10]));
    const pool = poolFor(storage, 'app');
    await seedStores(new PostgresTenants(pool, systemClock), dataDir); // tables that point at one another
    await pool.end();
    await sendStock(node, 'shop', 'A', receiptOf('first', 100_000));
    const crowd = new Crowd(node, { buyersAtOnce: 10, store: 'shop', sku: 'A' });
    await until(
      'buyers are served',
      () => crowd.acknowledged.size,
      (size) => size > 200,
    );
    before = [...crowd.acknowledged];
    await backUp(dataDir, file);
    await crowd.stop();
    await node.drain();
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const restored = await restoreInto(second, file, whicheverLog, quiet);
  expect(restored.incarnation).not.toBe(incarnation);
  expect(readFileSync(join(second, 'media/log/0/x.bin'))).toEqual(Buffer.from([0, 255, 10]));
  expect(statSync(join(second, 'keys.json')).mode & 0o777).toBe(0o600);
  await using storage = await openEmbeddedStorage({ dataDir: second, logger: silentLogger });
  expect(storage.cluster).toMatchObject({ incarnation: restored.incarnation, clusterId: restored.header.clusterId });
  expect((await verifyStopped(booksOf(storage))).differences).toEqual([]);
  const node = nodeOn(storage);
  await node.start();
  for (const holdId of [before[0]!, before.at(-1)!]) {
    const outcome = await sendStock(node, 'shop', 'A', {
      type: 'release',
      holdId,
      buyer: holdId,
      commandId: `let ${holdId} go`,
      fingerprint: 'f',
    } as never);
    expect(outcome).toMatchObject({ kind: 'reply', position: { incarnation: restored.incarnation } });
  }
  await node.drain();
  expect((await verifyStopped(booksOf(storage))).differences).toEqual([]);
});

test('numbers that the database gives out itself go on after those of the backup', { timeout: 120_000 }, async () => {
  using folder = temporaryFolder();
  const [dataDir, file, target] = ['data', 'one.backup', 'target'].map((name) => join(folder.path, name)) as [string, string, string];
  const pend = async (storage: EmbeddedStorage, eventId: string): Promise<void> => {
    const text = `insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data) values ('s', $1, 'order.placed', 'o', 1, 1, '{}')`;
    await asSuperuser(storage, text, [eventId]);
  };
  prepareFolder(dataDir);
  {
    await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
    const node = nodeOn(storage);
    await node.start();
    for (const eventId of ['a', 'b']) await pend(storage, eventId);
    await node.drain();
  }
  await backUp(dataDir, file);
  await restoreInto(target, file, whicheverLog, quiet);
  await using storage = await openEmbeddedStorage({ dataDir: target, logger: silentLogger });
  await pend(storage, 'c');
  const rows = await asSuperuser(storage, 'select event_id from onhand.feed_pending order by arrived', []);
  expect(rows.map(({ event_id }) => event_id)).toEqual(['a', 'b', 'c']);
});

test('what happens after a restore has ids and numbers that nobody was told before; what happened before it keeps its own', {
  timeout: 180_000,
}, async () => {
  using folder = temporaryFolder();
  const [dataDir, file, once, twice] = ['data', 'one.backup', 'once', 'twice'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  /** As the projector writes it; `at`: null: now. */
  const happens = async (storage: EmbeddedStorage, orderId: string, version: number, at: number | null = null): Promise<void> => {
    const text = `insert into onhand.order_events (store_id, order_id, version, event_id, type, at, cause, payload)
      values ('s', $1, $2::bigint, $1 || '.' || $2, 'order.confirmed', $3, 'test', '{}')`;
    await asSuperuser(storage, text, [orderId, version, at ?? systemClock.wallMs()]);
  };
  const told = async (storage: EmbeddedStorage): Promise<[number, string][]> => {
    const [projector, app] = [poolFor(storage, 'projector'), poolFor(storage, 'app')];
    await new PostgresNumbering(projector).number();
    const events = await new PostgresFeed(app).list('s', 0, 100);
    const story = await new PostgresOrders(app).story('s', 'o', 0, 100);
    await Promise.all([projector.end(), app.end()]);
    const ids = events.map(({ eventId }) => eventId);
    expect(story.every(({ eventId }) => ids.includes(eventId))).toBe(true); // one name everywhere
    return events.map(({ number, eventId }) => [number, eventId]);
  };
  const opened = async (at: string): Promise<EmbeddedStorage> => openEmbeddedStorage({ dataDir: at, logger: silentLogger });
  let lost: [number, string][];
  prepareFolder(dataDir);
  {
    await using storage = await opened(dataDir);
    const before = systemClock.wallMs();
    const node = nodeOn(storage);
    await node.start();
    await node.drain();
    await happens(storage, 'o', 1, before);
    expect(await told(storage)).toEqual([[1, 'o.1']]);
    await backUp(dataDir, file);
    for (const version of [2, 3]) await happens(storage, 'o', version);
    lost = (await told(storage)).slice(1);
    expect(lost).toEqual([
      [2, 'o.2'],
      [3, 'o.3'],
    ]);
  }
  const lives: [number, string][][] = [];
  for (const target of [once, twice]) {
    const { incarnation } = await restoreInto(target, file, whicheverLog, quiet);
    await using storage = await opened(target);
    await happens(storage, 'tail', 1, 1_000); // in the log of the backup, and not yet in its rows
    await happens(storage, 'o', 2);
    const events = await told(storage);
    expect(events.map(([, eventId]) => eventId)).toEqual(['o.1', 'tail.1', `o.2.${incarnation.slice(0, 8)}`]);
    const [first, second, third] = events.map(([number]) => number);
    expect([first, second! > 1e14, third! - second!, Number.isSafeInteger(third)]).toEqual([1, true, 1, true]);
    await happens(storage, 'o', 3);
    expect((await told(storage)).at(-1)).toEqual([third! + 1, `o.3.${incarnation.slice(0, 8)}`]);
    lives.push(events.slice(1));
  }
  const numbers = [...lost, ...lives.flat()].map(([number]) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(Math.min(...lives[1]!.map(([number]) => number))).toBeGreaterThan(Math.max(...lives[0]!.map(([number]) => number)));
});

async function asSuperuser(storage: EmbeddedStorage, text: string, values: readonly unknown[]): Promise<{ readonly event_id: string }[]> {
  const client = new pg.Client({ connectionString: storage.postgres.url('superuser') });
  await client.connect();
  try {
    return (await client.query<{ event_id: string }>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

test('what is not whole, not ours or too new is refused with nothing touched, and so is a folder that is not empty', {
  timeout: 120_000,
}, async () => {
  using folder = temporaryFolder();
  const [dataDir, file, target] = ['data', 'one.backup', 'target'].map((name) => join(folder.path, name)) as [string, string, string];
  prepareFolder(dataDir);
  {
    await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
    const node = nodeOn(storage);
    await node.start();
    await node.drain();
  }
  await backUp(dataDir, file);
  const honest = readFileSync(file);
  const known = (await migrationFiles()).map(({ name }) => name);
  const bad = join(folder.path, 'bad.backup');
  const text = gunzipSync(honest).toString('utf8');
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [honest.subarray(0, honest.length - 100), /cannot be read|cut off/],
    [gzipSync(text.replace('"shard_count":16', '"shard_count":17')), /content has changed/],
    [gzipSync(text.slice(0, text.lastIndexOf('E "'))), /cut off/],
    [gzipSync('hello\n'), /not a backup of Onhand/],
    [Buffer.from('hello'), /cannot be read/],
  ];
  for (const [bytes, words] of cases) {
    writeFileSync(bad, bytes);
    await expect(restoreInto(target, bad, whicheverLog, quiet)).rejects.toThrow(words);
    expect(existsSync(target)).toBe(false);
  }
  await expect(checkBackup(file, known.slice(0, -1))).rejects.toThrow(/newer version/);
  await expect(restoreInto(dataDir, file, whicheverLog, quiet)).rejects.toThrow(/is not empty/);
});

test('a folder whose restore broke off is not served', async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'data'));
  writeFileSync(join(folder.path, 'data/restoring'), 'one.backup\n');
  await expect(openEmbeddedStorage({ dataDir: join(folder.path, 'data'), logger: silentLogger })).rejects.toThrow(/was not finished/);
});
