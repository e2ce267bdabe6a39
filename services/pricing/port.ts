/**
 * Pricing: what an order costs. Discounts, coupon codes and tax rates are a store's own data; prices, shipping and
 * tax offices are asked through ports, so that this context knows no other.
 *
 * P1. Every call names its store and sees that store only (I6).
 * P2. What is written was checked (`validate.ts`): every reader may rely on it.
 * P3. Rates and discounts have the instants between which they hold; a price for an instant uses what held then,
 *     whenever it is asked. Nothing here reads a clock.
 * P4. Codes are compared in capitals, without blanks around: `codeOf`.
 *
 * How often a code may be used is not here: the `coupon` actor holds uses like stock.
 */
import { type Instant, toIso } from '../../actors/kernel/index.ts';
import type { Quote } from '../../actors/order/outside.ts';

/** Whether the catalogue's prices have tax in them. Decided per store: buyers of one shop see one kind of price. */
export type PriceMode = 'tax_included' | 'tax_excluded';

export interface PricingSettings {
  readonly currency: string;
  readonly priceMode: PriceMode;
}

export type DiscountValue =
  | { readonly kind: 'percentage'; readonly rateMillionths: number }
  /** Off the whole target, once; spread over its lines. */
  | { readonly kind: 'amount'; readonly amountMinor: number; readonly currency: string }
  | { readonly kind: 'free_shipping' };

export type DiscountTarget =
  | { readonly kind: 'order' }
  /** Lines of one of these SKUs or categories. */
  | { readonly kind: 'lines'; readonly skus: readonly string[]; readonly categories: readonly string[] };

export interface Discount {
  readonly id: string;
  readonly name: string;
  readonly value: DiscountValue;
  readonly target: DiscountTarget;
  /** Of the lines before any discount, in the store's currency; null: none. */
  readonly subtotalMinMinor: number | null;
  /** May stand beside others; else it stands alone. */
  readonly combines: boolean;
  /** Applies by itself; else a code must name it. */
  readonly automatic: boolean;
  readonly startsAt: Instant | null;
  /** Exclusive. */
  readonly endsAt: Instant | null;
}

/** A code that names a discount, with a window of its own within the discount's. */
export interface Coupon {
  readonly code: string;
  readonly discountId: string;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
}

export interface TaxRate {
  readonly id: string;
  /** As receipts show it, such as `VAT` or `Sales tax`. */
  readonly name: string;
  readonly country: string;
  /** Null: everywhere in the country. */
  readonly region: string | null;
  /** Null: every postal code. Compared without blanks, in capitals. */
  readonly postalPrefix: string | null;
  /** Of goods; null: every category that has no rate of its own. */
  readonly category: string | null;
  /** Within one layer the closest rate counts; layers add up: `state` and `county`. */
  readonly layer: string;
  readonly rateMillionths: number;
  readonly taxesShipping: boolean;
  /** Inclusive; null: since ever. Of two that are equally close the one that began later counts. */
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
}

/** What decides about discounts, tax and shipping of an SKU beside its price. One that nobody described has none of it. */
export interface SkuTraits {
  readonly sku: string;
  readonly categories: readonly string[];
  /** The category that decides about tax; null: the general rates. */
  readonly taxCategory: string | null;
  /** 0 where nobody has weighed it. */
  readonly weightGrams: number;
}

/** What is wrong with something that was to be written; the path is the field's. */
export interface FieldProblem {
  readonly path: string;
  readonly detail: string;
}

export type Written =
  | { readonly kind: 'written' }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  /** The store has as many as it may. */
  | { readonly kind: 'full'; readonly countMax: number }
  /** What it refers to is not there. */
  | { readonly kind: 'unknown'; readonly what: 'discount' };

export type NotWritten = Exclude<Written, { readonly kind: 'written' }>;

/** What one quote needs, read in one look. */
export interface QuoteData {
  readonly settings: PricingSettings | null;
  /** The automatic ones, and those that the coupons name. */
  readonly discounts: readonly Discount[];
  /** Of the codes asked for; one that is missing is unknown. */
  readonly coupons: readonly Coupon[];
  /** Of the country asked for. */
  readonly taxRates: readonly TaxRate[];
}

export interface QuoteDataQuestion {
  /** As `codeOf` makes them. */
  readonly codes: readonly string[];
  /** Null: no destination yet. */
  readonly country: string | null;
}

