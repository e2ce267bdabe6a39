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
import { Node } from '../runtime/node.ts';
import { verifyStopped } from '../runtime/verify/report.ts';
import { PostgresTenants } from '../services/tenants/postgres.ts';
import { seedStores } from '../services/tenants/seed.ts';
import { Crowd, receiptOf, sendStock } from '../testing/crowd.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { until } from '../testing/until.ts';
import { backupLines, openBackupSource } from './embedded/backup-source.ts';
import { booksOf } from './embedded/books.ts';
import { definitions } from './embedded/definitions.ts';
import { whicheverLog } from './embedded/open-log.ts';
import { restoreInto } from './embedded/restore-target.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from './embedded/storage.ts';

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
    const pool = new pg.Pool({ connectionString: storage.postgres.url('app'), max: 2 });
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

async function asSuperuser(storage: EmbeddedStorage, text: string, values: readonly string[]): Promise<{ readonly event_id: string }[]> {
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
