/**
 * Pricing data in Postgres. Uses the application's role, so row-level security stands behind every statement (P1).
 * The pool is handed in and stays its owner's.
 */
import type pg from 'pg';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { inStore, literalOf, readInStore } from '../../runtime/postgres/in-store.ts';
import { deleteRow, listRows, lockRows, putRow, type StoreTable } from '../../runtime/postgres/store-table.ts';
import { CombinedLooks } from './combined-looks.ts';
import {
  codeOf,
  type Coupon,
  type Discount,
  type FieldProblem,
  type NotWritten,
  type PricingData,
  pricingLimits,
  type PricingSettings,
  PricingUnavailable,
  type QuoteData,
  type QuoteDataQuestion,
  type SkuTraits,
  type TaxRate,
  type Written,
} from './port.ts';
import {
  couponColumns,
  couponOf,
  type CouponRow,
  couponValues,
  discountColumns,
  discountOf,
  type DiscountRow,
  discountValues,
  taxRateColumns,
  taxRateOf,
  type TaxRateRow,
  taxRateValues,
  traitsColumns,
  traitsOf,
  type TraitsRow,
  traitsValues,
} from './rows.ts';
import { couponProblems, discountProblems, settingsProblems, taxRateProblems, traitsProblems } from './validate.ts';

const settingsStatement = 'select currency, price_mode as "priceMode" from onhand.pricing_settings where store_id = $1';

const discountTable: StoreTable = { name: 'discounts', columns: discountColumns, countMax: pricingLimits.discountsPerStoreMax };
const couponTable: StoreTable = { name: 'coupons', columns: couponColumns, countMax: pricingLimits.couponsPerStoreMax };
const taxRateTable: StoreTable = { name: 'tax_rates', columns: taxRateColumns, countMax: pricingLimits.taxRatesPerStoreMax };
const traitsTable: StoreTable = { name: 'sku_traits', columns: traitsColumns, countMax: pricingLimits.traitsPerStoreMax };

export class PostgresPricingData implements PricingData {
  readonly #pool: pg.Pool;
  readonly #traits: CombinedLooks<SkuTraits>;

  /** `pool` is of role `onhand_app`. */
  constructor(pool: pg.Pool, clock: Pick<Clock, 'after'> = systemClock) {
    this.#pool = pool;
    this.#traits = new CombinedLooks((storeId, skus) => this.#readTraits(storeId, skus), clock);
  }

