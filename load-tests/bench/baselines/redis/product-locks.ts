/**
 * One lock per product in Redis (SET NX PX with a token, given back by a script that compares it), and beside it the
 * number of units that are left.
 *
 * As its best advocate would write it: buyers of one product wait in line inside the process, so that only one of them at
 * a time contends for the lock and nobody polls in vain; looking and locking are one round trip, so are writing and
 * unlocking.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Stock } from '../hold-shop.ts';
import { Lines } from '../lines.ts';

declare module 'ioredis' {
  interface RedisCommander {
    unlock(key: string, token: string): Promise<number>;
  }
}

const lockTtlMs = 2_000;
/** Between two looks at a lock that another process has. */
const pollMs = 1;

export function connectRedis(port: number): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => {}); // said by the command that fails
  redis.defineCommand('unlock', { numberOfKeys: 1, lua: readFileSync(join(import.meta.dirname, 'unlock.lua'), 'utf8') });
  return redis;
}

export class ProductLocks {
  readonly #redis: Redis;
  readonly #lines = new Lines();

  constructor(port: number) {
    this.#redis = connectRedis(port);
  }

  async restock({ skus, unitsEach }: Stock): Promise<void> {
    await this.#redis.flushall();
    for (let sku = 1; sku <= skus; sku += 1) await this.#redis.set(stockKey(sku), unitsEach);
  }

  /**
   * Runs `work` while the product is ours. It is told what Redis says is left (null: Redis does not know), and returns what
   * is left now (null: no change). Settles as `work` does, and may do so before the lock is given back.
   */
  whileLocked(sku: number, work: (left: number | null) => Promise<number | null>): Promise<void> {
    return new Promise((resolve, reject) => {
      const inLine = this.#lines.inLine(sku, async () => {
        const token = randomUUID();
        const left = await this.#lockAndLook(sku, token);
        try {
          const leftNow = await work(left);
          resolve();
          if (leftNow !== null) void this.#redis.set(stockKey(sku), leftNow).catch(() => {}); // leaves with the unlock
        } finally {
          await this.#redis.unlock(lockKey(sku), token);
        }
      });
      inLine.catch(reject);
    });
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #lockAndLook(sku: number, token: string): Promise<number | null> {
    for (;;) {
      const lock = this.#redis.set(lockKey(sku), token, 'PX', lockTtlMs, 'NX');
      const [locked, left] = await Promise.all([lock, this.#redis.get(stockKey(sku))]);
      if (locked === 'OK') return left === null ? null : Number(left);
      await sleep(pollMs);
    }
  }
}

function stockKey(sku: number): string {
  return `stock:${sku}`;
}

function lockKey(sku: number): string {
  return `lock:product:${sku}`;
}
