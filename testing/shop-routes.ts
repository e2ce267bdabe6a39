/**
 * The routes that the composition root adds to the gateway, over twins in memory: for tests of documents and problems,
 * which have to see every route there is.
 */
import { pino } from 'pino';
import { cartRoutes } from '../gateway/carts/routes.ts';
import { notificationRoutes } from '../gateway/notifications/routes.ts';
import { orderRoutes } from '../gateway/orders/routes.ts';
import { pricingRoutes } from '../gateway/pricing/routes.ts';
import { paymentSettingsRoutes } from '../gateway/payments/settings-routes.ts';
import { paymentWebhookRoute, type SignedNews } from '../gateway/payments/webhook-route.ts';
import type { Route } from '../gateway/http/route.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router/port.ts';
import { MemoryCatalog } from '../services/catalog/memory.ts';
import type { FeedEvent, FeedReads } from '../services/notifications/feed/port.ts';
import { builtInTemplates } from '../services/notifications/mails/templates.ts';
import type { MailReads, Template } from '../services/notifications/mails/port.ts';
import { MemoryWebhooks } from '../services/notifications/webhooks/memory.ts';
import type { OrderReads } from '../services/orders/port.ts';
import { ownAccount } from '../services/payments/settings.ts';
import { MemorySettings } from '../runtime/settings/memory.ts';
import { usualCarts } from '../services/carts/settings.ts';
import { cartSettingsRoutes } from '../gateway/carts/settings-routes.ts';
import { MemoryPricingData } from '../services/pricing/memory.ts';
import type { PricingData } from '../services/pricing/port.ts';
import { MemoryShippingData } from '../services/shipping/memory.ts';
import type { StoreLocation } from '../services/tenants/port.ts';

export interface ShopRouteParts {
  readonly router: Router;
  readonly clock: Clock;
  readonly orders?: OrderReads;
  readonly events?: readonly FeedEvent[];
  readonly webhooks?: MemoryWebhooks;
  readonly pricing?: PricingData;
}

const main: StoreLocation = { id: 'main', name: 'Main', rank: 0, latitude: null, longitude: null };

export function addedRoutes({ router, clock, orders = noOrders, events = [], webhooks, pricing }: ShopRouteParts): readonly Route[] {
  const logger = pino({ level: 'silent' });
  const cartSettings = new MemorySettings(usualCarts);
  const feed: FeedReads = {
    list: async (storeId, after, count) => events.filter((event) => event.storeId === storeId && event.number > after).slice(0, count),
    newest: async (storeId) => events.filter((event) => event.storeId === storeId).length,
  };
  return [
    ...cartRoutes({ router, logger, catalog: new MemoryCatalog(), cartSettings, currencyOf: async () => 'USD', buyerOf: () => null }),
    ...orderRoutes({
      router,
      logger,
      clock,
      orders,
      tenants: { locations: () => [main] },
      settings: async () => ({ currency: 'USD', account: null, feeMillionths: 0 }),
    }),
    paymentWebhookRoute({
      router,
      logger,
      verify: (): SignedNews => ({ kind: 'refused', reason: 'signature_missing' }),
    }),
    ...paymentSettingsRoutes(new MemorySettings(ownAccount)),
    ...cartSettingsRoutes(cartSettings),
    ...pricingRoutes({ router, pricing: pricing ?? new MemoryPricingData(), shipping: new MemoryShippingData() }),
    ...notificationRoutes({
      feed,
      endpoints: webhooks ?? new MemoryWebhooks(() => 0),
      mails: new MemoryMails(),
      clock,
      newSecret: () => 'whsec_bmV3c2VjcmV0bmV3c2VjcmV0',
      redeliver: async (_endpoint, event) => ({
        number: event.number,
        attempt: 1,
        eventId: event.eventId,
        at: clock.wallMs(),
        outcome: 'delivered',
        httpStatus: 200,
        error: null,
        tookMs: 1,
        onRequest: true,
      }),
      builtInTemplates,
    }),
  ];
}

const noOrders: OrderReads = { list: async () => [], story: async () => [] };

class MemoryMails implements MailReads {
  readonly #templates = new Map<string, Template>();

  async list(): Promise<readonly []> {
    return [];
  }

  async template(storeId: string, name: string): Promise<Template | null> {
    return this.#templates.get(`${storeId}/${name}`) ?? null;
  }

  async putTemplate(storeId: string, name: string, template: Template | null): Promise<void> {
    if (template === null) this.#templates.delete(`${storeId}/${name}`);
    else this.#templates.set(`${storeId}/${name}`, template);
  }
}
