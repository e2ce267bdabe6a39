/**
 * A whole node with its gateway, in memory and on one manual clock: the world of the gateway's tests. Real HTTP
 * and WebSockets over a loopback port; time moves only when told.
 */
import { limits } from '../runtime/limits.ts';
import { MemoryLog } from '../runtime/log/memory.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { ask, type Envelope, type Outcome, type Router } from '../runtime/router/port.ts';
import { MemoryRowStore } from '../runtime/rows/memory.ts';
import { cartDefinition } from '../actors/cart/index.ts';
import { couponDefinition } from '../actors/coupon/index.ts';
import { holdDefinition } from '../actors/hold/index.ts';
import { actorId, type LiveView } from '../actors/kernel/index.ts';
import { orderDefinition } from '../actors/order/index.ts';
import { stockDefinition } from '../actors/stock/index.ts';
import type { StockReply } from '../actors/stock/replies.ts';
import { storeDefinition } from '../actors/store/index.ts';
import { type Gateway, type GatewayDeps, type Readiness, startGateway } from '../gateway/gateway.ts';
import type { Route } from '../gateway/http/route.ts';
import type { Services } from '../runtime/router/services.ts';
import { MemoryTenants } from '../services/tenants/memory.ts';
import { newStoreKeys } from '../services/tenants/keys.ts';
import { seededStores } from '../services/tenants/seed.ts';
import type { Movement, MovementReads } from '../services/movements/port.ts';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { ManualClock } from './manual-clock.ts';

const pumpMs = 1;

export interface TestStore {
  readonly storeId: string;
  readonly subdomain: string;
  readonly publishableKey: string;
  readonly secretKey: string;
}

export interface Call {
  readonly key?: string;
  readonly buyer?: string;
  readonly idempotencyKey?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnsweredBody;
}

/** The fields tests look into; an answer has some of them. `text`: it was no JSON object. */
export interface AnsweredBody {
  readonly holdId: string;
  readonly status: string | number;
  readonly code: string;
  readonly token: string;
  readonly expiresAt: string;
  readonly serverTime: string;
  readonly next: string | null;
  readonly items: readonly { readonly sku: string; readonly asOf: string; readonly version: number }[];
  readonly text: string;
  readonly [more: string]: unknown;
}

export type WorldOptions = Partial<Pick<GatewayDeps, 'rateLimits' | 'allowedOrigins' | 'extraRoutes' | 'drainWithinMs'>> & {
  /** Between the gateway and the node: to hold back or change outcomes. */
  readonly router?: (router: Router) => Router;
  /** What effects go to that no actor answers. */
  readonly services?: Services;
  /** More routes, over this world. */
  readonly routes?: (world: GatewayWorld) => readonly Route[];
};

const definitions = [stockDefinition, holdDefinition, couponDefinition, cartDefinition, orderDefinition, storeDefinition];
export const worldShards = 2;

