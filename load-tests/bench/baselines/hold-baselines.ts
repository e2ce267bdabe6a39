/** The shops that sell holds without HTTP, as processes: each with servers of its own, and the number of sessions that suits it. */
import type { Load } from '../side.ts';
import type { Baseline } from './child-port.ts';
import type { HoldShop } from './hold-shop.ts';
import { openReadCommitted } from './postgres/read-committed.ts';
import { openSerializable } from './postgres/serializable.ts';
import { startTunedPostgres } from './postgres/server.ts';
import { openSkipLocked } from './postgres/skip-locked.ts';
import { openRedisLocked } from './redis/locked-shop.ts';
import { startRedis } from './redis/server.ts';
import { startBoth } from './start-both.ts';
import { type PressedShop, SweptShop } from './swept-shop.ts';

const plenty = (): number => 1_000_000_000;
/** Of a shop that keeps one row per unit, and sells at most half as fast. */
const unitRowsPerSecond = 20_000;

export async function serializableBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  const open = async (sessions: number) => pressing(await openSerializable(postgres.url('owner'), sessions));
  return new SweptShop({ open, unitsEach: plenty, servers: [postgres] });
}

export async function readCommittedBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  const open = async (sessions: number) => pressing(await openReadCommitted(postgres.url('owner'), sessions));
  return new SweptShop({ open, unitsEach: plenty, servers: [postgres] });
}

export async function skipLockedBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  const open = async (sessions: number) => pressing(await openSkipLocked(postgres.url('owner'), sessions));
  const unitsEach = ({ seconds, skus }: Load) => Math.ceil((unitRowsPerSecond * seconds) / skus) + 1_000;
  return new SweptShop({ open, unitsEach, servers: [postgres] });
}

export async function redisLockBaseline(folder: string): Promise<Baseline> {
  const [redis, postgres] = await startBoth(startRedis(folder), startTunedPostgres(folder));
  const open = async (sessions: number) => pressing(await openRedisLocked(postgres.url('owner'), redis.port, sessions));
  return new SweptShop({ open, unitsEach: plenty, servers: [postgres, redis] });
}

function pressing(shop: HoldShop): PressedShop {
  return {
    restock: (stock) => shop.restock(stock),
    press: async (number, sku) => ((await shop.hold(`buyer_${number}`, sku)) === 'held' ? 'done' : 'refused'),
    close: () => shop.close(),
  };
}
