/** The baselines behind HTTP, and the gate in Redis, as processes. */
import type { Baseline } from './child-port.ts';
import { drive } from './drive.ts';
import { openBatchedShop } from './http/batched-shop.ts';
import { serveHello } from './http/hello.ts';
import { skuPrefix } from './hold-press.ts';
import { startTunedPostgres } from './postgres/server.ts';
import { openGate } from './redis/gate.ts';
import { startRedis } from './redis/server.ts';

const unitsPlenty = 1_000_000_000;
/** Until it is tuned: whoever presses tries others, since only pressure from outside shows what is best. */
const batchesUnderWayAtFirst = 2;
const batchSizeMax = 2_000;
const gateConnections = 1;

export async function batchedBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  const shop = await openBatchedShop(postgres.url('owner'), { sessions: batchesUnderWayAtFirst, batchSizeMax }).catch(
    async (error: unknown) => {
      await postgres.stop();
      throw error;
    },
  );
  return {
    url: shop.url,
    tune: (sessions) => shop.tune({ sessions, batchSizeMax }),
    prepare: ({ skus }) => shop.restock(skuPrefix, skus, unitsPlenty),
    async stop() {
      await shop.close();
      await postgres.stop();
    },
  };
}

export async function helloBaseline(): Promise<Baseline> {
  const front = await serveHello();
  return { url: front.url, prepare: () => Promise.resolve(), stop: () => Promise.resolve(front.close()) };
}

export async function gateBaseline(folder: string): Promise<Baseline> {
  const redis = await startRedis(folder);
  const gate = await openGate(redis.port, gateConnections);
  return {
    prepare: ({ skus }) => gate.restock({ skus, unitsEach: unitsPlenty }),
    run: (load) =>
      drive(load, async (number) => ((await gate.hold(`buyer_${number}`, 1 + (number % load.skus))) === 'held' ? 'done' : 'refused')),
    async stop() {
      await gate.close();
      await redis.stop();
    },
  };
}
