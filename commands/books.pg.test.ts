/**
 * The books of a real data folder: `verify` finds one planted difference of each kind in this list, `repair`
 * mends them all from the log, and the next start serves what the log says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { actorId, type ActorCommand } from '../actors/kernel/index.ts';
import { startPostgres } from '../engines/postgres/index.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { ask, type Outcome } from '../runtime/router/port.ts';
import { prepareFolder } from '../testing/prepared-folder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { definitions } from './embedded/definitions.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';
import { main } from './main.ts';

const nearness = [{ location: 'main', rank: 0 }];
let order = 0;

function once() {
  order += 1;
  return { commandId: `command-${order}`, fingerprint: 'f' };
}

async function must(node: Node, kind: string, id: string, command: ActorCommand): Promise<unknown> {
  const outcome: Outcome = await ask(node, { actor: actorId(kind, 'shop', id), command, class: 'client', waitMs: 10_000 });
  if (outcome.kind !== 'reply') throw new Error(`${command.type} of ${id}: ${JSON.stringify(outcome)}`);
  return outcome.reply;
}

/** A small shop with a bit of everything in its books. */
async function trade(dataDir: string): Promise<void> {
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  const node = new Node({
    ...storage.cluster,
    definitions,
    log: storage.log,
    rows: storage.rows,
    clock: systemClock,
    logger: silentLogger,
  });
  await node.start();
  for (const sku of ['A', 'B', 'C', 'D'])
    await must(node, 'stock', sku, { type: 'receive', location: 'main', quantity: 100, ...once() } as ActorCommand);
  for (const sku of ['A', 'B']) {
    const holdId = `hold-${sku}`;
    await must(node, 'stock', sku, {
      type: 'hold',
      holdId,
      fingerprint: 'f',
      buyer: 'anna',
      quantity: 2,
      ttlMs: 600_000,
      nearness,
    } as ActorCommand);
    await must(node, 'stock', sku, { type: 'commit', holdId, buyer: 'anna' } as ActorCommand);
  }
  const lines = [
    { sku: 'A', quantity: 1 },
    { sku: 'C', quantity: 3 },
  ];
  await must(node, 'hold', 'hold_several', { type: 'take', ...once(), buyer: 'bert', lines, ttlMs: 600_000, nearness } as ActorCommand);
  await node.drain();
}

const planted: readonly { readonly what: string; readonly sql: string; readonly finds: RegExp }[] = [
  {
    what: 'a count that was changed',
    sql: `update onhand.stock_levels set on_hand = on_hand + 5 where sku = 'A'`,
    finds: /^stock_levels\/A\/main on_hand$/,
  },
  {
    what: 'settings that were changed',
    sql: `update onhand.stock_skus set policy = 'continue' where sku = 'B'`,
    finds: /^stock_skus\/B policy$/,
  },
  {
    what: 'a hold that was lost',
    sql: `delete from onhand.stock_holds where hold_id = 'hold-A'`,
    finds: /^stock_holds\/A\/hold-A.* row is missing$/,
  },
  {
    what: 'a hold with another status',
    sql: `update onhand.stock_holds set status = 'released' where hold_id = 'hold-B'`,
    finds: /^stock_holds\/B\/hold-B.* status$/,
  },
  {
    what: 'a movement that was lost',
    sql: `delete from onhand.stock_movements where sku = 'B'`,
    finds: /^stock_movements\/B\/.* row is missing$/,
  },
  {
    what: 'a movement that was changed',
    sql: `update onhand.stock_movements set quantity = 99 where sku = 'C'`,
    finds: /^stock_movements\/C\/.* quantity$/,
  },
  {
    what: 'an outcome that was lost',
    sql: `delete from onhand.command_outcomes where actor_id = 'D'`,
    finds: /^command_outcomes\/stock\/D\/.* row is missing$/,
  },
  { what: 'a hold of several lines that was changed', sql: `update onhand.holds set buyer = 'carl'`, finds: /^holds\/hold_several buyer$/ },
  { what: 'an actor that was lost', sql: `delete from onhand.actors where actor_id = 'D'`, finds: /^actors\/stock\/D row is missing$/ },
  {
    what: 'an actor that claims to be newer',
    sql: `update onhand.actors set version = version + 3 where actor_id = 'C'`,
    finds: /^actors\/stock\/C version$/,
  },
  {
    what: 'a row that nobody made',
    sql: `insert into onhand.stock_levels select (jsonb_populate_record(s, '{"sku": "GHOST"}')).* from onhand.stock_levels s where s.sku = 'D'`,
    finds: /^stock_levels\/GHOST\/main row that the log knows nothing of$/,
  },
];

const flippedBitSql = 'update onhand_log.frames set bytes = set_byte(bytes, 108, get_byte(bytes, 108) # 1) where shard = 0 and frame = 1';

async function plant(dataDir: string, differences: readonly { readonly what: string; readonly sql: string }[]): Promise<void> {
  await using postgres = await startPostgres({ dataDir: join(dataDir, 'postgres') });
  const client = new pg.Client({ connectionString: postgres.url('superuser') });
  await client.connect();
  try {
    for (const { what, sql } of differences) {
      const { rowCount } = await client.query(sql);
      expect(rowCount, what).toBeGreaterThan(0);
    }
  } finally {
    await client.end();
  }
}

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => vi.restoreAllMocks());

async function run(folder: string, ...words: string[]): Promise<{ readonly code: number; readonly json: Record<string, unknown> }> {
  const file = join(folder, 'result.json');
  const code = await main([...words, '--json', file]);
  return { code, json: JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> };
}

test('verify finds one planted difference of each kind, repair mends them all from the log', async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  prepareFolder(dataDir);
  await trade(dataDir);
  expect(await run(folder.path, 'verify', '--data', dataDir)).toMatchObject({
    code: 0,
    json: { ok: true, differences: [], checked: { skus: 4 } },
  });

  await plant(dataDir, planted);
  const found = await run(folder.path, 'verify', '--data', dataDir);
  expect(found.code).toBe(1);
  const sentences = (found.json['differences'] as { key: string; what: string }[]).map(({ key, what }) => `${key} ${what}`);
  for (const { what, finds } of planted) expect(sentences, what).toContainEqual(expect.stringMatching(finds));

  const dry = await run(folder.path, 'repair', '--data', dataDir, '--dry-run');
  expect(dry.code).toBe(1);
  expect((await run(folder.path, 'verify', '--data', dataDir)).code, 'a dry run writes nothing').toBe(1);
  const repaired = await run(folder.path, 'repair', '--data', dataDir, '--apply');
  expect(repaired).toMatchObject({ code: 0, json: { ok: true, applied: true, unmendable: [] } });
  expect(await run(folder.path, 'verify', '--data', dataDir)).toMatchObject({ code: 0, json: { ok: true } });

  await plant(dataDir, [{ what: 'a bit that flipped in the log', sql: flippedBitSql }]);
  const damaged = await run(folder.path, 'verify', '--data', dataDir);
  expect(damaged).toMatchObject({
    code: 1,
    json: { differences: [{ what: expect.stringMatching(/shard 0, frame 1: its checksum is wrong/) }] },
  });
  const hopeless = await run(folder.path, 'repair', '--data', dataDir, '--apply');
  expect(hopeless, 'the log is the truth: what is wrong in it is for a person').toMatchObject({
    code: 1,
    json: { ok: false, applied: false },
  });
}, 240_000);
