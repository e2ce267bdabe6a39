/** What the routes of checkouts and orders are given. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { actorId } from '../../actors/kernel/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Router } from '../../runtime/router/port.ts';
import type { OrderReads } from '../../services/orders/port.ts';
import type { Tenants } from '../../services/tenants/port.ts';
import { Admission, type AdmissionLimits } from '../admission/admission.ts';
import { registerAdmissionMetrics } from '../admission/metrics.ts';
import { ActorCalls } from '../http/actor-calls.ts';
import { BegunLately } from './begun-lately.ts';

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
  readonly registry?: Registry;
  /** Of the door before checkouts. */
  readonly admission?: Partial<AdmissionLimits>;
}

export interface OrderContext extends Omit<OrderRouteDeps, 'admission'> {
  readonly actors: ActorCalls;
  /** Before everything that makes an order. */
  readonly admission: Admission;
  readonly begunLately: BegunLately;
}

export function orderContext({ admission: limits = {}, ...deps }: OrderRouteDeps): OrderContext {
  const { router, logger, clock, registry } = deps;
  const actors = new ActorCalls(router, logger);
  // the store's own actor: every order asks it for a number
  const look = (storeId: string, seen: () => void): void => actors.outcome(actorId('store', storeId, storeId), { type: 'read' }, seen);
  const admission = new Admission({ clock, look, limits });
  if (registry !== undefined) registerAdmissionMetrics(registry, 'checkouts', admission);
  return { ...deps, actors, admission, begunLately: new BegunLately(() => clock.monotonicMs()) };
}