/** Lists are by id (coupons by code), in code unit order. Every method throws `PricingUnavailable` when it cannot tell. */
export interface PricingData {
  forQuote(storeId: string, question: QuoteDataQuestion): Promise<QuoteData>;
  settings(storeId: string): Promise<PricingSettings | null>;
  putSettings(storeId: string, settings: PricingSettings): Promise<Written>;
  discounts(storeId: string): Promise<readonly Discount[]>;
  putDiscount(storeId: string, discount: Discount): Promise<Written>;
  /** Its coupons go with it. False: there was none. */
  deleteDiscount(storeId: string, id: string): Promise<boolean>;
  /** At most `count` after `after`. */
  coupons(storeId: string, after: string | null, count: number): Promise<readonly Coupon[]>;
  putCoupon(storeId: string, coupon: Coupon): Promise<Written>;
  /** As `putCoupon` would refuse it now, without writing anything; null: it would not. */
  couponRefusal(storeId: string, coupon: Coupon): Promise<NotWritten | null>;
  deleteCoupon(storeId: string, code: string): Promise<boolean>;
  taxRates(storeId: string): Promise<readonly TaxRate[]>;
  putTaxRate(storeId: string, rate: TaxRate): Promise<Written>;
  deleteTaxRate(storeId: string, id: string): Promise<boolean>;
  /** Of those asked for that somebody described, in no order. */
  traits(storeId: string, skus: readonly string[]): Promise<readonly SkuTraits[]>;
  putTraits(storeId: string, traits: SkuTraits): Promise<Written>;
  deleteTraits(storeId: string, sku: string): Promise<boolean>;
  close(): Promise<void>;
}

/** What the catalogue says of an SKU. */
export interface CatalogPrice {
  readonly title: string;
  readonly unitPriceMinor: number;
  readonly currency: string;
}

export interface PriceSource {
  /** An SKU without a price is left out. Throws `PricingUnavailable` when it cannot tell. */
  pricesOf(storeId: string, skus: readonly string[]): Promise<ReadonlyMap<string, CatalogPrice>>;
}

export type PricedSku = CatalogPrice & Omit<SkuTraits, 'sku'>;

/** Where goods go, as far as tax and shipping care. */
export interface Destination {
  readonly country: string;
  readonly region?: string;
  readonly postalCode: string;
}

export interface TaxableLine {
  readonly sku: string;
  /** After discounts. */
  readonly amountMinor: number;
  readonly taxCategory: string | null;
}

export interface TaxQuestion {
  readonly storeId: string;
  readonly currency: string;
  readonly priceMode: PriceMode;
  readonly destination: Destination;
  readonly lines: readonly TaxableLine[];
  readonly shippingMinor: number;
  readonly at: Instant;
  /** The store's own rates for that country; an outside service may do without. */
  readonly rates: readonly TaxRate[];
}

export interface TaxAnswer {
  /** By the question's order of lines. */
  readonly lineTaxMinor: readonly number[];
  readonly shippingTaxMinor: number;
  /** What the sums consist of; adds up to them. */
  readonly components: readonly TaxComponent[];
}

export interface TaxComponent {
  readonly name: string;
  readonly rateMillionths: number;
  readonly taxableMinor: number;
  readonly taxMinor: number;
}

/** The store's own rates (`tax.ts`), or a service outside that knows better. */
export interface TaxService {
  taxOf(question: TaxQuestion): Promise<TaxAnswer>;
}

export interface ShippingQuestion {
  readonly storeId: string;
  readonly destination: Destination;
  readonly currency: string;
  /** Of the goods before discounts: so a coupon never takes free shipping away, and nothing goes in circles. */
  readonly subtotalMinor: number;
  readonly weightGrams: number;
  /** Where the goods are; each is a parcel. Empty: not decided yet. */
  readonly locations: readonly string[];
  readonly at: Instant;
}

export interface ShippingOption {
  readonly methodId: string;
  readonly name: string;
  readonly priceMinor: number;
  /** The promise: not before, and not after. */
  readonly deliverFrom: Instant;
  readonly deliverBy: Instant;
  /** The same in words, by the destination's clock: `tomorrow by 21:00`. */
  readonly promise: string;
}

/** Services of another context, as pricing needs them. */
export interface ShippingOptions {
  /** Cheapest first, then soonest. Empty: nothing goes there. */
  optionsFor(question: ShippingQuestion): Promise<readonly ShippingOption[]>;
}

// --- what comes of it: see price-order.ts, discounts.ts and quotes.ts for the rules --------------------------