export class GatewayWorld implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly tenants = new MemoryTenants();
  readonly registry = new Registry();
  readonly movements = new MovementsInMemory();
  readonly rows: MemoryRowStore;
  readonly node: Node;
  readiness: Readiness = { ready: true };
  gateway!: Gateway;
  demo!: TestStore;
  second!: TestStore;
  #keys = 0;
  readonly #options: WorldOptions;
  readonly #pump: NodeJS.Timeout;

  static async start(options: WorldOptions = {}): Promise<GatewayWorld> {
    const world = new GatewayWorld(options);
    await world.#start();
    return world;
  }

  private constructor(options: WorldOptions) {
    this.#options = options;
    this.rows = new MemoryRowStore({ kinds: definitions, clock: this.clock });
    this.node = new Node({
      clusterId: '00000000-0000-4000-8000-000000000001',
      incarnation: 'one',
      shardCount: worldShards,
      definitions,
      ...(options.services === undefined ? {} : { services: options.services }),
      clock: this.clock,
      logger: silentLogger,
      limits,
      log: new MemoryLog({ clock: this.clock }),
      rows: this.rows,
    });
    this.#pump = setInterval(() => void this.clock.settle(), pumpMs);
  }

  async #start(): Promise<void> {
    await this.node.start();
    const stores: TestStore[] = [];
    for (const store of seededStores) {
      const keys = newStoreKeys();
      await this.tenants.ensureStore(store, keys);
      stores.push({ ...store, ...keys });
    }
    [this.demo, this.second] = stores as [TestStore, TestStore];
    this.gateway = await this.startGateway();
  }

  startGateway(deps: Partial<GatewayDeps> = {}): Promise<Gateway> {
    const { router = (same: Router) => same, services: _, routes, ...options } = this.#options;
    return startGateway({
      router: router(this.node),
      live: this.node.live,
      tenants: this.tenants,
      movements: this.movements,
      clock: this.clock,
      logger: pino({ level: 'silent' }),
      registry: this.registry,
      host: '127.0.0.1',
      port: 0,
      incarnation: 'one',
      secrets: { buyerSigningKey: new Uint8Array(32).fill(7) },
      durability: 'memory: survives nothing',
      adapters: { log: 'memory' },
      ready: () => this.readiness,
      ...(routes === undefined ? {} : { extraRoutes: routes(this) }),
      ...options,
      ...deps,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.close();
    this.node.halt();
    clearInterval(this.#pump);
  }

  // --- HTTP ------------------------------------------------------------------------------------------

  newKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  async call(method: string, path: string, call: Call = {}): Promise<Answered> {
    const isRaw = typeof call.body === 'string' || call.body instanceof Uint8Array;
    const key = call.key ?? this.demo.secretKey;
    const response = await fetch(this.gateway.url + path, {
      method,
      headers: {
        ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
        ...(call.buyer === undefined ? {} : { 'onhand-buyer': call.buyer }),
        ...(method !== 'POST' || call.idempotencyKey === '' ? {} : { 'idempotency-key': call.idempotencyKey ?? this.newKey() }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: isRaw ? (call.body as string) : JSON.stringify(call.body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text.startsWith('{') ? JSON.parse(text) : { text }) as AnsweredBody,
    };
  }

  /** Puts units of an SKU into the demo store. */
  async receive(sku: string, quantity: number, store: TestStore = this.demo): Promise<void> {
    const answer = await this.call('POST', '/v1/admin/stock/receive', { key: store.secretKey, body: { sku, quantity } });
    if (answer.status !== 200) throw new Error(`receive was answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async newBuyer(store: TestStore = this.demo): Promise<string> {
    const { body } = await this.call('POST', '/v1/buyers', { key: store.publishableKey });
    return body.token;
  }

  // --- behind the gateway ------------------------------------------------------------------------------

  /** The books of one SKU, straight from the actor; null when it does not exist. */
  async books(sku: string, store: TestStore = this.demo): Promise<StockReply | null> {
    const outcome = await ask(this.node, {
      actor: actorId('stock', store.storeId, sku),
      command: { type: 'read' },
      class: 'client',
      waitMs: 10_000,
    });
    return outcome.kind === 'reply' ? (outcome.reply as StockReply) : null;
  }

  /** Something the live feed would say: tests of the push choose what and when. */
  static view(store: string, sku: string, version: number, available: number): LiveView {
    return { channel: 'stock', store, id: sku, version, item: { sku, available, version, asOf: '2026-01-01T00:00:00.000Z' } };
  }
}

/** Answers with what the test says. */
export class FixedRouter implements Router {
  readonly sent: Envelope[] = [];
  outcome: Outcome;

  constructor(outcome: Outcome) {
    this.outcome = outcome;
  }

  send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    this.sent.push(envelope);
    answer(this.outcome);
  }
}

class MovementsInMemory implements MovementReads {
  items: Movement[] = [];
  failure: Error | null = null;

  async list(
    _store: string,
    _sku: string,
    after: { version: number; location: string } | null,
    count: number,
  ): Promise<readonly Movement[]> {
    if (this.failure !== null) throw this.failure;
    const later = this.items.filter(
      (item) => after === null || item.version > after.version || (item.version === after.version && item.location > after.location),
    );
    return later.slice(0, count);
  }
}
