/**
 * Pricing data in Postgres. Uses the application's role, so row-level security stands behind every statement (P1).
 * The pool is handed in and stays its owner's.
 *
 * Upper bounds on rows are looked at under a lock of the store's own, so that two that add the last one at once wait
 * for each other.
 */
import type pg from 'pg';
import { inStore } from '../../runtime/postgres/in-store.ts';
import {
  codeOf,
  type Coupon,
  type Discount,
  type FieldProblem,
  type PricingData,
  pricingLimits,
  type PricingSettings,
  PricingUnavailable,
  type QuoteData,
  type QuoteDataQuestion,
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
} from './rows.ts';
import { couponProblems, discountProblems, settingsProblems, taxRateProblems } from './validate.ts';

const settingsStatement = 'select currency, price_mode as "priceMode" from onhand.pricing_settings where store_id = $1';

/** One table of things with a key, and how many there may be. */
interface Table {
  readonly name: string;
  readonly key: string;
  readonly columns: readonly string[];
  readonly countMax: number;
}

const discountTable: Table = { name: 'discounts', key: 'id', columns: discountColumns, countMax: pricingLimits.discountsPerStoreMax };
const couponTable: Table = { name: 'coupons', key: 'code', columns: couponColumns, countMax: pricingLimits.couponsPerStoreMax };
const taxRateTable: Table = { name: 'tax_rates', key: 'id', columns: taxRateColumns, countMax: pricingLimits.taxRatesPerStoreMax };

export class PostgresPricingData implements PricingData {
  readonly #pool: pg.Pool;

  /** `pool` is of role `onhand_app`. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
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
    return this.#written(storeId, discountProblems(discount), (client) => upsert(client, storeId, discountTable, discountValues(discount)));
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
      const { rowCount } = await client.query('select from onhand.discounts where store_id = $1 and id = $2 for key share', [
        storeId,
        coupon.discountId,
      ]);
      if (rowCount === 0) return { kind: 'unknown', what: 'discount' };
      return upsert(client, storeId, couponTable, couponValues(coupon));
    });
  }

  deleteCoupon(storeId: string, code: string): Promise<boolean> {
    return this.#delete(storeId, couponTable, code);
  }

  async taxRates(storeId: string): Promise<readonly TaxRate[]> {
    return (await this.#list<TaxRateRow>(storeId, taxRateTable)).map(taxRateOf);
  }

  putTaxRate(storeId: string, rate: TaxRate): Promise<Written> {
    return this.#written(storeId, taxRateProblems(rate), (client) => upsert(client, storeId, taxRateTable, taxRateValues(rate)));
  }

  deleteTaxRate(storeId: string, id: string): Promise<boolean> {
    return this.#delete(storeId, taxRateTable, id);
  }

  async close(): Promise<void> {}

  #list<Row extends pg.QueryResultRow>(storeId: string, { name, key, columns }: Table): Promise<readonly Row[]> {
    return this.#inStore(storeId, async (client) => {
      const statement = `select ${columns.join(', ')} from onhand.${name} where store_id = $1 order by ${key} collate "C"`;
      return (await client.query<Row>(statement, [storeId])).rows;
    });
  }

  #delete(storeId: string, { name, key }: Table, value: string): Promise<boolean> {
    return this.#inStore(storeId, async (client) => {
      const { rowCount } = await client.query(`delete from onhand.${name} where store_id = $1 and ${key} = $2`, [storeId, value]);
      return rowCount === 1;
    });
  }

  #written(storeId: string, problems: readonly FieldProblem[], write: (client: pg.PoolClient) => Promise<Written>): Promise<Written> {
    if (problems.length > 0) return Promise.resolve({ kind: 'invalid', problems });
    return this.#inStore(storeId, write);
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return inStore(this.#pool, storeId, work).catch(unavailable);
  }
}

/** `values` are by the table's columns; the key is the first. */
async function upsert(client: pg.PoolClient, storeId: string, table: Table, values: readonly unknown[]): Promise<Written> {
  const { name, key, columns, countMax } = table;
  await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 20))`, [`${name}/${storeId}`]);
  const places = columns.map((_, index) => `$${index + 2}`);
  const { rowCount } = await client.query(
    `insert into onhand.${name} (store_id, ${columns.join(', ')})
     select $1, ${places.join(', ')}
      where exists (select from onhand.${name} where store_id = $1 and ${key} = $2)
         or (select count(*) from onhand.${name} where store_id = $1) < $${columns.length + 2}
     on conflict (store_id, ${key}) do update set ${columns
       .slice(1)
       .map((column) => `${column} = excluded.${column}`)
       .join(', ')}`,
    [storeId, ...values, countMax],
  );
  return rowCount === 1 ? { kind: 'written' } : { kind: 'full', countMax };
}

function unavailable(cause: unknown): never {
  throw new PricingUnavailable('prices and taxes cannot be read or written now', { cause });
}
