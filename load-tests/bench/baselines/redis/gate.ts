/**
 * A gate in Redis: a counter and its script, nothing on disk. As its best advocate would write it: one EVALSHA per hold, all
 * that are asked for in one turn of the event loop in one packet, no waiting for one another.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { HoldShop, Stock } from '../hold-shop.ts';

declare module 'ioredis' {
  interface RedisCommander {
    take(left: string, holders: string, quantity: number, holdId: number, buyer: string): Promise<number>;
  }
}

/** As take.lua answers. */
const counterGone = -2;

export async function openGate(port: number, connectionCount: number): Promise<HoldShop> {
  const connections = Array.from({ length: connectionCount }, () => connect(port));
  const [first] = connections;
  if (first === undefined) throw new Error('a gate needs at least one connection');
  await first.ping();
  const firstHoldId = (await first.incr('hold_blocks')) * 1e9;
  let holds = 0;
  return {
    async restock({ skus, unitsEach }: Stock) {
      await first.flushall();
      for (let sku = 1; sku <= skus; sku += 1) await first.set(leftKey(sku), unitsEach);
    },
    async hold(buyer, sku) {
      holds += 1;
      const connection = connections[holds % connections.length] ?? first;
      const left = await connection.take(leftKey(sku), holdersKey(sku), 1, firstHoldId + holds, buyer);
      if (left === counterGone) throw new Error(`Redis has no counter for SKU ${sku}`);
      return left >= 0 ? 'held' : 'sold_out';
    },
    async close() {
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** Beside each other in a cluster: the script needs both at once. */
function leftKey(sku: number): string {
  return `{sale:${sku}}:left`;
}

export function holdersKey(sku: number): string {
  return `{sale:${sku}}:holders`;
}

function connect(port: number): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => {}); // said by the command that fails
  redis.defineCommand('take', { numberOfKeys: 2, lua: readFileSync(join(import.meta.dirname, 'take.lua'), 'utf8') });
  return redis;
}
