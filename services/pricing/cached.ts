/**
 * Pricing data of which what a checkout needs is remembered for some seconds, so that a rush of checkouts does not
 * become a rush of statements. Writes of this process are seen at once; those of another within `freshMs`. Lists and
 * all writing go straight through.
 *
 * C1. Tax rates of a country may be tens of thousands: they are remembered once, not once for every code.
 * C2. A code that the store does not have is remembered by nobody: anybody can think of any number of them (I7).
 */
import { FreshCache, type FreshCacheOptions } from '../../runtime/fresh-cache.ts';
import type {
  Coupon,
  Discount,
  NotWritten,
  PricingData,
  PricingSettings,
  QuoteData,
  QuoteDataQuestion,
  SkuTraits,
  TaxRate,
  Written,
} from './port.ts';

export const pricingCacheLimits = {
  freshMs: 2_000,
  entriesMax: 10_000,
  /** Larger baskets are rare, each its own, and would be what fills the memory. */
  skusPerEntryMax: 20,
} as const;

export class CachedPricingData implements PricingData {
  readonly #data: PricingData;
  readonly #settings: FreshCache<PricingSettings | null>;
  readonly #quotes: FreshCache<QuoteData>;
  readonly #traits: FreshCache<readonly SkuTraits[]>;

  constructor(data: PricingData, clock: FreshCacheOptions['clock']) {
    const { freshMs, entriesMax } = pricingCacheLimits;
    this.#data = data;
    this.#settings = new FreshCache({ clock, freshMs, entriesMax });
    this.#quotes = new FreshCache({ clock, freshMs, entriesMax });
    this.#traits = new FreshCache({ clock, freshMs, entriesMax });
  }

  /** C1, C2. */
  async forQuote(storeId: string, { codes, country }: QuoteDataQuestion): Promise<QuoteData> {
    const ofPlace = this.#remembered(storeId, { codes: [], country });
    if (codes.length === 0) return ofPlace;
    const [place, offers] = await Promise.all([ofPlace, this.#remembered(storeId, { codes, country: null })]);
    return { ...offers, taxRates: place.taxRates };
  }

  async #remembered(storeId: string, question: QuoteDataQuestion): Promise<QuoteData> {
    const key = `${storeId}/${JSON.stringify([question.country, ...question.codes])}`;
    const found = await this.#quotes.get(key, () => this.#data.forQuote(storeId, question));
    if (found.coupons.length < question.codes.length) this.#quotes.forget(key); // C2
    return found;
  }

  traits(storeId: string, skus: readonly string[]): Promise<readonly SkuTraits[]> {
    if (skus.length > pricingCacheLimits.skusPerEntryMax) return this.#data.traits(storeId, skus);
    return this.#traits.get(`${storeId}/${JSON.stringify(skus)}`, () => this.#data.traits(storeId, skus));
  }

  settings(storeId: string): Promise<PricingSettings | null> {
    return this.#settings.get(`${storeId}/`, () => this.#data.settings(storeId));
  }

  putSettings(storeId: string, settings: PricingSettings): Promise<Written> {
    return this.#changing(storeId, this.#data.putSettings(storeId, settings));
  }

  discounts(storeId: string): Promise<readonly Discount[]> {
    return this.#data.discounts(storeId);
  }

  putDiscount(storeId: string, discount: Discount): Promise<Written> {
    return this.#changing(storeId, this.#data.putDiscount(storeId, discount));
  }

  deleteDiscount(storeId: string, id: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteDiscount(storeId, id));
  }

  coupons(storeId: string, after: string | null, count: number): Promise<readonly Coupon[]> {
    return this.#data.coupons(storeId, after, count);
  }

  putCoupon(storeId: string, coupon: Coupon): Promise<Written> {
    return this.#changing(storeId, this.#data.putCoupon(storeId, coupon));
  }

  couponRefusal(storeId: string, coupon: Coupon): Promise<NotWritten | null> {
    return this.#data.couponRefusal(storeId, coupon);
  }

  deleteCoupon(storeId: string, code: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteCoupon(storeId, code));
  }

  taxRates(storeId: string): Promise<readonly TaxRate[]> {
    return this.#data.taxRates(storeId);
  }

  putTaxRate(storeId: string, rate: TaxRate): Promise<Written> {
    return this.#changing(storeId, this.#data.putTaxRate(storeId, rate));
  }

  deleteTaxRate(storeId: string, id: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteTaxRate(storeId, id));
  }

  putTraits(storeId: string, traits: SkuTraits): Promise<Written> {
    return this.#changing(storeId, this.#data.putTraits(storeId, traits));
  }

  deleteTraits(storeId: string, sku: string): Promise<boolean> {
    return this.#changing(storeId, this.#data.deleteTraits(storeId, sku));
  }

  close(): Promise<void> {
    return this.#data.close();
  }

  /** Also when the write failed: nobody knows whether it took place. */
  async #changing<Result>(storeId: string, write: Promise<Result>): Promise<Result> {
    try {
      return await write;
    } finally {
      this.#settings.forget(`${storeId}/`);
      this.#quotes.forget(`${storeId}/`);
      this.#traits.forget(`${storeId}/`);
    }
  }
}
