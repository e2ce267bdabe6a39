/** The past of a real data folder: by the route of a running server, and by the command, before and after a trim. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type Onhand, startOnhand } from '../main.ts';
import { Archiver } from '../runtime/archive/archiver.ts';
import { systemClock } from '../runtime/clock.ts';
import { loadConfig } from '../runtime/config.ts';
import { limits } from '../runtime/limits.ts';
import { silentLogger } from '../runtime/logger.ts';
import { prepareFolder } from '../testing/prepared-folder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { until } from '../testing/until.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';
import { whatIsSaid } from '../testing/said.ts';
import { main } from './main.ts';

const sku = 'look/back';
const path = `/v1/admin/stock/${encodeURIComponent(sku)}`;
const said = whatIsSaid();

interface Body {
  readonly serverTime: string;
  readonly code: string;
  readonly version: number;
  readonly levels: readonly { readonly onHand: number; readonly held: number; readonly available: number }[];
  readonly restsOn: { readonly frame: number; readonly at: string; readonly changedIn: number };
  readonly [more: string]: unknown;
}

let calls = 0;

async function call(server: Onhand, key: string, method: string, where: string, body?: object): Promise<Body> {
  const answer = await fetch(server.url + where, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': `call-${(calls += 1)}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Body;
}

/** What was told at an instant; by then that instant is over, so that nothing else happens in it. */
async function over(body: Body): Promise<string> {
  expect(body.code, JSON.stringify(body)).toBeUndefined();
  const at = Date.parse(body.serverTime);
  await until(
    'the instant is over',
    () => Date.now(),
    (now) => now > at + 20,
  );
  return body.serverTime;
}

interface Told {
  readonly code: number;
  readonly json: {
    readonly known: boolean;
    readonly skus: readonly (Body & { readonly store: string; readonly sku: string })[];
    readonly shards: readonly { readonly frame: number }[];
  };
}

async function replayTo(folder: string, ...words: string[]): Promise<Told> {
  const file = join(folder, 'result.json');
  const code = await main(['replay-to', ...words, '--json', file]);
  return { code, json: JSON.parse(readFileSync(file, 'utf8')) as Told['json'] };
}

/**
 * Everything whose rows are written goes to the archive, and most of that leaves the log: by hand, since the adapter
 * drops whole partitions only, which this little data never fills. How many frames have left.
 */
async function archiveAndTrim(dataDir: string): Promise<number> {
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  const { rows, log, archive, cluster, postgres } = storage;
  const impatient = { ...limits, archiveSegmentBytes: 2_000, archiveSegmentAgeMs: 0, logRetentionMs: 0 };
  const shardCount = cluster.shardCount;
  await new Archiver({ log, rows, archive, shardCount, clock: systemClock, limits: impatient, logger: silentLogger }).run();
  const client = new pg.Client({ connectionString: postgres.url('superuser') });
  await client.connect();
  try {
    let trimmed = 0;
    for (let shard = 0; shard < shardCount; shard++) {
      const last = Math.min((await archive.end(shard)).frame, (await log.tail(shard)).frame - 1);
      const { rowCount } = await client.query('delete from onhand_log.frames where shard = $1 and frame <= $2', [shard, last]);
      trimmed += rowCount ?? 0;
    }
    return trimmed;
  } finally {
    await client.end();
  }
}

