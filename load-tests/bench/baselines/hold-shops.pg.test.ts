/**
 * That the shops we compare ourselves with sell what they have, to those they say they sold it to, and no more. Does not
 * prove that they are fast.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testing/postgres.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import type { Books, HoldShop } from './hold-shop.ts';
import { openReadCommitted } from './postgres/read-committed.ts';
import { readCountedBooks, readUnitBooks } from './postgres/schema.ts';
import { openSerializable } from './postgres/serializable.ts';
import { openSkipLocked, takeNext } from './postgres/skip-locked.ts';
import { holdersKey, openGate } from './redis/gate.ts';
import { openRedisLocked } from './redis/locked-shop.ts';
import { connectRedis } from './redis/product-locks.ts';
import { findRedisServer, type RedisServer, startRedis } from './redis/server.ts';

const units = 20;
const buyers = 200;

let database: TestDatabase;
let redis: RedisServer | null = null;
const folder = temporaryFolder();

beforeAll(async () => {
  database = await testDatabase();
  if (findRedisServer() !== null) redis = await startRedis(folder.path);
});

afterAll(async () => {
  await redis?.stop();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Kind {
  readonly name: string;
  readonly open: (sessions: number) => Promise<HoldShop>;
  readonly books: () => Promise<Books>;
}

const url = () => database.url('owner');
const kinds: readonly Kind[] = [
  { name: 'SERIALIZABLE', open: (sessions) => openSerializable(url(), sessions), books: () => readCountedBooks(url()) },
  { name: 'READ COMMITTED', open: (sessions) => openReadCommitted(url(), sessions), books: () => readCountedBooks(url()) },
  { name: 'SKIP LOCKED', open: (sessions) => openSkipLocked(url(), sessions), books: () => readUnitBooks(url()) },
];

/** All at once, each for one unit. Returns who was told `held`, by SKU. */
async function rush(shop: HoldShop, skus: number): Promise<readonly { readonly buyer: string; readonly sku: number }[]> {
  const asked = Array.from({ length: buyers }, (_, index) => ({ buyer: `buyer_${index}`, sku: 1 + (index % skus) }));
  const answers = await Promise.all(asked.map(async (one) => ({ one, outcome: await shop.hold(one.buyer, one.sku) })));
  return answers.filter(({ outcome }) => outcome === 'held').map(({ one }) => one);
}

function expectAgreement(told: readonly { readonly buyer: string; readonly sku: number }[], books: Books): void {
  const byName = (one: { readonly buyer: string }, other: { readonly buyer: string }) => one.buyer.localeCompare(other.buyer);
  expect(books.holds.map(({ buyer, sku }) => ({ buyer, sku })).sort(byName)).toEqual([...told].sort(byName));
  expect(books.holds.every(({ quantity }) => quantity === 1)).toBe(true);
}

async function expectHonest({ open, books }: Kind, sessions: number): Promise<void> {
  const shop = await open(sessions);
  try {
    await shop.restock({ skus: 1, unitsEach: units });
    const told = await rush(shop, 1);
    expect(told).toHaveLength(units);
    const after = await books();
    expectAgreement(told, after);
    expect([...after.available]).toEqual([[1, 0]]);

    await shop.restock({ skus: 4, unitsEach: buyers });
    const spread = await rush(shop, 4);
    expect(spread).toHaveLength(buyers);
    const left = await books();
    expectAgreement(spread, left);
    expect(new Set(left.available.values())).toEqual(new Set([buyers - buyers / 4]));
  } finally {
    await shop.close();
  }
}

describe.each(kinds)('$name', (kind) => {
  it.each([1, 8])('sells every unit once and writes down to whom, over %i sessions', { timeout: 120_000 }, (sessions) =>
    expectHonest(kind, sessions),
  );
});

describe('SKIP LOCKED', () => {
  it('finds the next free unit by its index and writes it by its address, however many there are', { timeout: 60_000 }, async () => {
    const shop = await openSkipLocked(url(), 1);
    try {
      await shop.restock({ skus: 2, unitsEach: 20_000 });
      const session = await database.poolFor('owner').connect();
      try {
        await session.query(
          `set plan_cache_mode = force_generic_plan; prepare ${takeNext.name} (integer, text, bigint) as ${takeNext.text}`,
        );
        const { rows } = await session.query<{ 'QUERY PLAN': string }>(`explain execute ${takeNext.name} (1, 'buyer', 5)`);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toContain('Tid Scan on units');
        expect(plan).toContain('Index Scan using units_free');
        expect(plan).not.toContain('Sort');
      } finally {
        session.release(true);
      }
    } finally {
      await shop.close();
    }
  });
});

describe.runIf(findRedisServer() !== null)('a lock in Redis', () => {
  it.each([1, 8])('sells every unit once and writes down to whom, over %i sessions', { timeout: 120_000 }, (sessions) =>
    expectHonest(
      { name: '', open: (count) => openRedisLocked(url(), redis?.port ?? 0, count), books: () => readCountedBooks(url()) },
      sessions,
    ),
  );

  it('holds between processes: two shops on one stock sell every unit once', { timeout: 60_000 }, async () => {
    const one = await openRedisLocked(url(), redis?.port ?? 0, 2);
    const other = await openRedisLocked(url(), redis?.port ?? 0, 2);
    try {
      await one.restock({ skus: 1, unitsEach: units });
      const told = (await Promise.all([rush(one, 1), rush(other, 1)])).flat();
      expect(told).toHaveLength(units);
      expect((await readCountedBooks(url())).available.get(1)).toBe(0);
    } finally {
      await one.close();
      await other.close();
    }
  });
});

describe.runIf(findRedisServer() !== null)('a gate in Redis', () => {
  it('lets in as many as there are units and remembers whom', { timeout: 60_000 }, async () => {
    const port = redis?.port ?? 0;
    const gate = await openGate(port, 2);
    const looker = connectRedis(port);
    try {
      await gate.restock({ skus: 1, unitsEach: units });
      const told = await rush(gate, 1);
      expect(told).toHaveLength(units);
      const holders = await looker.hvals(holdersKey(1));
      expect([...holders].sort()).toEqual(told.map(({ buyer }) => buyer).sort());
    } finally {
      looker.disconnect();
      await gate.close();
    }
  });

  it('whose counter is gone is a failure, not a sold-out sale', async () => {
    const gate = await openGate(redis?.port ?? 0, 1);
    try {
      await gate.restock({ skus: 1, unitsEach: units });
      await expect(gate.hold('buyer_1', 2)).rejects.toThrow('counter');
    } finally {
      await gate.close();
    }
  });
});
