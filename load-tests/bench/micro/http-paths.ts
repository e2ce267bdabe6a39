/**
 * The ways a hold can take through the server, for `http-path.ts`: each is a port to send to and, where the gateway is
 * part of it, its pipeline to call. Whoever opens one closes it.
 *
 * The gateway here is the product's, over tenants in memory. Does not know how it is driven.
 */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import uWS from 'uWebSockets.js';
import { definitions } from '../../../commands/embedded/definitions.ts';
import { actorId, assert } from '../../../actors/kernel/index.ts';
import { Buyers } from '../../../gateway/auth/buyers.ts';
import { type Gateway, type GatewayDeps, startGateway } from '../../../gateway/gateway.ts';
import { startTransport } from '../../../gateway/transport/uws.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { limits } from '../../../runtime/limits.ts';
import { MemoryLog } from '../../../runtime/log/memory.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { Node } from '../../../runtime/node.ts';
import { ask, type Envelope, type Outcome, type Router } from '../../../runtime/router/port.ts';
import { MemoryRowStore } from '../../../runtime/rows/memory.ts';
import { newStoreKeys } from '../../../services/tenants/keys.ts';
import { MemoryTenants } from '../../../services/tenants/memory.ts';
import type { KeyHolder, StoreKeys } from '../../../services/tenants/port.ts';
import { ReadThrough } from '../../../services/tenants/read-through.ts';
import { type OpenPath, sku, units } from './path.ts';
import { openServer } from './server-path.ts';

export const paths = ['hello', 'transport', 'gateway', 'batched', 'node', 'server'] as const;
export type PathName = (typeof paths)[number];

const host = '127.0.0.1';
const storeId = 'store_bench';
const buyerSigningKey = new Uint8Array(32).fill(7);

export async function openPath(name: PathName, profileTo: string | undefined): Promise<OpenPath> {
  if (name === 'server') return openServer(profileTo);
  const keys = newStoreKeys();
  const buyers = new Buyers({ signingKey: buyerSigningKey, nowMs: () => systemClock.wallMs() });
  const shared = { keys, token: async () => (await buyers.issue(storeId)).token, spent: () => process.cpuUsage() };
  return { ...shared, handle: null, ...(await openHere(name, keys)) };
}

type Opened = Pick<OpenPath, 'port' | 'close'> & Partial<Pick<OpenPath, 'handle'>>;

function openHere(name: Exclude<PathName, 'server'>, keys: StoreKeys): Promise<Opened> {
  switch (name) {
    case 'hello':
      return openHello();
    case 'transport':
      return openTransport();
    case 'gateway':
      return openGateway(keys, new AtOnce());
    case 'batched':
      return openGateway(keys, new LaterTogether());
    case 'node':
      return openNode(keys);
  }
}

function openHello(): Promise<Opened> {
  const app = uWS.App().any('/*', (response) => void response.end('Hello there!'));
  return new Promise((resolve) =>
    app.listen(host, 0, (socket) => {
      assert(socket !== false, 'a free port is found');
      resolve({ port: uWS.us_socket_local_port(socket), close: async () => uWS.us_listen_socket_close(socket) });
    }),
  );
}

const fixedBody = JSON.stringify({ holdId: 'hold_00000000-0000-8000-8000-000000000000.RFJPUC0x', lines: [{ sku, quantity: 1 }] });

/** As many as the gateway gives. */
const fixedHeaders = [
  ['content-type', 'application/json'],
  ['onhand-position', 'one.3.1.17.2'],
  ['traceparent', '00-0123456789abcdef0000000000000001-0000000000000001-00'],
  ['ratelimit-limit', '200'],
  ['ratelimit-remaining', '199'],
  ['ratelimit-reset', '1'],
].flat();