/** Units at a price that the merchant named. */
export interface PricedUnits {
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

export interface WantedLine {
  readonly sku: string;
  readonly quantity: number;
  /** Of all its units; instead of the catalogue's price, also where that has none. */
  readonly prices?: readonly PricedUnits[];
}

/** What the merchant agreed with a buyer: no tax, or another price for shipping than the method's. */
export interface Agreement {
  readonly taxExempt: boolean;
  readonly shippingMinor: number | null;
}

export interface PricedLine extends WantedLine {
  readonly title: string;
  readonly unitPriceMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  /** What the buyer pays for the line, discount and tax in it. */
  readonly totalMinor: number;
}

export interface PricedOrder {
  readonly currency: string;
  readonly taxIncluded: boolean;
  readonly lines: readonly PricedLine[];
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  /** After free shipping. */
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
  /** Of goods and shipping. */
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly taxes: readonly TaxComponent[];
  readonly applied: readonly Applied[];
  readonly notApplied: readonly NotApplied[];
}

export type NotAppliedWhy =
  | 'code_unknown'
  | 'not_started'
  | 'ended'
  | 'other_currency'
  | 'subtotal_below_minimum'
  | 'no_matching_lines'
  | 'no_shipping_to_pay'
  | 'better_discount'
  | 'nothing_left';

export interface Applied {
  readonly discountId: string;
  /** Null: automatic. */
  readonly code: string | null;
  readonly name: string;
  readonly amountMinor: number;
}

export interface NotApplied {
  /** Null: no discount is known by that code. */
  readonly discountId: string | null;
  readonly code: string | null;
  readonly name: string;
  readonly why: NotAppliedWhy;
}

export interface BasketQuestion {
  readonly lines: readonly WantedLine[];
  readonly codes: readonly string[];
  /** Null: the store's own. */
  readonly currency: string | null;
  readonly at: Instant;
}

/** Where to; the rest of an address is for the label. */
export interface Recipient extends Destination {
  readonly name: string;
  readonly line1: string;
  readonly city: string;
}

export interface QuoteQuestion extends BasketQuestion {
  readonly destination: Recipient;
  /** Null: the cheapest, of equal ones the soonest. */
  readonly shippingMethod: string | null;
  /** Where the goods are; empty: not decided yet. */
  readonly locations: readonly string[];
  readonly agreed?: Agreement;
}

export interface OrderQuote extends PricedOrder {
  readonly shipping: ShippingOption;
}

export type QuoteRefusal =
  | { readonly code: 'code_invalid'; readonly discountCode: string; readonly why: string }
  | { readonly code: 'price_unavailable'; readonly sku: string; readonly why: string }
  | { readonly code: 'shipping_unavailable'; readonly why: 'address_incomplete'; readonly missing: readonly string[] }
  | { readonly code: 'shipping_unavailable'; readonly why: 'no_method' }
  | { readonly code: 'shipping_unavailable'; readonly why: 'method_not_offered'; readonly offered: readonly string[] };

export interface QuoteRefused {
  readonly refusal: QuoteRefusal;
}

/** What storefronts and orders ask. Every method throws `PricingUnavailable` when it cannot tell. */
export interface QuoteReads {
  quote(storeId: string, question: QuoteQuestion): Promise<OrderQuote | QuoteRefused>;
  /** What a cart shows: prices and discounts, before anybody knows where it goes. Codes that do nothing are in `notApplied`. */
  totals(storeId: string, question: BasketQuestion): Promise<PricedOrder | QuoteRefused>;
  /** What a checkout page offers. Empty: nothing goes there. */
  shippingOptions(
    storeId: string,
    question: BasketQuestion & Pick<QuoteQuestion, 'destination' | 'locations'>,
  ): Promise<readonly ShippingOption[] | QuoteRefused>;
}

/** An operating fault: worth trying again. */
export class PricingUnavailable extends Error {
  override readonly name = 'PricingUnavailable';
}

export const pricingLimits = {
  discountsPerStoreMax: 500,
  /** Each of these is tried on every order: a thousand lines with that many take some 30 ms. */
  automaticPerStoreMax: 50,
  couponsPerStoreMax: 100_000,
  taxRatesPerStoreMax: 50_000,
  selectorsPerDiscountMax: 1_000,
  /** SKUs of a store that have traits. */
  traitsPerStoreMax: 200_000,
  categoriesPerSkuMax: 50,
  weightGramsMax: 1_000_000,
  /** Codes that one order may name. */
  codesPerOrderMax: 20,
  /** Coupons that one list shows. */
  couponsPerPageMax: 1_000,
  nameLengthMax: 200,
  codeLengthMax: 64,
  /** A hundred times the goods: beyond that somebody has mixed up percent and millionths. */
  taxRateMillionthsMax: 100_000_000,
  /** What the goods of one order may come to, so that every sum with tax and shipping stays exact. */
  subtotalMinorMax: 100_000_000_000_000,
} as const;

/** P4 */
export function codeOf(text: string): string {
  return text.trim().toUpperCase();
}

/** As the order keeps it: no more than the protocol names. */
export function quoteOf({ shipping, taxes: _, applied, notApplied, ...order }: OrderQuote): Quote {
  return {
    ...order,
    shippingMethod: shipping.methodId,
    deliverFrom: toIso(shipping.deliverFrom),
    deliverBy: toIso(shipping.deliverBy),
    applied: applied.map(({ code, name, amountMinor }) => ({ code, name, amountMinor })),
    notApplied: notApplied.map(({ code, name, why }) => ({ code, name, why })),
  };
}