test('stock at any instant is what it was then, for each store its own, by route and by command', async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  prepareFolder(dataDir);
  const began = new Date(Date.now() - 1_000).toISOString();
  const config = { ...loadConfig({ data: dataDir }), port: 0 };
  const server = await startOnhand({ config, logger: pino({ level: 'silent' }) });
  const [mine, theirs] = server.keys.stores.map(({ storeId, secretKey }) => ({ storeId, secretKey }));
  if (mine === undefined || theirs === undefined) throw new Error('two stores are seeded');
  const instants: string[] = [];
  try {
    instants.push(await over(await call(server, mine.secretKey, 'POST', '/v1/admin/stock/receive', { sku, quantity: 10 })));
    await call(server, mine.secretKey, 'POST', '/v1/holds', { sku, quantity: 3 });
    instants.push(await over(await call(server, mine.secretKey, 'GET', path)));
    instants.push(await over(await call(server, theirs.secretKey, 'POST', '/v1/admin/stock/receive', { sku, quantity: 99 })));
    const asOf = (key: string, at: string) => call(server, key, 'GET', `${path}/as-of?at=${at}`);

    const [received, held, last] = instants as [string, string, string];
    expect(await asOf(mine.secretKey, received)).toMatchObject({ version: 1, levels: [{ onHand: 10, held: 0, available: 10 }] });
    expect(await asOf(mine.secretKey, held)).toMatchObject({ asOf: held, levels: [{ onHand: 10, held: 3, available: 7 }] });
    expect(await asOf(theirs.secretKey, held), 'of another store nothing is told').toMatchObject({ code: 'sku_unknown' });
    expect(await asOf(theirs.secretKey, last)).toMatchObject({ levels: [{ onHand: 99, held: 0 }] });
    expect(await asOf(mine.secretKey, began)).toMatchObject({ code: 'sku_unknown' });
    expect(await asOf(mine.secretKey, '2999-01-01T00:00:00Z')).toMatchObject({ code: 'query_invalid' });
    const { restsOn } = await asOf(mine.secretKey, received);
    expect(restsOn.changedIn).toBeLessThanOrEqual(restsOn.frame);
    expect(Date.parse(restsOn.at)).toBeLessThanOrEqual(Date.parse(received));

    const there = ['--target', server.url, '--key', mine.secretKey];
    const asked = await replayTo(folder.path, ...there, '--sku', sku, '--at', String(Date.parse(held)));
    expect(asked).toMatchObject({ code: 0, json: { known: true, skus: [{ levels: [{ onHand: 10, held: 3 }] }] } });
    expect(await replayTo(folder.path, ...there, '--sku', 'never', '--at', held)).toMatchObject({ code: 1, json: { known: false } });
    expect(await main(['replay-to', '--target', server.url, '--key', 'sk_nobody', '--sku', sku, '--at', held])).toBe(2);
  } finally {
    await server.stop();
  }
  await folderTells(folder.path, dataDir, instants, mine.storeId, theirs.storeId);
  expect(await archiveAndTrim(dataDir)).toBeGreaterThan(0);
  await folderTells(folder.path, dataDir, instants, mine.storeId, theirs.storeId);
}, 240_000);

async function folderTells(folder: string, dataDir: string, instants: readonly string[], mine: string, theirs: string): Promise<void> {
  const [received, held, last] = instants as [string, string, string];
  const told = (...words: string[]) => replayTo(folder, '--data', dataDir, ...words);
  expect(await told('--sku', sku, '--store', mine, '--at', received)).toMatchObject({
    code: 0,
    json: { skus: [{ store: mine, version: 1, levels: [{ onHand: 10, held: 0 }] }], shards: [{}] },
  });
  expect(said.join('')).toMatch(/look\/back +main +10 +10 +0/);
  const both = await told('--sku', sku, '--at', last);
  expect(both.json.skus.map(({ store, levels }) => [store, levels[0]?.onHand, levels[0]?.held]).sort()).toEqual(
    [
      [mine, 10, 3],
      [theirs, 99, 0],
    ].sort(),
  );
  const everything = await told('--store', theirs, '--at', last);
  expect(everything.json.skus.map((found) => found.sku)).toContain(sku);
  expect(everything.json.skus.every(({ store }) => store === theirs)).toBe(true);
  expect((await told('--store', theirs, '--at', held)).json.skus.map((found) => found.sku)).not.toContain(sku);
  said.length = 0;
  expect(await told('--at', '2001-01-01T00:00:00Z')).toMatchObject({ code: 1, json: { known: false, skus: [] } });
  expect(said.join('')).toMatch(/Nothing is known of 2001-01-01T00:00:00\.000Z: the log begins at 20\d\d-/);
  said.length = 0;
  expect(await told('--sku', 'never', '--store', mine, '--at', last)).toMatchObject({ code: 1 });
  expect(said.join('')).toContain('The SKU never of store');
}
