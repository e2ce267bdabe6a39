/** The routes and channels of the contexts around the actors, each over its adapters: what the gateway itself does not know. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Buyers } from '../../gateway/auth/buyers.ts';
import type { CartRouteDeps } from '../../gateway/carts/deps.ts';
import { cartChannel } from '../../gateway/carts/live.ts';
import { cartRoutes } from '../../gateway/carts/routes.ts';
import { cartSettingsRoutes } from '../../gateway/carts/settings-routes.ts';
import type { Route } from '../../gateway/http/route.ts';
import { orderRoutes } from '../../gateway/orders/routes.ts';
import { paymentSettingsRoutes } from '../../gateway/payments/settings-routes.ts';
import { paymentWebhookRoute } from '../../gateway/payments/webhook-route.ts';
import { pricingRoutes } from '../../gateway/pricing/routes.ts';
import { productRoutes } from '../../gateway/products/routes.ts';
import type { PushChannels } from '../../gateway/push/channel.ts';
import { quoteRoutes } from '../../gateway/quotes/routes.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { LiveFeed, Router } from '../../runtime/router/port.ts';
import { PostgresOrders } from '../../services/orders/postgres.ts';
import type { Tenants } from '../../services/tenants/port.ts';
import { checkoutSettings, type OuterServices } from './outer-services.ts';
import { knownCodes } from './prices.ts';

export interface ShopRouteParts {
  readonly services: OuterServices;
  readonly router: Router;
  readonly live: LiveFeed;
  readonly tenants: Tenants;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly buyerSigningKey: Uint8Array;
}

export interface ShopRoutes {
  readonly routes: readonly Route[];
  readonly channels: PushChannels;
}

export function openShopRoutes(parts: ShopRouteParts): ShopRoutes {
  const { services, router, live, tenants, logger, registry } = parts;
  const { appPool, catalog, prices, payments, paymentSettings, cartSettings } = services;
  const settings = (storeId: string) => checkoutSettings(services, storeId);
  const carts = cartDeps(parts);
  const shared = { router, logger, clock: systemClock };
  return {
    channels: new Map([['cart', cartChannel({ ...carts, live, clock: systemClock, store: (storeId) => tenants.store(storeId) })]]),
    routes: [
      ...productRoutes({ catalog, tenants, clock: systemClock }),
      ...quoteRoutes({ quotes: prices.quotes, clock: systemClock }),
      ...cartRoutes(carts),
      ...orderRoutes({ ...shared, registry, tenants, orders: new PostgresOrders(appPool), settings }),
      paymentWebhookRoute({ ...shared, verify: payments.verify }),
      ...pricingRoutes({ router, pricing: prices.pricingData, shipping: prices.shippingData }),
      ...paymentSettingsRoutes(paymentSettings),
      ...cartSettingsRoutes(cartSettings),
    ],
  };
}

function cartDeps({ services, router, logger, buyerSigningKey }: ShopRouteParts): CartRouteDeps {
  const buyers = new Buyers({ signingKey: buyerSigningKey, nowMs: () => systemClock.wallMs() });
  return {
    router,
    logger,
    catalog: services.catalog,
    cartSettings: services.cartSettings,
    currencyOf: async (storeId) => (await checkoutSettings(services, storeId)).currency,
    codesKnown: (storeId, codes) => knownCodes(services.prices, storeId, codes),
    buyerOf: (token, storeId) => buyers.buyerOf(token, storeId),
  };
}
