/** Checkouts and orders over HTTP. Handed to the gateway as `extraRoutes`. */
import type { Route } from '../http/route.ts';
import { buyerRoutes } from './buyer-routes.ts';
import { checkoutRoute } from './checkout.ts';
import { type OrderRouteDeps, orderContext } from './deps.ts';
import { merchantRoutes } from './merchant-routes.ts';

export function orderRoutes(deps: OrderRouteDeps): readonly Route[] {
  const context = orderContext(deps);
  return [checkoutRoute(context), ...buyerRoutes(context), ...merchantRoutes(context)];
}
