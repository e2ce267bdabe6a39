/**
 * What an order costs: prices, then discounts, then shipping, then tax. Pure, all in integer minor units.
 *
 * O1. subtotal − discount + shipping + (tax, unless it is in the prices) = total; and the totals of the lines plus
 *     shipping with its tax are the same total.
 * O2. `discountMinor` is of the goods. What free shipping saves is taken off `shippingMinor` and stands in `applied`.
 * O3. Lines are snapshots: they say unit price and title as they were, and no later change of either reaches them.
 * O4. Two lines of one SKU are one line. The order of lines changes the order of the answer and no amount in it.
 * O5. What cannot be priced is a value that says why, never a price of 0.
 * O6. A price that the merchant named stands instead of the catalogue's, also where that has none. An SKU may have several
 *     in one order: it stays one line, whose sum is exact; `unitPriceMinor` is then the first of them.
 * O7. Lines, discounts, shipping and added tax are whole steps of what can be paid in the currency: a line is rounded once,
 *     not its unit price. Tax that is in the prices is no part of what is paid, and stays exact.
 */
import { assert, type Instant, payableStepOf } from '../../actors/kernel/index.ts';
import { type DiscountAnswer, discountsOf } from './discounts.ts';
import {
  type Coupon,
  type Destination,
  type Discount,
  type PricedLine,
  type PricedOrder,
  type PricedUnits,
  type PricedSku,
  type PriceMode,
  pricingLimits,
  type TaxAnswer,
  type TaxRate,
  type WantedLine,
} from './port.ts';
import { isAmount, payable, product, sumOf } from '../../actors/kernel/rounding.ts';
import { taxOf } from './tax.ts';

export interface Basket {
  readonly currency: string;
  readonly priceMode: PriceMode;
  readonly lines: readonly BasketLine[];
  readonly subtotalMinor: number;
  readonly weightGrams: number;
}

export interface BasketLine extends WantedLine {
  readonly price: PricedSku;
  readonly subtotalMinor: number;
}

/** In the order in which they are checked. */
export type PriceRefusal =
  | { readonly code: 'price_unavailable'; readonly sku: string; readonly why: 'no_price' | 'other_currency' }
  | { readonly code: 'amount_too_large'; readonly sku: string };

export interface OrderQuestion {
  readonly lines: readonly WantedLine[];
  readonly currency: string;
  readonly priceMode: PriceMode;
  readonly prices: ReadonlyMap<string, PricedSku>;
  readonly discounts: readonly Discount[];
  readonly coupons: readonly Coupon[];
  readonly codes: readonly string[];
  /** What the chosen method costs before free shipping; null: nothing is shipped yet. */
  readonly shippingMinor: number | null;
  /** Null: no tax yet. */
  readonly destination: Destination | null;
  readonly rates: readonly TaxRate[];
  readonly at: Instant;
}

/** Everything at once, with the store's own rates. A tax service outside goes between the steps: see `effects.ts`. */
export function priceOrder(question: OrderQuestion): PricedOrder | { readonly refusal: PriceRefusal } {
  const basket = basketOf(question);
  if ('refusal' in basket) return basket;
  const shippingMinor = payable(question.shippingMinor ?? 0, payableStepOf(question.currency));
  const discounts = discountsOf({ ...question, lines: discountable(basket), shippingMinor });
  const taxes =
    question.destination === null
      ? noTax(basket)
      : taxOf({
          ...taxQuestionOf(basket, discounts, shippingMinor),
          storeId: '',
          destination: question.destination,
          rates: question.rates,
          at: question.at,
        });
  return orderOf(basket, discounts, shippingMinor, taxes);
}

/** O4, O5 */
export function basketOf(
  question: Pick<OrderQuestion, 'lines' | 'currency' | 'priceMode' | 'prices'>,
): Basket | { readonly refusal: PriceRefusal } {
  const { currency, priceMode, prices } = question;
  const lines: BasketLine[] = [];
  const stepMinor = payableStepOf(currency);
  let subtotalMinor = 0;
  let weightGrams = 0;
  for (const { sku, quantity, prices: named } of merged(question.lines)) {
    const price = priceOf(sku, named, prices.get(sku), currency);
    if (price === undefined) return { refusal: { code: 'price_unavailable', sku, why: 'no_price' } };
    if (price.currency !== currency) return { refusal: { code: 'price_unavailable', sku, why: 'other_currency' } };
    const exactMinor = named === undefined ? product(price.unitPriceMinor, quantity) : sumOfNamed(named);
    const amountMinor = exactMinor === null || !isAmount(exactMinor) ? null : payable(exactMinor, stepMinor); // O7
    if (amountMinor === null || subtotalMinor + amountMinor > pricingLimits.subtotalMinorMax)
      return { refusal: { code: 'amount_too_large', sku } };
    subtotalMinor += amountMinor;
    weightGrams += price.weightGrams * quantity;
    lines.push({ sku, quantity, ...(named === undefined ? {} : { prices: named }), price, subtotalMinor: amountMinor });
  }
  return { currency, priceMode, lines, subtotalMinor, weightGrams };
}

