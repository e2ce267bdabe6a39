/** Pricing's things as rows of its tables and back. Columns and values go in one order; the key is the first. */
import type { Coupon, Discount, DiscountTarget, DiscountValue, SkuTraits, TaxRate } from './port.ts';

export interface DiscountRow {
  readonly id: string;
  readonly name: string;
  readonly value_kind: DiscountValue['kind'];
  readonly rate_millionths: number | null;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly target_skus: readonly string[] | null;
  readonly target_categories: readonly string[] | null;
  readonly subtotal_min_minor: number | null;
  readonly combines: boolean;
  readonly automatic: boolean;
  readonly starts_at: number | null;
  readonly ends_at: number | null;
}

export const discountColumns: readonly [keyof DiscountRow, ...(keyof DiscountRow)[]] = [
  'id',
  'name',
  'value_kind',
  'rate_millionths',
  'amount_minor',
  'currency',
  'target_skus',
  'target_categories',
  'subtotal_min_minor',
  'combines',
  'automatic',
  'starts_at',
  'ends_at',
];

export function discountValues({ id, name, value, target, ...rest }: Discount): readonly unknown[] {
  const row: DiscountRow = {
    id,
    name,
    value_kind: value.kind,
    rate_millionths: value.kind === 'percentage' ? value.rateMillionths : null,
    amount_minor: value.kind === 'amount' ? value.amountMinor : null,
    currency: value.kind === 'amount' ? value.currency : null,
    target_skus: target.kind === 'lines' ? target.skus : null,
    target_categories: target.kind === 'lines' ? target.categories : null,
    subtotal_min_minor: rest.subtotalMinMinor,
    combines: rest.combines,
    automatic: rest.automatic,
    starts_at: rest.startsAt,
    ends_at: rest.endsAt,
  };
  return discountColumns.map((column) => row[column]);
}

export function discountOf(row: DiscountRow): Discount {
  return {
    id: row.id,
    name: row.name,
    value: valueOf(row),
    target: targetOf(row),
    subtotalMinMinor: row.subtotal_min_minor,
    combines: row.combines,
    automatic: row.automatic,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
  };
}

/** The table's checks say which columns are there for which kind. */
function valueOf({ value_kind: kind, rate_millionths, amount_minor, currency }: DiscountRow): DiscountValue {
  if (kind === 'percentage') return { kind, rateMillionths: rate_millionths ?? 0 };
  return kind === 'amount' ? { kind, amountMinor: amount_minor ?? 0, currency: currency ?? '' } : { kind };
}

function targetOf({ target_skus: skus, target_categories: categories }: DiscountRow): DiscountTarget {
  return skus === null || categories === null ? { kind: 'order' } : { kind: 'lines', skus, categories };
}

export interface CouponRow {
  readonly code: string;
  readonly discount_id: string;
  readonly starts_at: number | null;
  readonly ends_at: number | null;
}

export const couponColumns: readonly [keyof CouponRow, ...(keyof CouponRow)[]] = ['code', 'discount_id', 'starts_at', 'ends_at'];

export function couponValues({ code, discountId, startsAt, endsAt }: Coupon): readonly unknown[] {
  return [code, discountId, startsAt, endsAt];
}

export function couponOf(row: CouponRow): Coupon {
  return { code: row.code, discountId: row.discount_id, startsAt: row.starts_at, endsAt: row.ends_at };
}

export interface TaxRateRow {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly region: string | null;
  readonly postal_prefix: string | null;
  readonly category: string | null;
  readonly layer: string;
  readonly rate_millionths: number;
  readonly taxes_shipping: boolean;
  readonly starts_at: number | null;
  readonly ends_at: number | null;
}

export const taxRateColumns: readonly [keyof TaxRateRow, ...(keyof TaxRateRow)[]] = [
  'id',
  'name',
  'country',
  'region',
  'postal_prefix',
  'category',
  'layer',
  'rate_millionths',
  'taxes_shipping',
  'starts_at',
  'ends_at',
];

export function taxRateValues(rate: TaxRate): readonly unknown[] {
  const { id, name, country, region, postalPrefix, category, layer, rateMillionths, taxesShipping, startsAt, endsAt } = rate;
  return [id, name, country, region, postalPrefix, category, layer, rateMillionths, taxesShipping, startsAt, endsAt];
}

export function taxRateOf(row: TaxRateRow): TaxRate {
  return {
    id: row.id,
    name: row.name,
    country: row.country,
    region: row.region,
    postalPrefix: row.postal_prefix,
    category: row.category,
    layer: row.layer,
    rateMillionths: row.rate_millionths,
    taxesShipping: row.taxes_shipping,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
  };
}

export interface TraitsRow {
  readonly sku: string;
  readonly categories: readonly string[];
  readonly tax_category: string | null;
  readonly weight_grams: number;
}

export const traitsColumns: readonly [keyof TraitsRow, ...(keyof TraitsRow)[]] = ['sku', 'categories', 'tax_category', 'weight_grams'];

export function traitsValues({ sku, categories, taxCategory, weightGrams }: SkuTraits): readonly unknown[] {
  return [sku, categories, taxCategory, weightGrams];
}

export function traitsOf(row: TraitsRow): SkuTraits {
  return { sku: row.sku, categories: row.categories, taxCategory: row.tax_category, weightGrams: row.weight_grams };
}
