/**
 * The edge: HTTP and the live socket in front of the router. Puts the parts together and ends them.
 *
 * Does not know which adapters stand behind its ports, nor what a shard is.
 */
import { randomUUID } from 'node:crypto';
import { type Clock } from '../runtime/clock.ts';
import { limits } from '../runtime/limits.ts';
import { Buyers } from './auth/buyers.ts';
import type { GatewayDeps } from './deps.ts';
import { asyncapiDocument } from './docs/asyncapi.ts';
import { openapiDocument } from './docs/openapi.ts';
import { WayOut } from './admission/way-out.ts';
import { ActorCalls } from './http/actor-calls.ts';
import { Pipeline } from './http/pipeline.ts';
import type { Route } from './http/route.ts';
import { RouteTable } from './http/route-table.ts';
import { adminStockRoutes } from './http/routes/admin-stock.ts';
import { adminStoreRoutes } from './http/routes/admin-store.ts';
import type { RouteContext } from './http/routes/context.ts';
import { holdRoutes } from './http/routes/holds.ts';
import { pageRoutes } from './http/routes/pages.ts';
import { shopRoutes } from './http/routes/shop.ts';
import { systemRoutes } from './http/routes/system.ts';
import { RateLimits, rateLimitDefaults } from './limits/rate-limits.ts';
import { orderChannel, stockChannel } from './live/channels.ts';
import { LiveSessions } from './live/sessions.ts';
import { GatewayMetrics } from './metrics.ts';
import { PushEngine } from './push/engine.ts';
import type { PushChannels } from './push/channel.ts';
import { TraceParents } from './trace.ts';
import { startTransport } from './transport/uws.ts';
import type { Transport } from './transport/port.ts';

export type { GatewayDeps, Readiness } from './deps.ts';
export { TransportStartFailed } from './transport/port.ts';

export interface Gateway {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly transport: Transport['build'];
  /** Stops accepting, lets what is under way end within `drainWithinMs`, says goodbye to sockets. */
  drain(): Promise<DrainReport>;
  /** Drains, then lets go of everything. */
  close(): Promise<void>;
}

export interface DrainReport {
  /** Requests that had no answer when time was up. */
  readonly unanswered: number;
  readonly tookMs: number;
}

/** As at the door of checkouts. Of one product as many may be on their way out as wait for it. */
const turnedAway = { afterMs: 1_000, leavingMax: limits.mailboxClientMax } as const;

/** Throws `TransportStartFailed`, whose message says which setting to change. */
export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  const metrics = new GatewayMetrics(deps.registry);
  const actors = new ActorCalls(deps.router, deps.logger);
  const buyers = new Buyers({ signingKey: deps.secrets.buyerSigningKey, nowMs: () => deps.clock.wallMs() });
  const channels: PushChannels = new Map([['stock', stockChannel(actors)], ['order', orderChannel(actors)], ...(deps.channels ?? [])]);
  const push = new PushEngine({ live: deps.live, clock: deps.clock, metrics, channels });
  const sessions = new LiveSessions({
    tenants: deps.tenants,
    buyers,
    push,
    channels,
    clock: deps.clock,
    logger: deps.logger,
    incarnation: deps.incarnation,
    metrics,
    ready: deps.ready,
    allowedOrigins: deps.allowedOrigins ?? [],
  });
  const state = { draining: false, build: 'native' as Transport['build'] };
  const context: RouteContext = {
    actors,
    tenants: deps.tenants,
    movements: deps.movements,
    buyers,
    clock: deps.clock,
    wayOut: new WayOut({ clock: deps.clock, ...turnedAway }),
    newCommandId: randomUUID,
    testCards: deps.testCards ?? false,
  };
  const traces = new TraceParents();
  const table = new RouteTable(gatewayRoutes(deps, context, state));
  const pipeline = new Pipeline({
    table,
    buyers,
    metrics,
    tenants: deps.tenants,
    clock: deps.clock,
    logger: deps.logger,
    traces,
    rates: new RateLimits({ ...rateLimitDefaults, ...deps.rateLimits }, deps.host, () => deps.clock.monotonicMs()),
  });
  metrics.levels = { inFlight: () => pipeline.inFlight, sockets: () => sessions.count, topics: () => push.topicCount };
  const transport = await (deps.startTransport ?? startTransport)(
    {
      host: deps.host,
      port: deps.port,
      livePath: '/v1/live',
      hotPaths: [{ method: 'POST', path: '/v1/holds' }],
      messageBytesMax: limits.socketMessageBytesMax,
      messageBytesCut: messageBytesCut,
      backpressureBytesMax: limits.socketBackpressureBytesMax,
      allowSlowBuild: deps.allowSlowTransport ?? false,
    },
    {
      request: (exchange) => pipeline.handle(exchange),
      upgrade: (request) => traced(sessions.admit(request), traces.of(request.headers.traceparent)),
    },
  ).catch((cause: unknown) => {
    push.close();
    throw cause;
  });
  state.build = transport.build;
  sessions.start();
  return running({ deps, transport, pipeline, sessions, push, state });
}

