/**
 * A lock in Redis around a transaction in Postgres: look into Redis, lock, decrement in Postgres, write the new number to
 * Redis, unlock. The transaction is one prepared statement, and the buyer is answered at its commit, before the lock is
 * given back. It takes only what is there: a lock whose time ran out oversells nothing.
 */
import type { HoldOutcome, HoldShop, Stock } from '../hold-shop.ts';
import { takeAndKeep } from '../postgres/read-committed.ts';
import { makeTables, restockCounted } from '../postgres/schema.ts';
import { Sessions } from '../postgres/sessions.ts';
import { ProductLocks } from './product-locks.ts';

export async function openRedisLocked(url: string, redisPort: number, sessionCount: number): Promise<HoldShop> {
  await makeTables(url);
  const sessions = await Sessions.open(url, sessionCount);
  const locks = new ProductLocks(redisPort);
  return {
    async restock(stock: Stock) {
      await restockCounted(url, stock);
      await locks.restock(stock);
    },
    async hold(buyer, sku) {
      let outcome: HoldOutcome = 'sold_out';
      await locks.whileLocked(sku, async (left) => {
        if (left !== null && left < 1) return null;
        const { rows } = await sessions.use((session) => session.query<{ available: string }>({ ...takeAndKeep, values: [sku, buyer] }));
        if (rows[0] === undefined) return null;
        outcome = 'held';
        return Number(rows[0].available);
      });
      return outcome;
    },
    async close() {
      await sessions.close();
      locks.close();
    },
  };
}
