/**
 * What may be written into a store's pricing data (P2). One list of problems with their paths, so that a merchant
 * hears of all at once. The shape (types, closed unions) is checked before, by whoever takes it from outside.
 */
import { type Instant, isCurrency, isSku } from '../../actors/kernel/index.ts';
import {
  type Coupon,
  codeOf,
  type Discount,
  type FieldProblem,
  type PricingSettings,
  pricingLimits,
  type SkuTraits,
  type TaxRate,
} from './port.ts';
import { isAmount, rateScale } from '../../actors/kernel/rounding.ts';

type Rule = readonly [holds: boolean, path: string, detail: string];

export function settingsProblems({ currency, priceMode }: PricingSettings): readonly FieldProblem[] {
  return broken([
    [isCurrency(currency), 'currency', 'is no ISO 4217 currency'],
    [priceMode === 'tax_included' || priceMode === 'tax_excluded', 'priceMode', 'is tax_included or tax_excluded'],
  ]);
}

export function discountProblems(discount: Discount): readonly FieldProblem[] {
  const { id, name, value, target, subtotalMinMinor } = discount;
  const selectors = target.kind === 'lines' ? [...target.skus, ...target.categories] : [];
  return broken([
    [isId(id), 'id', idDetail],
    [isName(name), 'name', nameDetail],
    ...valueRules(value),
    [
      target.kind === 'order' || (selectors.length > 0 && selectors.length <= pricingLimits.selectorsPerDiscountMax),
      'target',
      `names 1 to ${pricingLimits.selectorsPerDiscountMax} SKUs and categories, or the order`,
    ],
    [selectors.every(isSku), 'target', 'SKUs and categories have 1 to 64 printable characters'],
    [value.kind !== 'free_shipping' || target.kind === 'order', 'target', 'free shipping is for the order'],
    [subtotalMinMinor === null || isAmount(subtotalMinMinor), 'subtotalMinMinor', amountDetail],
    ...windowRules(discount),
  ]);
}

function valueRules(value: Discount['value']): readonly Rule[] {
  if (value.kind === 'free_shipping') return [];
  if (value.kind === 'percentage') {
    const { rateMillionths } = value;
    const holds = Number.isSafeInteger(rateMillionths) && rateMillionths >= 1 && rateMillionths <= rateScale;
    return [[holds, 'value.rateMillionths', 'is an integer from 1 to 1,000,000 (100 %)']];
  }
  return [
    [isAmount(value.amountMinor) && value.amountMinor > 0, 'value.amountMinor', amountDetail],
    [isCurrency(value.currency), 'value.currency', 'is no ISO 4217 currency'],
  ];
}

export function couponProblems(coupon: Coupon): readonly FieldProblem[] {
  const { code, discountId } = coupon;
  return broken([
    [isSku(code) && !/\s/.test(code) && code === codeOf(code), 'code', 'has 1 to 64 printable characters, in capitals, without blanks'],
    [isId(discountId), 'discountId', idDetail],
    ...windowRules(coupon),
  ]);
}

export function taxRateProblems(rate: TaxRate): readonly FieldProblem[] {
  const { taxRateMillionthsMax } = pricingLimits;
  const { rateMillionths } = rate;
  return broken([
    [isId(rate.id), 'id', idDetail],
    [isName(rate.name), 'name', nameDetail],
    [/^[A-Z]{2}$/.test(rate.country), 'country', 'is an ISO 3166-1 code of two capitals'],
    [
      rate.region === null || /^[A-Z0-9]{1,3}$/.test(rate.region),
      'region',
      'is the part of an ISO 3166-2 code after the dash, in capitals',
    ],
    [
      rate.postalPrefix === null || /^[A-Z0-9]{1,12}$/.test(rate.postalPrefix),
      'postalPrefix',
      'has 1 to 12 digits and capitals, without blanks',
    ],
    [rate.category === null || isSku(rate.category), 'category', 'has 1 to 64 printable characters'],
    [isId(rate.layer), 'layer', idDetail],
    [
      Number.isSafeInteger(rateMillionths) && rateMillionths >= 0 && rateMillionths <= taxRateMillionthsMax,
      'rateMillionths',
      `is an integer from 0 to ${taxRateMillionthsMax}; 9 % is 90000`,
    ],
    ...windowRules(rate),
  ]);
}

export function traitsProblems({ sku, categories, taxCategory, weightGrams }: SkuTraits): readonly FieldProblem[] {
  const { categoriesPerSkuMax, weightGramsMax } = pricingLimits;
  return broken([
    [isSku(sku), 'sku', 'has 1 to 64 printable characters'],
    [
      categories.length <= categoriesPerSkuMax && categories.every(isSku),
      'categories',
      `are at most ${categoriesPerSkuMax}, each of 1 to 64 characters`,
    ],
    [taxCategory === null || isSku(taxCategory), 'taxCategory', 'has 1 to 64 printable characters'],
    [
      Number.isSafeInteger(weightGrams) && weightGrams >= 0 && weightGrams <= weightGramsMax,
      'weightGrams',
      `is an integer from 0 to ${weightGramsMax}`,
    ],
  ]);
}

const idDetail = 'has 1 to 64 letters, digits, dots, dashes and underscores';
const nameDetail = `has 1 to ${pricingLimits.nameLengthMax} characters`;
const amountDetail = 'is an integer count of minor units';

function isId(id: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(id);
}

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= pricingLimits.nameLengthMax && !/\p{C}/u.test(name);
}

/** Instants outside of these are a mistake of units: seconds, or microseconds. */
const instantMin = Date.UTC(2000, 0, 1);
const instantMax = Date.UTC(2200, 0, 1);

function windowRules({ startsAt, endsAt }: { readonly startsAt: Instant | null; readonly endsAt: Instant | null }): readonly Rule[] {
  const isInstant = (at: Instant | null) => at === null || (Number.isSafeInteger(at) && at >= instantMin && at <= instantMax);
  return [
    [isInstant(startsAt), 'startsAt', 'is an instant in milliseconds between 2000 and 2200'],
    [isInstant(endsAt), 'endsAt', 'is an instant in milliseconds between 2000 and 2200'],
    [startsAt === null || endsAt === null || startsAt < endsAt, 'endsAt', 'is later than startsAt'],
  ];
}

function broken(rules: readonly Rule[]): readonly FieldProblem[] {
  return rules.filter(([holds]) => !holds).map(([, path, detail]) => ({ path, detail }));
}
