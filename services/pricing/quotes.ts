/**
 * Quotes: what an order costs and when it arrives, from the store's data, the catalogue, shipping and tax. The steps are
 * pure (`price-order.ts`, `discounts.ts`, `tax.ts`); here they are given what they need.
 *
 * Q1. A quote is a read: asked again with the same words and data it is the same quote.
 * Q2. Refusals are checked in this order: `price_unavailable`, `code_invalid`, `shipping_unavailable`. The first stands.
 * Q3. A code that does nothing for a reason of its own is refused, so that no buyer pays in the belief it applied. A
 *     code that only gave way to a better discount is not: it stands in `notApplied`.
 * Q4. An address that cannot tell which of the store's rates it falls under is refused, never taxed with nothing.
 * Q5. Operating faults are thrown as `PricingUnavailable`, whichever neighbour they come from; broken invariants as they are.
 * Q6. What the merchant agreed with the buyer stands: shipping at that price, even where no method goes; no tax.
 * Q7. Shipping costs what can be paid in the currency, also where it is only offered.
 */
import { BrokenInvariant, payableStepOf } from '../../actors/kernel/index.ts';
import { payable } from '../../actors/kernel/rounding.ts';
import { codeFaults, type DiscountAnswer, discountsOf } from './discounts.ts';
import {
  type BasketQuestion,
  type CatalogPrice,
  codeOf,
  type OrderQuote,
  type PricedOrder,
  type PricedSku,
  type PriceMode,
  type PriceSource,
  type PricingData,
  pricingLimits,
  PricingUnavailable,
  type QuoteData,
  type QuoteQuestion,
  type QuoteReads,
  type QuoteRefusal,
  type QuoteRefused,
  type Recipient,
  type ShippingOption,
  type ShippingOptions,
  type SkuTraits,
  type TaxRate,
  type TaxService,
} from './port.ts';
import { type Basket, basketOf, discountable, noTax, orderOf, type PriceRefusal, taxQuestionOf } from './price-order.ts';

export interface QuoteParts {
  readonly data: Pick<PricingData, 'forQuote' | 'traits'>;
  readonly prices: PriceSource;
  readonly shipping: ShippingOptions;
  readonly taxes: TaxService;
}

/** What is known once the goods have prices. */
interface Goods {
  readonly basket: Basket;
  readonly data: QuoteData;
}

export class Quotes implements QuoteReads {
  readonly #parts: QuoteParts;

  constructor(parts: QuoteParts) {
    this.#parts = parts;
  }

  async quote(storeId: string, question: QuoteQuestion): Promise<OrderQuote | QuoteRefused> {
    const goods = await this.#goodsOf(storeId, question, question.destination.country);
    if ('refusal' in goods) return goods;
    const atFault = discountsFor(goods, question, 0).notApplied.find(({ code, why }) => code !== null && codeFaults.has(why)); // Q3
    if (atFault !== undefined) return codeRefused(atFault.code ?? '', atFault.why);
    const missing = missingIn(question.destination, goods.data.taxRates);
    if (missing.length > 0) return { refusal: { code: 'shipping_unavailable', why: 'address_incomplete', missing } }; // Q4
    const offered = await this.#offered(storeId, goods.basket, question);
    const agreed = agreedShipping(chosen(offered, question.shippingMethod), question);
    if ('refusal' in agreed) return agreed;
    const shipping = payableOption(agreed, goods.basket.currency);
    const discounts = discountsFor(goods, question, shipping.priceMinor);
    const taxes =
      question.agreed?.taxExempt === true
        ? noTax(goods.basket)
        : await this.#taxesOf(storeId, goods, discounts, shipping.priceMinor, question);
    return { ...orderOf(goods.basket, discounts, shipping.priceMinor, taxes), shipping };
  }

  async totals(storeId: string, question: BasketQuestion): Promise<PricedOrder | QuoteRefused> {
    const goods = await this.#goodsOf(storeId, question, null);
    if ('refusal' in goods) return goods;
    return orderOf(goods.basket, discountsFor(goods, question, 0), 0, noTax(goods.basket));
  }

  async shippingOptions(
    storeId: string,
    question: BasketQuestion & Pick<QuoteQuestion, 'destination' | 'locations'>,
  ): Promise<readonly ShippingOption[] | QuoteRefused> {
    const goods = await this.#goodsOf(storeId, { ...question, codes: [] }, question.destination.country);
    return 'refusal' in goods ? goods : this.#offered(storeId, goods.basket, question);
  }