async function openTransport(): Promise<Opened> {
  const transport = await startTransport(
    {
      host,
      port: 0,
      livePath: '/v1/live',
      hotPaths: [{ method: 'POST', path: '/v1/holds' }],
      messageBytesMax: 1_024,
      messageBytesCut: 2_048,
      backpressureBytesMax: 1_024,
      allowSlowBuild: false,
    },
    {
      request: (exchange) => exchange.readBody(1_024, () => exchange.respond({ status: 201, headers: fixedHeaders, body: fixedBody })),
      upgrade: () => ({ status: 404, headers: [], body: '' }),
    },
  );
  return { port: transport.port, close: async () => transport.close() };
}

async function openGateway(keys: StoreKeys, router: Router): Promise<Opened> {
  const tenants = new RememberingTenants();
  await tenants.ensureStore({ storeId, name: 'Bench', subdomain: 'bench', demo: false }, keys);
  let handle: OpenPath['handle'] = null;
  const deps: GatewayDeps = {
    router,
    live: { subscribe: () => () => {} },
    tenants,
    movements: { list: async () => [] },
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
    host,
    port: 0,
    incarnation: 'one',
    secrets: { buyerSigningKey },
    durability: 'nothing is kept',
    adapters: {},
    ready: () => ({ ready: true }),
    startTransport: (options, handlers) => {
      handle = (exchange) => handlers.request(exchange);
      return startTransport(options, handlers);
    },
  };
  const gateway: Gateway = await startGateway(deps);
  return { port: gateway.port, handle, close: () => gateway.close() };
}

async function openNode(keys: StoreKeys): Promise<Opened> {
  const node = new Node({
    clusterId: '00000000-0000-4000-8000-000000000001',
    incarnation: '00000000-0000-4000-8000-000000000002',
    shardCount: 16,
    definitions,
    clock: systemClock,
    logger: silentLogger,
    limits,
    log: new MemoryLog({ clock: systemClock }),
    rows: new MemoryRowStore({ kinds: definitions, clock: systemClock }),
  });
  await node.start();
  const command = { type: 'receive', commandId: 'open', fingerprint: '', location: 'main', quantity: units };
  const outcome = await ask(node, { actor: actorId('stock', storeId, sku), command, class: 'client', waitMs: 5_000 });
  assert(outcome.kind === 'reply', `the SKU could not be received: ${JSON.stringify(outcome)}`);
  const gateway = await openGateway(keys, node);
  return {
    ...gateway,
    async close() {
      await gateway.close();
      node.halt();
    },
  };
}

function heldOf({ command }: Envelope): Outcome {
  const { holdId, quantity, buyer } = command as unknown as { holdId: string; quantity: number; buyer: string | null };
  const at = Math.floor(Date.now() / 4) * 4; // a frame has one time
  const reply = { type: 'hold', holdId, sku, quantity, allocations: [], status: 'held', expiresAt: at + 600_000, buyer, remaining: 0 };
  return { kind: 'reply', reply, repeated: false, position: { incarnation: 'one', shard: 3, epoch: 1, frame: 17, index: 2 }, at };
}

class AtOnce implements Router {
  send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    answer(heldOf(envelope));
  }
}

/** As a shard does: the requests of one turn of the event loop are answered in the next, one after the other. */
class LaterTogether implements Router {
  #waiting: (() => void)[] = [];

  send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    if (this.#waiting.push(() => answer(heldOf(envelope))) === 1) setImmediate(() => this.#answerAll());
  }

  #answerAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const answer of waiting) answer();
  }
}

/** Keys are hashed once, as in front of Postgres. */
class RememberingTenants extends MemoryTenants {
  readonly #holders = new ReadThrough<KeyHolder | null>({
    clock: systemClock,
    entriesMax: 1_000,
    freshMs: () => 10_000,
    lookupsMax: 10,
    lookUp: async (key) => super.holderOf(key),
  });

  override holderOf(key: string): KeyHolder | null {
    return this.#holders.get(key) as KeyHolder | null;
  }
}
