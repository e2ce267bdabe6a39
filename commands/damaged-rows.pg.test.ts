/**
 * Damage to stored rows under a real data folder: the shop notices when it reads them, answers from the log all
 * the same, and puts right what can be put right.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { type ActorCommand, actorId } from '../actors/kernel/index.ts';
import { clusterDirOf, startPostgres } from '../engines/postgres/index.ts';
import { systemClock } from '../runtime/clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { ask } from '../runtime/router/port.ts';
import { prepareFolder } from '../testing/prepared-folder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { definitions } from './embedded/definitions.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from './embedded/storage.ts';

const skus = ['A', 'B', 'C'];

async function startNode(storage: EmbeddedStorage, logger: Logger = silentLogger): Promise<Node> {
  const node = new Node({ ...storage.cluster, definitions, log: storage.log, rows: storage.rows, clock: systemClock, logger });
  await node.start();
  return node;
}

async function reply(node: Node, sku: string, command: object): Promise<unknown> {
  const actor = actorId('stock', 'shop', sku);
  const outcome = await ask(node, { actor, command: command as ActorCommand, class: 'client', waitMs: 10_000 });
  if (outcome.kind !== 'reply') throw new Error(`${sku}: ${JSON.stringify(outcome)}`);
  return outcome.reply;
}

let once = 0;
const receive = (quantity: number) => ({
  type: 'receive',
  location: 'main',
  quantity,
  commandId: `receive-${once++}`,
  fingerprint: 'f',
});

async function stockOf(node: Node): Promise<string[]> {
  const shown = await Promise.all(skus.map((sku) => reply(node, sku, { type: 'read' })));
  return shown.map((one) => /"onHand":(\d+)/.exec(JSON.stringify(one))?.[1] ?? JSON.stringify(one));
}

function damagedCount(node: Node): number {
  return node.status.reduce((sum, { damaged }) => sum + damaged, 0);
}

async function asSuperuser<Row extends pg.QueryResultRow>(url: string, text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function trade(dataDir: string): Promise<void> {
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  const node = await startNode(storage);
  for (const [index, sku] of skus.entries()) await reply(node, sku, receive(100 + index));
  await node.drain();
}

test('a row that was changed by hand is noticed, the SKU is answered from the log, and the row put right', async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  prepareFolder(dataDir);
  await trade(dataDir);
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  const node = await startNode(storage);
  const superuser = storage.postgres.url('superuser');
  // while it runs and the SKUs are cold
  await asSuperuser(superuser, `update onhand.stock_levels set on_hand = 5000, available = 5000 where sku = 'B'`);
  expect(await stockOf(node)).toEqual(['100', '101', '102']);
  expect(damagedCount(node)).toBe(1);
  await reply(node, 'B', receive(10));
  await node.drain();
  const levels = await asSuperuser(superuser, 'select on_hand from onhand.stock_levels order by sku');
  expect(levels.map(({ on_hand }) => Number(on_hand))).toEqual([100, 111, 102]);
  const next = await startNode(storage);
  expect(await stockOf(next)).toEqual(['100', '111', '102']);
  expect(damagedCount(next)).toBe(0);
  await next.drain();
}, 120_000);

/** The file of a table and where in it a text stands. */
async function heapOf(dataDir: string, table: string): Promise<string> {
  await using postgres = await startPostgres({ dataDir: join(dataDir, 'postgres') });
  const superuser = postgres.url('superuser');
  expect(await asSuperuser(superuser, 'show data_checksums')).toEqual([{ data_checksums: 'on' }]);
  await asSuperuser(superuser, 'checkpoint');
  const [found] = await asSuperuser<{ path: string }>(superuser, `select pg_relation_filepath('${table}') as path`);
  return join(clusterDirOf(join(dataDir, 'postgres'))!, found!.path);
}

const pageBytes = 8_192;

/** In every page: two writers at once make Postgres add several, so the rows may lie on any of them. */
function flipAByteOfEachPage(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    for (let at = pageBytes - 1; at < statSync(file).size; at += pageBytes) {
      readSync(handle, byte, 0, 1, at);
      writeSync(handle, Buffer.from([byte[0]! ^ 1]), 0, 1, at);
    }
  } finally {
    closeSync(handle);
  }
}

test('a byte that the disk turned in the file of a table does not change what the shop answers', async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  prepareFolder(dataDir);
  await trade(dataDir);
  flipAByteOfEachPage(await heapOf(dataDir, 'onhand.stock_levels'));
  const alarms: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (fields: object, message: string) => alarms.push(`${message} ${JSON.stringify(fields)}`),
  };
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  const node = await startNode(storage, logger);
  expect(await stockOf(node)).toEqual(['100', '101', '102']);
  expect(damagedCount(node)).toBe(3);
  expect(alarms).toContainEqual(expect.stringMatching(/stored rows are damaged.*invalid page/));
  node.halt();
}, 120_000);
