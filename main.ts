/**
 * The composition root: the one place that knows which adapter stands behind each port of a running server.
 *
 * Start order: storage, then the shards, then the gateway; nobody is served before the shards are ready.
 * Stop order: the gateway stops taking requests, the shards drain, rows are written, Postgres ends.
 */
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { Closers } from './commands/embedded/closers.ts';
import { booksOf } from './commands/embedded/books.ts';
import { checkRunningBooks } from './commands/embedded/cross-check/check-books.ts';
import { definitions } from './commands/embedded/definitions.ts';
import { FenceBudget } from './commands/embedded/fence-budget.ts';
import { registerRuntimeMetrics } from './commands/embedded/runtime-metrics.ts';
import { logChoiceOf } from './commands/embedded/open-log.ts';
import { openNotifications } from './commands/embedded/notifications.ts';
import { openServices, type OuterServices } from './commands/embedded/outer-services.ts';
import type { PaymentProvider } from './commands/embedded/payments.ts';
import { type Prices, seedDemoPrices, seedStorePrices } from './commands/embedded/prices.ts';
import { openShopRoutes } from './commands/embedded/shop-routes.ts';
import { stockOfRunning } from './commands/embedded/stock-as-of.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from './commands/embedded/storage.ts';
import { asEngineError, EngineError } from './engines/engine-error.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { asOfRoute } from './gateway/http/routes/as-of.ts';
import { type StoreBooks, verifyRoute } from './gateway/http/routes/verify.ts';
import { Archiver } from './runtime/archive/archiver.ts';
import { historyOf } from './runtime/archive/history.ts';
import { systemClock } from './runtime/clock.ts';
import type { Config } from './runtime/config.ts';
import { limits } from './runtime/limits.ts';
import { Node } from './runtime/node.ts';
import { shownDifference } from './runtime/verify/report.ts';
import type { Catalog } from './services/catalog/port.ts';
import { loadDemo } from './services/catalog/demo/load.ts';
import { PostgresMovementReads } from './services/movements/postgres.ts';
import type { Tenants } from './services/tenants/port.ts';
import { PostgresTenants } from './services/tenants/postgres.ts';
import { type KeysFile, seedStores } from './services/tenants/seed.ts';
import { signingKey } from './services/tenants/signing-key.ts';

export interface Onhand {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly dataDir: string;
  readonly keys: KeysFile;
  readonly adapters: Readonly<Record<string, string>>;
  readonly durability: string;
  /** Sentences about where things were put. */
  readonly notes: readonly string[];
  readonly node: Node;
  /** Settles when the server cannot go on: another process owns its log. */
  readonly lost: Promise<string>;
  /** Drains and ends everything. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly onStep?: (step: string) => void;
  /** Gives up starting; `startOnhand` then throws its reason. */
  readonly signal?: AbortSignal;
}

/** Throws `EngineError` and `TransportStartFailed`, each with a sentence for the person who starts it. */
export async function startOnhand(options: StartOptions): Promise<Onhand> {
  const closers = new Closers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.close();
    throw asEngineError(error, options.config.dataDir);
  }
}

async function start(options: StartOptions, closers: Closers): Promise<Onhand> {
  const { config, logger, onStep, signal } = options;
  const storage = await openEmbeddedStorage({
    dataDir: config.dataDir,
    logger,
    log: logChoiceOf(config),
    ...(onStep === undefined ? {} : { onStep }),
  });
  closers.add(() => storage.close());
  await assertRoom(storage);
  const services = openServices(options, storage, closers);
  const { node, lost } = makeNode(storage, services, logger);
  closers.add(() => node.drain());
  const archiver = makeArchiver(storage, logger);
  onStep?.('taking over the shards');
  const haltOnAbort = () => node.halt();
  signal?.addEventListener('abort', haltOnAbort, { once: true });
  await node.start();
  signal?.removeEventListener('abort', haltOnAbort);
  signal?.throwIfAborted();
  archiver.start();
  closers.add(() => archiver.stop());
  const { gateway, keys, adapters } = await openShop(options, { storage, services, node, archiver }, closers);
  const stop = () => closers.close();
  return {
    url: gateway.url,
    dataDir: storage.dataDir,
    keys,
    adapters,
    durability: storage.durability,
    notes: storage.postgres.notes,
    node,
    lost,
    stop,
  };
}

/** Without room in the log no shard can be taken over: better told once than tried for ever. */
async function assertRoom({ log, dataDir }: EmbeddedStorage): Promise<void> {
  const room = await log.room?.();
  if (room === undefined || room.usedBytes < room.maxBytes) return;
  const reserveMb = Math.round(limits.diskFreeBytesMin / 1024 / 1024);
  throw new EngineError(
    'disk_full',
    `The log in ${dataDir} has no room: the last ${reserveMb} MB of the disk are kept free.`,
    'Free some space, or name a folder on another disk with --data.',
  );
}

