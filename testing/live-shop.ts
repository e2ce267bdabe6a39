/**
 * A whole shop in this process: real actors, real shards, a real gateway on a free port; log and rows in
 * memory. For browser tests, which need everything but durability.
 */
import { Registry } from 'prom-client';
import { cartDefinition } from '../actors/cart/index.ts';
import { holdDefinition } from '../actors/hold/index.ts';
import { stockDefinition } from '../actors/stock/index.ts';
import { type Gateway, startGateway } from '../gateway/gateway.ts';
import { Buyers } from '../gateway/auth/buyers.ts';
import type { CartRouteDeps } from '../gateway/carts/deps.ts';
import { cartChannel } from '../gateway/carts/live.ts';
import { cartRoutes } from '../gateway/carts/routes.ts';
import { cartSettingsRoutes } from '../gateway/carts/settings-routes.ts';
import { productRoutes } from '../gateway/products/routes.ts';
import { systemClock } from '../runtime/clock.ts';
import { MemoryLog } from '../runtime/log/memory.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { MemoryRowStore } from '../runtime/rows/memory.ts';
import { usualCarts } from '../services/carts/settings.ts';
import { type DemoGood, demoCurrency, demoGoods } from '../services/catalog/demo/goods.ts';
import { loadDemo } from '../services/catalog/demo/load.ts';
import { MemoryCatalog } from '../services/catalog/memory.ts';
import { MemorySettings } from '../runtime/settings/memory.ts';
import { newStoreKeys } from '../services/tenants/keys.ts';
import { MemoryTenants } from '../services/tenants/memory.ts';
import type { StoreKeys } from '../services/tenants/port.ts';
import { pino } from 'pino';

export interface LiveShop extends AsyncDisposable {
  readonly url: string;
  readonly keys: StoreKeys;
  readonly node: Node;
}

const definitions = [stockDefinition, holdDefinition, cartDefinition];
const clock = systemClock;

export async function openLiveShop(options: { readonly goods?: readonly DemoGood[]; readonly port?: number } = {}): Promise<LiveShop> {
  const node = new Node({
    clusterId: '00000000-0000-4000-8000-000000000001',
    incarnation: '00000000-0000-4000-8000-000000000002',
    shardCount: 4,
    definitions,
    log: new MemoryLog({ clock }),
    rows: new MemoryRowStore({ kinds: definitions, clock }),
    clock,
    logger: silentLogger,
  });
  await node.start();
  const tenants = new MemoryTenants();
  const keys = newStoreKeys();
  const storeId = 'store_demo';
  await tenants.ensureStore({ storeId, name: 'Demo Store', subdomain: 'demo', demo: true }, keys);
  const catalog = new MemoryCatalog();
  await loadDemo({ router: node, catalog, tenants, storeId }, options.goods ?? demoGoods);
  const buyerSigningKey = new Uint8Array(32).fill(7);
  const buyers = new Buyers({ signingKey: buyerSigningKey, nowMs: () => clock.wallMs() });
  const cartSettings = new MemorySettings(usualCarts);
  const cartDeps: CartRouteDeps = {
    router: node,
    logger: pino({ level: 'silent' }),
    catalog,
    currencyOf: async () => demoCurrency,
    cartSettings,
    buyerOf: (token, store) => buyers.buyerOf(token, store),
  };
  const gateway: Gateway = await startGateway({
    router: node,
    live: node.live,
    tenants,
    movements: { list: async () => [] },
    clock,
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
    host: '127.0.0.1',
    port: options.port ?? 0,
    incarnation: '00000000-0000-4000-8000-000000000002',
    secrets: { buyerSigningKey },
    durability: 'none: a test',
    adapters: {},
    ready: () => ({ ready: node.ready.ready }),
    channels: new Map([['cart', cartChannel({ ...cartDeps, live: node.live, clock, store: (id) => tenants.store(id) })]]),
    extraRoutes: [...productRoutes({ catalog, tenants, clock }), ...cartRoutes(cartDeps), ...cartSettingsRoutes(cartSettings)],
    drainWithinMs: 500,
  });
  return {
    url: gateway.url,
    keys,
    node,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await node.drain();
    },
  };
}