/** Refusals of a socket are answers too. */
function traced(verdict: ReturnType<LiveSessions['admit']>, traceparent: string): ReturnType<LiveSessions['admit']> {
  return typeof verdict === 'function' ? verdict : { ...verdict, headers: [...verdict.headers, 'traceparent', traceparent] };
}

/** Larger messages are cut off while they come in; up to here the client is told `message_too_large`. */
const messageBytesCut = 1024 * 1024 + 1024;

export function gatewayRoutes(
  deps: GatewayDeps,
  context: RouteContext,
  state: { readonly draining: boolean; readonly build: string },
): readonly Route[] {
  const routes: readonly Route[] = [
    ...shopRoutes(context),
    ...holdRoutes(context),
    ...adminStockRoutes(context),
    ...adminStoreRoutes(context),
    ...(deps.extraRoutes ?? []),
    ...systemRoutes({
      ready: deps.ready,
      durability: deps.durability,
      adapters: deps.adapters,
      incarnation: deps.incarnation,
      registry: deps.registry,
      transportBuild: () => state.build,
      draining: () => state.draining,
      openapi: () => openapiDocument(routes),
      asyncapi: asyncapiDocument,
    }),
    ...pageRoutes(context),
  ];
  return routes;
}

interface Parts {
  readonly deps: GatewayDeps;
  readonly transport: Transport;
  readonly pipeline: Pipeline;
  readonly sessions: LiveSessions;
  readonly push: PushEngine;
  readonly state: { draining: boolean };
}

function running(parts: Parts): Gateway {
  const { deps, transport } = parts;
  let drained: Promise<DrainReport> | null = null;
  const drain = (): Promise<DrainReport> => (drained ??= drainParts(parts));
  const shownHost = transport.host.includes(':') ? `[${transport.host}]` : transport.host;
  return {
    url: `http://${shownHost}:${transport.port}`,
    host: transport.host,
    port: transport.port,
    transport: transport.build,
    drain,
    async close() {
      const report = await drain();
      if (report.unanswered > 0) deps.logger.warn(report, 'the gateway closed before every request was answered');
      transport.close();
    },
  };
}

async function drainParts({ deps, transport, pipeline, sessions, push, state }: Parts): Promise<DrainReport> {
  const startedMs = deps.clock.monotonicMs();
  state.draining = true;
  transport.stopAccepting();
  sessions.drain();
  push.close();
  await withinMs(deps.clock, deps.drainWithinMs ?? limits.drainWithinMs, pipeline.idle());
  return { unanswered: pipeline.inFlight, tookMs: deps.clock.monotonicMs() - startedMs };
}

/** Resolves when the work has ended or the time is up. */
function withinMs(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}
