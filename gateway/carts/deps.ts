/** What the routes of carts are given. */
import type { Logger } from 'pino';
import type { Router } from '../../runtime/router/port.ts';
import type { CartSettings } from '../../services/carts/settings.ts';
import type { Catalog } from '../../services/catalog/port.ts';
import type { StoreSettings } from '../../runtime/settings/port.ts';
import type { Maybe } from '../../services/tenants/maybe.ts';
import { ActorCalls } from '../http/actor-calls.ts';

export interface CartRouteDeps {
  readonly router: Router;
  readonly logger: Logger;
  readonly catalog: Pick<Catalog, 'getMany'>;
  readonly currencyOf: (storeId: string) => Promise<string>;
  readonly cartSettings: Pick<StoreSettings<CartSettings>, 'get'>;
  /** Whose token it is; null: nobody's of this store. */
  readonly buyerOf: (token: string, storeId: string) => Maybe<string | null>;
  /** Those of `codes` that the store has. Absent: codes are not looked at before the checkout. */
  readonly codesKnown?: (storeId: string, codes: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface CartContext extends CartRouteDeps {
  readonly actors: ActorCalls;
}

export function cartContext(deps: CartRouteDeps): CartContext {
  return { ...deps, actors: new ActorCalls(deps.router, deps.logger) };
}
