/** What the gateway is given. Narrow ports only; `main.ts` knows the adapters behind them. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../runtime/clock.ts';
import type { LiveFeed, Router } from '../runtime/router/port.ts';
import type { Tenants } from '../services/tenants/port.ts';
import type { MovementReads } from '../services/movements/port.ts';
import type { Route } from './http/route.ts';
import type { PushChannels } from './push/channel.ts';
import type { RateLimitSettings } from './limits/rate-limits.ts';
import type { StartTransport } from './transport/port.ts';

export interface Readiness {
  readonly ready: boolean;
  /** One sentence, when it is not. */
  readonly why?: string;
  /** One line per shard, and whatever else the runtime wants to say. */
  readonly [more: string]: unknown;
}

export interface GatewayDeps {
  readonly router: Router;
  readonly live: LiveFeed;
  readonly tenants: Tenants;
  readonly movements: MovementReads;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly incarnation: string;
  readonly secrets: { readonly buyerSigningKey: Uint8Array };
  /** What "acknowledged" survives, in a sentence; shown at `/readyz`. */
  readonly durability: string;
  /** Port name to adapter name; shown at `/readyz`. */
  readonly adapters: Readonly<Record<string, string>>;
  readonly ready: () => Readiness;
  /** Routes of other contexts, such as the catalogue's `GET /v1/products`. */
  readonly extraRoutes?: readonly Route[];
  /** Pages offer cards that no bank has issued: payments are simulated. */
  readonly testCards?: boolean;
  /** Channels of the live socket beside `stock` and `order`. */
  readonly channels?: PushChannels;
  readonly rateLimits?: Partial<RateLimitSettings>;
  /** Origins (`https://shop.example`) whose pages may open the live socket besides those of the same host. */
  readonly allowedOrigins?: readonly string[];
  readonly allowSlowTransport?: boolean;
  /** What brings requests in; uWebSockets.js unless given. */
  readonly startTransport?: StartTransport;
  /** How many ms a drain may take; limits.drainWithinMs unless given. */
  readonly drainWithinMs?: number;
}
