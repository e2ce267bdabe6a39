/**
 * What actors may owe something to that is no actor, and the pools that all of it and the gateway share. Opened before
 * the node: its shards may owe a quote or a payment from the first moment on.
 */
import type pg from 'pg';
import { systemClock } from '../../runtime/clock.ts';
import type { Config } from '../../runtime/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createPool } from '../../runtime/postgres/pool.ts';
import type { Services } from '../../runtime/router/services.ts';
import { PostgresCatalog } from '../../services/catalog/postgres.ts';
import type { Closers } from './closers.ts';
import { type CartSettings, cartSettingsTable } from '../../services/carts/settings.ts';
import { type PaymentSettings, paymentSettingsTable } from '../../services/payments/settings.ts';
import { CachedSettings } from '../../runtime/settings/cached.ts';
import type { StoreSettings } from '../../runtime/settings/port.ts';
import { PostgresSettings } from '../../runtime/settings/postgres.ts';
import { openPayments, type Payments } from './payments.ts';
import { openPrices, type Prices } from './prices.ts';
import type { EmbeddedStorage } from './storage.ts';

export interface OuterServices {
  /** Of role `onhand_app`. */
  readonly appPool: pg.Pool;
  /** Of role `onhand_projector`, for what goes over all stores. */
  readonly projectorPool: pg.Pool;
  readonly catalog: PostgresCatalog;
  readonly prices: Prices;
  readonly payments: Payments;
  readonly paymentSettings: StoreSettings<PaymentSettings>;
  readonly cartSettings: StoreSettings<CartSettings>;
  readonly byKind: Services;
}

export interface OuterServicesOptions {
  readonly config: Config;
  readonly logger: Logger;
}

export function openServices({ config, logger }: OuterServicesOptions, storage: EmbeddedStorage, closers: Closers): OuterServices {
  const url = storage.postgres.url('app');
  const shared = { connectTimeoutMs: 3_000, answerTimeoutMs: 5_000, settings: { statement_timeout: '5000' } };
  const appPool = createPool({ ...shared, url, applicationName: 'onhand gateway', connectionsMax: 8 });
  closers.add(() => appPool.end());
  const projectorPool = createPool({
    ...shared,
    url: storage.postgres.url('projector'),
    applicationName: 'onhand reactions',
    connectionsMax: 4,
  });
  closers.add(() => projectorPool.end());
  const catalog = new PostgresCatalog({ url });
  closers.add(() => catalog.close());
  const prices = openPrices({ pool: appPool, catalog, clock: systemClock });
  const payments = openPayments(config, storage.dataDir, logger);
  closers.add(() => payments.close());
  const paymentSettings = new CachedSettings(new PostgresSettings(appPool, paymentSettingsTable), systemClock);
  const cartSettings = new CachedSettings(new PostgresSettings(appPool, cartSettingsTable), systemClock);
  const byKind: Services = new Map([
    ['pricing', prices.service],
    ['payments', payments.service],
  ]);
  return { appPool, projectorPool, catalog, prices, payments, paymentSettings, cartSettings, byKind };
}

export interface StoreCheckout {
  readonly currency: string;
  readonly account: string | null;
  readonly feeMillionths: number;
  readonly keepsUnitsOnDecline: boolean;
}

/** What a checkout needs to know of its store. */
export async function checkoutSettings({ prices, paymentSettings }: OuterServices, storeId: string): Promise<StoreCheckout> {
  const [pricing, payment] = await Promise.all([prices.pricingData.settings(storeId), paymentSettings.get(storeId)]);
  return { currency: pricing?.currency ?? 'USD', ...payment };
}
