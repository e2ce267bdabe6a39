/** The baselines, as sides of a comparison. What each is and why it is the best version of itself: README.md. */
import type { Side } from '../side.ts';
import { forkedSide } from './forked-side.ts';
import { pressHolds } from './hold-press.ts';
import { postgresDurability } from './postgres/server.ts';
import { findRedisServer, redisDurability } from './redis/server.ts';
import { withPostgres, withRedis, withStripe, withUws } from './versions.ts';

const missingRedis = (): Promise<string | null> =>
  Promise.resolve(findRedisServer() === null ? 'There is no redis-server: on Debian or Ubuntu, apt-get install -y redis-server.' : null);

/** Tried for `batched`: how many batches are under way at once. */
const batchesUnderWay = [1, 2, 3, 4];

export const serializable: Side = forkedSide({
  name: 'Postgres SERIALIZABLE, SELECT … FOR UPDATE',
  baseline: 'serializable',
  durability: postgresDurability,
  versions: withPostgres,
});

export const readCommitted: Side = forkedSide({
  name: 'Postgres READ COMMITTED, conditional UPDATE',
  baseline: 'read-committed',
  durability: postgresDurability,
  versions: withPostgres,
});

export const skipLocked: Side = forkedSide({
  name: 'Postgres pool of unit rows, SKIP LOCKED',
  baseline: 'skip-locked',
  durability: postgresDurability,
  versions: withPostgres,
});

export const redisLock: Side = forkedSide({
  name: 'Redis lock and Postgres transaction',
  baseline: 'redis-lock',
  durability: postgresDurability,
  versions: { ...withPostgres, ...withRedis },
  missing: missingRedis,
});

export const batched: Side = forkedSide({
  name: 'Postgres in batches behind uWebSockets',
  baseline: 'batched',
  candidates: batchesUnderWay,
  durability: postgresDurability,
  versions: { ...withPostgres, ...withUws },
  press: pressHolds,
});

export const redisGate: Side = forkedSide({
  name: 'Redis gate, a Lua script',
  baseline: 'gate',
  durability: redisDurability,
  versions: withRedis,
  missing: missingRedis,
});

export const hello: Side = forkedSide({
  name: 'hello world of uWebSockets',
  baseline: 'hello',
  durability: 'nothing is kept',
  versions: withUws,
  press: pressHolds,
});

export const serializableCheckout: Side = forkedSide({
  name: 'checkout in a SERIALIZABLE transaction, paid at the simulator',
  baseline: 'serializable-checkout',
  durability: postgresDurability,
  versions: { ...withPostgres, ...withStripe },
});

export const serializableCheckoutFree: Side = forkedSide({
  name: 'checkout in a SERIALIZABLE transaction, without the payment SDK',
  baseline: 'serializable-checkout-free',
  durability: postgresDurability,
  versions: withPostgres,
});

export const lockedCheckout: Side = forkedSide({
  name: 'checkout under a lock in Redis, paid at the simulator',
  baseline: 'locked-checkout',
  durability: postgresDurability,
  versions: { ...withPostgres, ...withRedis, ...withStripe },
  missing: missingRedis,
});

export const lockedCheckoutFree: Side = forkedSide({
  name: 'checkout under a lock in Redis, without the payment SDK',
  baseline: 'locked-checkout-free',
  durability: postgresDurability,
  versions: { ...withPostgres, ...withRedis },
  missing: missingRedis,
});

/** `connections` of a load are writers, each of a shard of its own; `done` counts rows. */
export const rawRows: Side = forkedSide({
  name: 'the same rows by plain unnest upserts',
  baseline: 'raw-rows',
  durability: postgresDurability,
  versions: withPostgres,
});

/** Ours, under the same load: write-behind as it ships, without the actors and the log before it. */
export const writeBehindRows: Side = forkedSide({
  name: 'write-behind',
  baseline: 'write-behind-rows',
  durability: postgresDurability,
  versions: withPostgres,
});
