/**
 * First prices, taxes and codes of stores that are made at a start. A store that has settings is left alone: what its
 * merchant changed stays changed. Rates are of the kind such places have, not advice about tax.
 */
import { assert } from '../../actors/kernel/index.ts';
import type { Coupon, Discount, PricingData, PricingSettings, TaxRate } from './port.ts';

export interface PricingSeed {
  readonly settings: PricingSettings;
  readonly discounts: readonly Discount[];
  readonly coupons: readonly Coupon[];
  readonly taxRates: readonly TaxRate[];
}

/** False: the store had its own. Settings go last, so a start that was cut short is finished by the next. */
export async function seedPricing(data: PricingData, storeId: string, seed: PricingSeed): Promise<boolean> {
  if ((await data.settings(storeId)) !== null) return false;
  const writes = [
    ...seed.taxRates.map((rate) => () => data.putTaxRate(storeId, rate)),
    ...seed.discounts.map((discount) => () => data.putDiscount(storeId, discount)),
    ...seed.coupons.map((coupon) => () => data.putCoupon(storeId, coupon)),
    () => data.putSettings(storeId, seed.settings),
  ];
  for (const write of writes) {
    const result = await write();
    assert(result.kind === 'written', `what a store begins with can be written: ${JSON.stringify(result)}`);
  }
  return true;
}

function rate(id: string, name: string, country: string, rateMillionths: number, more: Partial<TaxRate> = {}): TaxRate {
  const everywhere = { region: null, postalPrefix: null, category: null, startsAt: null, endsAt: null };
  return { id, name, country, layer: 'general', rateMillionths, taxesShipping: true, ...everywhere, ...more };
}

function byCode(id: string, name: string, value: Discount['value'], more: Partial<Discount> = {}): Discount {
  const always = { subtotalMinMinor: null, startsAt: null, endsAt: null };
  return { id, name, value, target: { kind: 'order' }, combines: true, automatic: false, ...always, ...more };
}

const europeanRates: readonly TaxRate[] = [
  rate('gb', 'VAT', 'GB', 200_000),
  rate('gb-books', 'VAT', 'GB', 0, { category: 'books' }),
  rate('ie', 'VAT', 'IE', 230_000),
  rate('de', 'USt', 'DE', 190_000),
  rate('de-books', 'USt', 'DE', 70_000, { category: 'books' }),
  rate('fr', 'TVA', 'FR', 200_000),
  rate('nl', 'btw', 'NL', 210_000),
];

/** State and local tax are two layers: in Seattle they come to 9 %. */
const americanRates: readonly TaxRate[] = [
  rate('us-wa', 'Washington sales tax', 'US', 65_000, { region: 'WA', layer: 'state' }),
  rate('us-wa-seattle', 'Seattle local tax', 'US', 25_000, { region: 'WA', postalPrefix: '981', layer: 'local' }),
  rate('us-fl', 'Florida sales tax', 'US', 60_000, { region: 'FL', layer: 'state' }),
  rate('us-ny', 'New York sales tax', 'US', 40_000, { region: 'NY', layer: 'state' }),
  rate('us-or', 'Oregon sales tax', 'US', 0, { region: 'OR', layer: 'state' }),
];

/** Prices in pounds with tax in them, and three codes to try. */
export const demoPricing: PricingSeed = {
  settings: { currency: 'GBP', priceMode: 'tax_included' },
  discounts: [
    byCode('welcome', 'Welcome: 10 % off', { kind: 'percentage', rateMillionths: 100_000 }),
    byCode('five-off', '5.00 off from 30.00', { kind: 'amount', amountMinor: 500, currency: 'GBP' }, { subtotalMinMinor: 3_000 }),
    byCode('free-shipping', 'Free shipping', { kind: 'free_shipping' }),
  ],
  coupons: [
    { code: 'WELCOME10', discountId: 'welcome', startsAt: null, endsAt: null },
    { code: 'FIVEOFF', discountId: 'five-off', startsAt: null, endsAt: null },
    { code: 'FREESHIP', discountId: 'free-shipping', startsAt: null, endsAt: null },
  ],
  taxRates: [...europeanRates, ...americanRates],
};

/** Prices in dollars to which tax is added. */
export const secondPricing: PricingSeed = {
  settings: { currency: 'USD', priceMode: 'tax_excluded' },
  discounts: [],
  coupons: [],
  taxRates: americanRates,
};

/** Every price is the whole price: for stores that replay what was sold elsewhere. */
export function plainPricing(currency: string): PricingSeed {
  return { settings: { currency, priceMode: 'tax_included' }, discounts: [], coupons: [], taxRates: [] };
}
