/**
 * A lock in Redis around a transaction in Postgres: look into Redis, lock (SET NX PX with a token), decrement in Postgres,
 * write the new number to Redis, unlock by a script that compares the token.
 *
 * As its best advocate would write it: buyers of one product wait in line inside the process, so that only one of them at
 * a time contends for the lock and nobody polls in vain; looking and locking are one round trip, so are writing and
 * unlocking; the transaction is one prepared statement; the buyer is answered at the commit, before the lock is given
 * back. The statement takes only what is there: a lock whose time ran out oversells nothing.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { takeAndKeep } from '../postgres/read-committed.ts';
import { makeTables, restockCounted } from '../postgres/schema.ts';
import { Sessions } from '../postgres/sessions.ts';
import type { HoldOutcome, HoldShop, Stock } from '../hold-shop.ts';
import { Lines } from '../lines.ts';

export const lockTtlMs = 2_000;
/** Between two looks at a lock that another process has. */
const pollMs = 1;

declare module 'ioredis' {
  interface RedisCommander {
    unlock(key: string, token: string): Promise<number>;
  }
}

export function connectRedis(port: number): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => {}); // said by the command that fails
  redis.defineCommand('unlock', { numberOfKeys: 1, lua: readFileSync(join(import.meta.dirname, 'unlock.lua'), 'utf8') });
  return redis;
}

export async function openRedisLocked(url: string, redisPort: number, sessionCount: number): Promise<HoldShop> {
  await makeTables(url);
  const sessions = await Sessions.open(url, sessionCount);
  const redis = connectRedis(redisPort);
  const lines = new Lines();
  return {
    async restock(stock: Stock) {
      await restockCounted(url, stock);
      await writeCounters(redis, stock);
    },
    hold: (buyer, sku) =>
      new Promise((resolve, reject) => {
        lines.inLine(sku, () => holdLocked({ redis, sessions }, buyer, sku, resolve)).catch(reject);
      }),
    async close() {
      await sessions.close();
      redis.disconnect();
    },
  };
}

export async function writeCounters(redis: Redis, { skus, unitsEach }: Stock): Promise<void> {
  await redis.flushall();
  for (let sku = 1; sku <= skus; sku += 1) await redis.set(stockKey(sku), unitsEach);
}

export function stockKey(sku: number): string {
  return `stock:${sku}`;
}

export function lockKey(sku: number): string {
  return `lock:product:${sku}`;
}

interface Shop {
  readonly redis: Redis;
  readonly sessions: Sessions;
}

/** Returns when the next in line may try. */
async function holdLocked({ redis, sessions }: Shop, buyer: string, sku: number, answer: (outcome: HoldOutcome) => void): Promise<void> {
  const token = randomUUID();
  const left = await lockAndLook(redis, sku, token);
  try {
    if (left !== null && left < 1) return answer('sold_out');
    const { rows } = await sessions.use((session) => session.query<{ available: string }>({ ...takeAndKeep, values: [sku, buyer] }));
    answer(rows[0] === undefined ? 'sold_out' : 'held');
    if (rows[0] !== undefined) void redis.set(stockKey(sku), rows[0].available).catch(() => {}); // leaves with the unlock
  } finally {
    await redis.unlock(lockKey(sku), token);
  }
}

/** What Redis says is left, once the lock is ours; null when it does not know, and Postgres has to say. */
async function lockAndLook(redis: Redis, sku: number, token: string): Promise<number | null> {
  for (;;) {
    const [locked, left] = await Promise.all([redis.set(lockKey(sku), token, 'PX', lockTtlMs, 'NX'), redis.get(stockKey(sku))]);
    if (locked === 'OK') return left === null ? null : Number(left);
    await sleep(pollMs);
  }
}
