/** What the routes of checkouts and orders are given. */
import type { Logger } from 'pino';
import type { Clock } from '../../runtime/clock.ts';
import type { Router } from '../../runtime/router/port.ts';
import type { OrderReads } from '../../services/orders/port.ts';
import type { Tenants } from '../../services/tenants/port.ts';
import { ActorCalls } from '../http/actor-calls.ts';

/** What a checkout needs to know of its store. */
export interface CheckoutSettings {
  readonly currency: string;
  /** Stripe Connect account, or null: the platform's own. */
  readonly account: string | null;
  /** What the platform keeps of a total, in millionths. */
  readonly feeMillionths: number;
  /** A declined payment leaves the units held until the time to pay is over; without it they go back at once. */
  readonly keepsUnitsOnDecline?: boolean;
}

export interface OrderRouteDeps {
  readonly router: Router;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly tenants: Pick<Tenants, 'locations'>;
  readonly orders: OrderReads;
  readonly settings: (storeId: string) => Promise<CheckoutSettings>;
}

export interface OrderContext extends OrderRouteDeps {
  readonly actors: ActorCalls;
}

export function orderContext(deps: OrderRouteDeps): OrderContext {
  return { ...deps, actors: new ActorCalls(deps.router, deps.logger) };
}