function makeNode(storage: EmbeddedStorage, services: OuterServices, logger: Logger): { node: Node; lost: Promise<string> } {
  let lose: (why: string) => void = () => {};
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const fences = new FenceBudget(systemClock);
  const node = new Node({
    ...storage.cluster,
    definitions,
    services: services.byKind,
    log: storage.log,
    history: historyOf(storage.log, storage.archive),
    rows: storage.rows,
    clock: systemClock,
    logger,
    onShardLost: (shard) => lose(`another process writes the log of shard ${shard}`),
    // Where lease and log are in one server, a fence is always a rival.
    mayTakeAgain: (shard) => storage.cluster.logKind === 'jetstream' && fences.allows(shard),
  });
  void storage.lease.lost.then(() => lose('another process took the lease on the log'));
  return { node, lost };
}

interface Running {
  readonly storage: EmbeddedStorage;
  readonly services: OuterServices;
  readonly node: Node;
  readonly archiver: Archiver;
}

/** Everything around the actors, and the gateway in front of it. */
async function openShop({ config, logger, onStep }: StartOptions, running: Running, closers: Closers) {
  const { storage, services, node, archiver } = running;
  const { appPool: pool, catalog, prices } = services;
  const tenants = new PostgresTenants(pool, systemClock);
  const movements = new PostgresMovementReads(pool);
  const provider = await services.payments.provider();
  onStep?.('loading the demo store');
  const keys = await seedStores(tenants, storage.dataDir);
  // Where a shard cannot be served, the others are all the same, and with them what the demo was given before.
  if (node.status.every(({ phase }) => phase === 'serving')) await loadStores(node, { tenants, catalog, prices, keys });
  const notifications = openNotifications({ appPool: pool, projectorPool: services.projectorPool, config, logger });
  const adapters = { ...adaptersOf(storage), payments: provider.adapter, mails: notifications.mailer };
  const registry = new Registry();
  registerRuntimeMetrics(registry, node, archiver);
  const buyerSigningKey = await signingKey(storage.dataDir);
  const shop = openShopRoutes({ services, router: node, live: node.live, tenants, logger, registry, buyerSigningKey });
  const gateway: Gateway = await startGateway({
    router: node,
    live: node.live,
    tenants,
    movements,
    clock: systemClock,
    logger,
    registry,
    host: config.host,
    port: config.port,
    incarnation: storage.cluster.incarnation,
    secrets: { buyerSigningKey },
    durability: storage.durability,
    adapters,
    ready: () => readiness(node),
    testCards: provider.simulator !== null,
    channels: shop.channels,
    extraRoutes: [
      ...shop.routes,
      verifyRoute((store) => verifyStore(running, provider, store)),
      asOfRoute({ clock: systemClock, lookBack: (wish) => stockOfRunning(node, storage, wish) }),
      ...notifications.routes,
    ],
  });
  closers.add(() => gateway.close());
  provider.attach(gateway.url);
  notifications.start();
  closers.add(() => notifications.stop());
  return { gateway, keys, adapters };
}

async function loadStores(node: Node, shop: { tenants: Tenants; catalog: Catalog; prices: Prices; keys: KeysFile }): Promise<void> {
  const { tenants, catalog, prices, keys } = shop;
  for (const { storeId, demo } of keys.stores) {
    if (!demo) await seedStorePrices(prices, storeId);
    else {
      await loadDemo({ router: node, catalog, tenants, storeId });
      await seedDemoPrices(prices, node, storeId);
    }
  }
}

async function verifyStore({ storage, node }: Running, { simulator }: PaymentProvider, store: string): Promise<StoreBooks> {
  const intents = simulator === null ? null : () => simulator.payments();
  const report = await checkRunningBooks(node, booksOf(storage), store, intents);
  return { ...report, differences: report.differences.map(shownDifference) };
}

function makeArchiver({ log, rows, archive, cluster }: EmbeddedStorage, logger: Logger): Archiver {
  return new Archiver({ log, rows, archive, shardCount: cluster.shardCount, clock: systemClock, limits, logger });
}

function readiness(node: Node) {
  const { ready, why } = node.ready;
  return { ready, ...(why.length === 0 ? {} : { why: why.join('; ') }), shards: node.status };
}

function adaptersOf(storage: EmbeddedStorage): Readonly<Record<string, string>> {
  return {
    log: logName(storage),
    rows: `Postgres ${storage.postgres.version} (embedded)`,
    router: 'in-process',
    leases: 'one node, advisory lock',
    catalogue: 'Postgres (embedded)',
  };
}

function logName({ cluster, postgres, durability }: EmbeddedStorage): string {
  return cluster.logKind === 'postgres' ? `Postgres ${postgres.version} table, group-committed, fsynced` : `NATS JetStream: ${durability}`;
}