  forQuote(storeId: string, { codes, country }: QuoteDataQuestion): Promise<QuoteData> {
    return this.#inStore(storeId, async (client) => {
      const settings = await client.query<PricingSettings>(settingsStatement, [storeId]);
      const coupons = await client.query<CouponRow>(
        `select ${couponColumns.join(', ')} from onhand.coupons where store_id = $1 and code = any($2)`,
        [storeId, codes.map(codeOf)],
      );
      const discounts = await client.query<DiscountRow>(
        `select ${discountColumns.join(', ')} from onhand.discounts where store_id = $1 and (automatic or id = any($2)) order by id collate "C"`,
        [storeId, coupons.rows.map((coupon) => coupon.discount_id)],
      );
      const taxRates = await client.query<TaxRateRow>(
        `select ${taxRateColumns.join(', ')} from onhand.tax_rates where store_id = $1 and country = $2 order by id collate "C"`,
        [storeId, country],
      );
      const byCode = new Map(coupons.rows.map((row) => [row.code, couponOf(row)]));
      return {
        settings: settings.rows[0] ?? null,
        discounts: discounts.rows.map(discountOf),
        coupons: codes.flatMap((code) => byCode.get(codeOf(code)) ?? []),
        taxRates: taxRates.rows.map(taxRateOf),
      };
    });
  }

  settings(storeId: string): Promise<PricingSettings | null> {
    return this.#inStore(storeId, async (client) => (await client.query<PricingSettings>(settingsStatement, [storeId])).rows[0] ?? null);
  }

  putSettings(storeId: string, settings: PricingSettings): Promise<Written> {
    return this.#written(storeId, settingsProblems(settings), async (client) => {
      await client.query(
        `insert into onhand.pricing_settings (store_id, currency, price_mode) values ($1, $2, $3)
         on conflict (store_id) do update set currency = excluded.currency, price_mode = excluded.price_mode`,
        [storeId, settings.currency, settings.priceMode],
      );
      return { kind: 'written' };
    });
  }

  async discounts(storeId: string): Promise<readonly Discount[]> {
    return (await this.#list<DiscountRow>(storeId, discountTable)).map(discountOf);
  }

  putDiscount(storeId: string, discount: Discount): Promise<Written> {
    return this.#written(storeId, discountProblems(discount), async (client) => {
      const { automaticPerStoreMax: countMax } = pricingLimits;
      if (discount.automatic) {
        await lockRows(client, discountTable.name, storeId);
        const { rowCount } = await client.query('select from onhand.discounts where store_id = $1 and automatic and id <> $2', [
          storeId,
          discount.id,
        ]);
        if ((rowCount ?? 0) >= countMax) return { kind: 'full', countMax };
      }
      return put(client, storeId, discountTable, discountValues(discount));
    });
  }

  deleteDiscount(storeId: string, id: string): Promise<boolean> {
    return this.#delete(storeId, discountTable, id);
  }

  coupons(storeId: string, after: string | null, count: number): Promise<readonly Coupon[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<CouponRow>(
        `select ${couponColumns.join(', ')} from onhand.coupons where store_id = $1 and code collate "C" > $2 order by code collate "C" limit $3`,
        [storeId, after ?? '', count],
      );
      return rows.map(couponOf);
    });
  }

  putCoupon(storeId: string, coupon: Coupon): Promise<Written> {
    return this.#written(storeId, couponProblems(coupon), async (client) => {
      const isKnown = await hasDiscount(client, storeId, coupon.discountId);
      return isKnown ? put(client, storeId, couponTable, couponValues(coupon)) : discountUnknown;
    });
  }

  couponRefusal(storeId: string, coupon: Coupon): Promise<NotWritten | null> {
    const problems = couponProblems(coupon);
    if (problems.length > 0) return Promise.resolve({ kind: 'invalid', problems });
    return this.#inStore(storeId, async (client) => {
      if (!(await hasDiscount(client, storeId, coupon.discountId))) return discountUnknown;
      return fullFor(client, storeId, couponTable, coupon.code);
    });
  }

  deleteCoupon(storeId: string, code: string): Promise<boolean> {
    return this.#delete(storeId, couponTable, code);
  }

  async taxRates(storeId: string): Promise<readonly TaxRate[]> {
    return (await this.#list<TaxRateRow>(storeId, taxRateTable)).map(taxRateOf);
  }

  putTaxRate(storeId: string, rate: TaxRate): Promise<Written> {
    return this.#written(storeId, taxRateProblems(rate), (client) => put(client, storeId, taxRateTable, taxRateValues(rate)));
  }

  deleteTaxRate(storeId: string, id: string): Promise<boolean> {
    return this.#delete(storeId, taxRateTable, id);
  }

  traits(storeId: string, skus: readonly string[]): Promise<readonly SkuTraits[]> {
    return this.#traits.of(storeId, [...new Set(skus)]);
  }

  /** Every two seconds checkouts ask for those of each basket anew: one message for all that ask at once. */
  async #readTraits(storeId: string, skus: readonly string[]): Promise<readonly SkuTraits[]> {
    const text = `select ${traitsColumns.join(', ')} from onhand.sku_traits where store_id = ${literalOf(storeId)} and sku = any(${literalOf(skus)})`;
    return (await readInStore<TraitsRow>(this.#pool, storeId, text).catch(unavailable)).map(traitsOf);
  }

  putTraits(storeId: string, traits: SkuTraits): Promise<Written> {
    return this.#written(storeId, traitsProblems(traits), (client) => put(client, storeId, traitsTable, traitsValues(traits)));
  }

  deleteTraits(storeId: string, sku: string): Promise<boolean> {
    return this.#delete(storeId, traitsTable, sku);
  }

  async close(): Promise<void> {}

  #list<Row extends pg.QueryResultRow>(storeId: string, table: StoreTable): Promise<readonly Row[]> {
    return this.#inStore(storeId, (client) => listRows<Row>(client, table, storeId));
  }

  #delete(storeId: string, table: StoreTable, key: string): Promise<boolean> {
    return this.#inStore(storeId, (client) => deleteRow(client, table, storeId, key));
  }

  #written(storeId: string, problems: readonly FieldProblem[], write: (client: pg.PoolClient) => Promise<Written>): Promise<Written> {
    if (problems.length > 0) return Promise.resolve({ kind: 'invalid', problems });
    return this.#inStore(storeId, write);
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return inStore(this.#pool, storeId, work).catch(unavailable);
  }
}

const discountUnknown: NotWritten = { kind: 'unknown', what: 'discount' };

/** It stays until the transaction ends. */
async function hasDiscount(client: pg.PoolClient, storeId: string, id: string): Promise<boolean> {
  const { rowCount } = await client.query('select from onhand.discounts where store_id = $1 and id = $2 for key share', [storeId, id]);
  return rowCount === 1;
}

/** As `putRow` counts, without its lock. Null: there is room. */
async function fullFor(
  client: pg.PoolClient,
  storeId: string,
  { name, columns, countMax }: StoreTable,
  key: string,
): Promise<NotWritten | null> {
  const { rowCount } = await client.query(
    `select where exists (select from onhand.${name} where store_id = $1 and ${columns[0]} = $2)
         or (select count(*) from onhand.${name} where store_id = $1) < $3`,
    [storeId, key, countMax],
  );
  return rowCount === 1 ? null : { kind: 'full', countMax };
}

async function put(client: pg.PoolClient, storeId: string, table: StoreTable, values: readonly unknown[]): Promise<Written> {
  const { countMax } = table;
  return (await putRow(client, table, storeId, values)) === 'written' ? { kind: 'written' } : { kind: 'full', countMax };
}

function unavailable(cause: unknown): never {
  throw new PricingUnavailable('prices and taxes cannot be read or written now', { cause });
}