  async #goodsOf(storeId: string, question: BasketQuestion, country: string | null): Promise<Goods | QuoteRefused> {
    const { data, prices } = this.#parts;
    const codes = codesOf(question);
    const tooMany = codes[pricingLimits.codesPerOrderMax];
    if (tooMany !== undefined) return codeRefused(tooMany, 'too_many_codes');
    const skus = [...new Set(question.lines.map(({ sku }) => sku))];
    const [quoteData, found, traits] = await Promise.all([
      outside(data.forQuote(storeId, { codes, country })),
      outside(prices.pricesOf(storeId, skus)),
      outside(data.traits(storeId, skus)),
    ]);
    const currency = question.currency ?? quoteData.settings?.currency ?? [...found.values()][0]?.currency ?? '';
    const priceMode: PriceMode = quoteData.settings?.priceMode ?? 'tax_excluded';
    const basket = basketOf({ lines: question.lines, currency, priceMode, prices: withTraits(found, traits) });
    return 'refusal' in basket ? { refusal: priceRefusalOf(basket.refusal) } : { basket, data: quoteData };
  }

  #offered(storeId: string, basket: Basket, { destination, locations, at }: Pick<QuoteQuestion, 'destination' | 'locations' | 'at'>) {
    const { currency, subtotalMinor, weightGrams } = basket;
    const asked = this.#parts.shipping.optionsFor({ storeId, destination, currency, subtotalMinor, weightGrams, locations, at });
    return outside(asked.then((options) => options.map((option) => payableOption(option, currency))));
  }

  #taxesOf(storeId: string, goods: Goods, discounts: DiscountAnswer, shippingMinor: number, { destination, at }: QuoteQuestion) {
    const rates = goods.data.taxRates;
    return outside(this.#parts.taxes.taxOf({ ...taxQuestionOf(goods.basket, discounts, shippingMinor), storeId, destination, rates, at }));
  }
}

function discountsFor({ basket, data }: Goods, question: BasketQuestion, shippingMinor: number): DiscountAnswer {
  const { discounts, coupons } = data;
  const { currency } = basket;
  const codes = codesOf(question);
  return discountsOf({ lines: discountable(basket), currency, shippingMinor, discounts, coupons, codes, at: question.at });
}

function codesOf({ codes }: BasketQuestion): readonly string[] {
  return [...new Set(codes.map(codeOf))].filter((code) => code !== '');
}

function withTraits(prices: ReadonlyMap<string, CatalogPrice>, described: readonly SkuTraits[]): ReadonlyMap<string, PricedSku> {
  const traits = new Map(described.map((one) => [one.sku, one]));
  const plain = { categories: [], taxCategory: null, weightGrams: 0 };
  return new Map([...prices].map(([sku, price]) => [sku, { ...(traits.get(sku) ?? plain), ...price }]));
}

/** Of the recipient's address, in the order in which one writes it. */
function missingIn(recipient: Recipient, rates: readonly TaxRate[]): readonly string[] {
  const { country, region, postalCode } = recipient;
  const blank = (['name', 'line1', 'city'] as const).filter((field) => recipient[field].trim() === '');
  const needsRegion = rates.some((rate) => rate.region !== null); // Q4
  const needsPostalCode = rates.some((rate) => rate.postalPrefix !== null);
  return [
    ...blank,
    ...(needsRegion && !/^[A-Za-z0-9]{1,3}$/.test(region ?? '') ? ['region'] : []),
    ...(needsPostalCode && postalCode.trim() === '' ? ['postalCode'] : []),
    ...(/^[A-Z]{2}$/.test(country) ? [] : ['country']),
  ];
}

function chosen(offered: readonly ShippingOption[], methodId: string | null): ShippingOption | QuoteRefused {
  const option = methodId === null ? offered[0] : offered.find((candidate) => candidate.methodId === methodId);
  if (option !== undefined) return option;
  if (offered.length === 0) return { refusal: { code: 'shipping_unavailable', why: 'no_method' } };
  return { refusal: { code: 'shipping_unavailable', why: 'method_not_offered', offered: offered.map((one) => one.methodId) } };
}

/** Q6 */
function agreedShipping(option: ShippingOption | QuoteRefused, { agreed, at }: QuoteQuestion): ShippingOption | QuoteRefused {
  const priceMinor = agreed?.shippingMinor ?? null;
  if (priceMinor === null) return option;
  if (!('refusal' in option)) return { ...option, priceMinor };
  const none = 'why' in option.refusal && option.refusal.why === 'no_method';
  return none ? { methodId: 'agreed', name: 'As agreed', priceMinor, deliverFrom: at, deliverBy: at, promise: '' } : option;
}

/** Q7 */
function payableOption(option: ShippingOption, currency: string): ShippingOption {
  return { ...option, priceMinor: payable(option.priceMinor, payableStepOf(currency)) };
}

function priceRefusalOf({ code, ...rest }: PriceRefusal): QuoteRefusal {
  return { code: 'price_unavailable', sku: rest.sku, why: 'why' in rest ? rest.why : code };
}

function codeRefused(discountCode: string, why: string): QuoteRefused {
  return { refusal: { code: 'code_invalid', discountCode, why } };
}

/** Q5 */
async function outside<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof BrokenInvariant || cause instanceof PricingUnavailable) throw cause;
    throw new PricingUnavailable('what a quote needs cannot be had now', { cause });
  }
}
