/**
 * Pricing and shipping put together: the store's data in Postgres, the catalogue's prices, the store's own tax rates.
 * The pool and the catalogue are handed in and stay their owner's; nothing here has to be closed.
 */
import type pg from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import type { Router } from '../../runtime/router/port.ts';
import type { Service } from '../../runtime/router/services.ts';
import type { Catalog } from '../../services/catalog/port.ts';
import { CachedPricingData } from '../../services/pricing/cached.ts';
import { CatalogPrices } from '../../services/pricing/catalog-prices.ts';
import { defineCodes } from '../../services/pricing/demo-codes.ts';
import { pricingService } from '../../services/pricing/effects.ts';
import type { PricingData } from '../../services/pricing/port.ts';
import { PostgresPricingData } from '../../services/pricing/postgres.ts';
import { Quotes } from '../../services/pricing/quotes.ts';
import { demoPricing, plainPricing, secondPricing, seedPricing } from '../../services/pricing/seed.ts';
import { storeTaxService } from '../../services/pricing/tax.ts';
import { CachedShippingData } from '../../services/shipping/cached.ts';
import type { ShippingData } from '../../services/shipping/port.ts';
import { PostgresShippingData } from '../../services/shipping/postgres.ts';
import { demoShipping, plainShipping, seedShipping } from '../../services/shipping/seed.ts';
import { Shipping } from '../../services/shipping/service.ts';

export interface Prices {
  /** Answers effects to kind `pricing`. */
  readonly service: Service;
  readonly quotes: Quotes;
  readonly shipping: Shipping;
  /** For the merchant's routes. */
  readonly pricingData: PricingData;
  readonly shippingData: ShippingData;
}

export interface PricesParts {
  /** Of role `onhand_app`. */
  readonly pool: pg.Pool;
  readonly catalog: Catalog;
  readonly clock: Clock;
}

export function openPrices({ pool, catalog, clock }: PricesParts): Prices {
  const pricingData = new CachedPricingData(new PostgresPricingData(pool, clock), clock);
  const shippingData = new CachedShippingData(new PostgresShippingData(pool), clock);
  const shipping = new Shipping(shippingData);
  const quotes = new Quotes({ data: pricingData, prices: new CatalogPrices(catalog, clock), shipping, taxes: storeTaxService });
  return { service: pricingService(quotes), quotes, shipping, pricingData, shippingData };
}

/** What the demo store sells for, and its codes. Safe to run at every start; what a merchant changed stays. */
export async function seedDemoPrices({ pricingData, shippingData }: Prices, router: Router, storeId: string): Promise<void> {
  await seedPricing(pricingData, storeId, demoPricing);
  await seedShipping(shippingData, storeId, demoShipping);
  const seeded = new Set(demoPricing.coupons.map(({ code }) => code));
  const kept = await pricingData.coupons(storeId, null, 1_000);
  await defineCodes(
    router,
    storeId,
    kept.map(({ code }) => code).filter((code) => seeded.has(code)),
  );
}

/** Every other store begins in dollars, with tax on top and shipping for nothing. */
export async function seedStorePrices({ pricingData, shippingData }: Prices, storeId: string): Promise<void> {
  await seedPricing(pricingData, storeId, secondPricing);
  await seedShipping(shippingData, storeId, plainShipping(secondPricing.settings.currency));
}

/** No tax, no shipping: what was sold elsewhere costs what it cost. */
export async function seedPlainPrices({ pricingData, shippingData }: Prices, storeId: string, currency: string): Promise<void> {
  await seedPricing(pricingData, storeId, plainPricing(currency));
  await seedShipping(shippingData, storeId, plainShipping(currency));
}

/** Those that name a discount of the store; how often they may still be used is for the checkout to find out. */
export async function knownCodes({ pricingData }: Prices, storeId: string, codes: readonly string[]): Promise<ReadonlySet<string>> {
  const { coupons } = await pricingData.forQuote(storeId, { codes, country: null });
  return new Set(coupons.map(({ code }) => code));
}