/** O6. What the catalogue says beside the price still holds; without a word from it the SKU is its own title. */
function priceOf(sku: string, named: WantedLine['prices'], known: PricedSku | undefined, currency: string): PricedSku | undefined {
  const [first] = named ?? [];
  if (first === undefined) return known;
  const plain = { title: sku, categories: [], taxCategory: null, weightGrams: 0 };
  return { ...plain, ...known, unitPriceMinor: first.unitPriceMinor, currency };
}

function sumOfNamed(named: readonly PricedUnits[]): number | null {
  const amounts = named.map(({ quantity, unitPriceMinor }) => product(unitPriceMinor, quantity));
  return amounts.every((amount) => amount !== null) ? sumOf(amounts) : null;
}

/** Prices are named for all units of an SKU or for none. */
export function merged(lines: readonly WantedLine[]): readonly WantedLine[] {
  const bySku = new Map<string, WantedLine>();
  for (const { sku, quantity, prices } of lines) {
    const before = bySku.get(sku);
    const all = before === undefined ? prices : before.prices && prices && [...before.prices, ...prices];
    bySku.set(sku, { sku, quantity: (before?.quantity ?? 0) + quantity, ...(all === undefined ? {} : { prices: all }) });
  }
  return [...bySku.values()];
}

export function discountable(basket: Basket) {
  return basket.lines.map(({ sku, subtotalMinor, price }) => ({ sku, amountMinor: subtotalMinor, categories: price.categories }));
}

export function taxQuestionOf(basket: Basket, discounts: DiscountAnswer, shippingMinor: number) {
  return {
    currency: basket.currency,
    priceMode: basket.priceMode,
    lines: basket.lines.map(({ sku, subtotalMinor, price }) => ({
      sku,
      amountMinor: subtotalMinor - (discounts.bySku.get(sku) ?? 0),
      taxCategory: price.taxCategory,
    })),
    shippingMinor: shippingMinor - discounts.shippingDiscountMinor,
  };
}

export function noTax(basket: Basket): TaxAnswer {
  return { lineTaxMinor: basket.lines.map(() => 0), shippingTaxMinor: 0, components: [] };
}

/** Puts the steps' answers together. Asserts what they promise, so that a wrong answer from outside becomes no order. */
export function orderOf(basket: Basket, discounts: DiscountAnswer, shippingBeforeMinor: number, taxes: TaxAnswer): PricedOrder {
  assert(taxes.lineTaxMinor.length === basket.lines.length, 'every line has its tax');
  assert([...taxes.lineTaxMinor, taxes.shippingTaxMinor].every(isAmount), 'tax is an amount');
  const shippingMinor = shippingBeforeMinor - discounts.shippingDiscountMinor; // O2
  assert(shippingMinor > 0 || taxes.shippingTaxMinor === 0, 'free shipping has no tax');
  const taxIncluded = basket.priceMode === 'tax_included';
  const lines = basket.lines.map((line, index): PricedLine => {
    const discountMinor = discounts.bySku.get(line.sku) ?? 0;
    const taxMinor = taxes.lineTaxMinor[index] ?? 0;
    assert(discountMinor <= line.subtotalMinor, 'a discount is not more than its line');
    return {
      sku: line.sku,
      quantity: line.quantity,
      title: line.price.title,
      unitPriceMinor: line.price.unitPriceMinor, // O3
      ...(line.prices === undefined ? {} : { prices: line.prices }),
      discountMinor,
      taxMinor,
      totalMinor: line.subtotalMinor - discountMinor + (taxIncluded ? 0 : taxMinor),
    };
  });
  const taxMinor = sumOf(taxes.lineTaxMinor) + taxes.shippingTaxMinor;
  const discountMinor = sumOf(lines.map((line) => line.discountMinor));
  const totalMinor = basket.subtotalMinor - discountMinor + shippingMinor + (taxIncluded ? 0 : taxMinor);
  const parts = sumOf(lines.map((line) => line.totalMinor)) + shippingMinor + (taxIncluded ? 0 : taxes.shippingTaxMinor);
  assert(parts === totalMinor, 'lines and shipping are the total (O1)');
  assert(totalMinor % payableStepOf(basket.currency) === 0, 'the total can be paid (O7)');
  return {
    currency: basket.currency,
    taxIncluded,
    lines,
    subtotalMinor: basket.subtotalMinor,
    discountMinor,
    shippingMinor,
    shippingTaxMinor: taxes.shippingTaxMinor,
    taxMinor,
    totalMinor,
    taxes: taxes.components,
    applied: discounts.applied,
    notApplied: discounts.notApplied,
  };
}
