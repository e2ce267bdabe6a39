/** Pricing data's memory twin: for tests and simulations; lives and dies with the process. */
import {
  codeOf,
  type Coupon,
  type Discount,
  type NotWritten,
  type PricingData,
  pricingLimits,
  type PricingSettings,
  type QuoteData,
  type QuoteDataQuestion,
  type SkuTraits,
  type TaxRate,
  type Written,
} from './port.ts';
import { couponProblems, discountProblems, settingsProblems, taxRateProblems, traitsProblems } from './validate.ts';

interface StoreData {
  settings: PricingSettings | null;
  readonly discounts: Map<string, Discount>;
  readonly coupons: Map<string, Coupon>;
  readonly taxRates: Map<string, TaxRate>;
  readonly traits: Map<string, SkuTraits>;
}

export class MemoryPricingData implements PricingData {
  readonly #stores = new Map<string, StoreData>(); // P1

  async forQuote(storeId: string, { codes, country }: QuoteDataQuestion): Promise<QuoteData> {
    const store = this.#store(storeId);
    const coupons = codes.flatMap((code) => store.coupons.get(codeOf(code)) ?? []);
    const named = new Set(coupons.map(({ discountId }) => discountId));
    return {
      settings: store.settings,
      discounts: sorted(store.discounts).filter(({ id, automatic }) => automatic || named.has(id)),
      coupons,
      taxRates: sorted(store.taxRates).filter((rate) => rate.country === country),
    };
  }

  async settings(storeId: string): Promise<PricingSettings | null> {
    return this.#store(storeId).settings;
  }

  async putSettings(storeId: string, settings: PricingSettings): Promise<Written> {
    const problems = settingsProblems(settings);
    if (problems.length > 0) return { kind: 'invalid', problems };
    this.#store(storeId).settings = settings;
    return { kind: 'written' };
  }

  async discounts(storeId: string): Promise<readonly Discount[]> {
    return sorted(this.#store(storeId).discounts);
  }

  async putDiscount(storeId: string, discount: Discount): Promise<Written> {
    const problems = discountProblems(discount);
    if (problems.length > 0) return { kind: 'invalid', problems };
    const { discounts } = this.#store(storeId);
    const others = [...discounts.values()].filter(({ id, automatic }) => automatic && id !== discount.id).length;
    const { automaticPerStoreMax: countMax } = pricingLimits;
    if (discount.automatic && others >= countMax) return { kind: 'full', countMax };
    return put(discounts, discount.id, discount, pricingLimits.discountsPerStoreMax);
  }

  async deleteDiscount(storeId: string, id: string): Promise<boolean> {
    const { discounts, coupons } = this.#store(storeId);
    for (const [code, coupon] of coupons) if (coupon.discountId === id) coupons.delete(code);
    return discounts.delete(id);
  }

  async coupons(storeId: string, after: string | null, count: number): Promise<readonly Coupon[]> {
    const coupons = sorted(this.#store(storeId).coupons);
    return coupons.filter(({ code }) => after === null || code > after).slice(0, count);
  }

  async putCoupon(storeId: string, coupon: Coupon): Promise<Written> {
    const refusal = refusalOf(this.#store(storeId), coupon);
    if (refusal !== null) return refusal;
    this.#store(storeId).coupons.set(coupon.code, coupon);
    return { kind: 'written' };
  }

  async couponRefusal(storeId: string, coupon: Coupon): Promise<NotWritten | null> {
    return refusalOf(this.#store(storeId), coupon);
  }

  async deleteCoupon(storeId: string, code: string): Promise<boolean> {
    return this.#store(storeId).coupons.delete(code);
  }

  async taxRates(storeId: string): Promise<readonly TaxRate[]> {
    return sorted(this.#store(storeId).taxRates);
  }

  async putTaxRate(storeId: string, rate: TaxRate): Promise<Written> {
    const problems = taxRateProblems(rate);
    if (problems.length > 0) return { kind: 'invalid', problems };
    return put(this.#store(storeId).taxRates, rate.id, rate, pricingLimits.taxRatesPerStoreMax);
  }

  async deleteTaxRate(storeId: string, id: string): Promise<boolean> {
    return this.#store(storeId).taxRates.delete(id);
  }

  async traits(storeId: string, skus: readonly string[]): Promise<readonly SkuTraits[]> {
    const { traits } = this.#store(storeId);
    return [...new Set(skus)].flatMap((sku) => traits.get(sku) ?? []);
  }

  async putTraits(storeId: string, traits: SkuTraits): Promise<Written> {
    const problems = traitsProblems(traits);
    if (problems.length > 0) return { kind: 'invalid', problems };
    return put(this.#store(storeId).traits, traits.sku, traits, pricingLimits.traitsPerStoreMax);
  }

  async deleteTraits(storeId: string, sku: string): Promise<boolean> {
    return this.#store(storeId).traits.delete(sku);
  }

  async close(): Promise<void> {}

  #store(storeId: string): StoreData {
    let store = this.#stores.get(storeId);
    if (store === undefined) {
      store = { settings: null, discounts: new Map(), coupons: new Map(), taxRates: new Map(), traits: new Map() };
      this.#stores.set(storeId, store);
    }
    return store;
  }
}

function refusalOf({ discounts, coupons }: StoreData, coupon: Coupon): NotWritten | null {
  const problems = couponProblems(coupon);
  if (problems.length > 0) return { kind: 'invalid', problems };
  if (!discounts.has(coupon.discountId)) return { kind: 'unknown', what: 'discount' };
  return fullFor(coupons, coupon.code, pricingLimits.couponsPerStoreMax);
}

/** Null: there is room. */
function fullFor(values: ReadonlyMap<string, unknown>, key: string, countMax: number): NotWritten | null {
  return !values.has(key) && values.size >= countMax ? { kind: 'full', countMax } : null;
}

function put<Value>(values: Map<string, Value>, key: string, value: Value, countMax: number): Written {
  const full = fullFor(values, key, countMax);
  if (full !== null) return full;
  values.set(key, value);
  return { kind: 'written' };
}

/** In code unit order of the key. */
function sorted<Value>(values: ReadonlyMap<string, Value>): Value[] {
  return [...values].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}
