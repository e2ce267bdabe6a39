/** What the route files share. */
import type { Clock } from '../../../runtime/clock.ts';
import type { Tenants } from '../../../services/tenants/port.ts';
import type { MovementReads } from '../../../services/movements/port.ts';
import type { Buyers } from '../../auth/buyers.ts';
import type { WayOut } from '../../admission/way-out.ts';
import type { ActorCalls } from '../actor-calls.ts';

export interface RouteContext {
  readonly actors: ActorCalls;
  readonly tenants: Tenants;
  readonly movements: MovementReads;
  readonly buyers: Buyers;
  readonly clock: Clock;
  /** Of those whose hold finds no room. */
  readonly wayOut: WayOut;
  /** A name for a command whose caller gave none (PUT). */
  readonly newCommandId: () => string;
  /** Payments are simulated, and pages say so. */
  readonly testCards: boolean;
}
