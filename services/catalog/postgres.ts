/**
 * The catalogue in Postgres, table `onhand.products`. Uses the application's role, so row-level security
 * stands behind every statement (C1). Owns its pool.
 */
import type pg from 'pg';
import { assert } from '../../actors/kernel/index.ts';
import { inStore, literalOf, readInStore } from '../../runtime/postgres/in-store.ts';
import { createPool } from '../../runtime/postgres/pool.ts';
import {
  type Catalog,
  CatalogUnavailable,
  catalogLimits,
  type Picture,
  pictureHashOf,
  type Product,
  type ProductCursor,
  type ProductDraft,
} from './port.ts';

interface ProductRow {
  readonly sku: string;
  readonly title: string;
  readonly description: string;
  readonly price_minor: number;
  readonly currency: string;
  readonly picture_hash: string;
  readonly position: number;
  readonly version: number;
}

const productColumns = 'sku, title, description, price_minor, currency, picture_hash, position, version';

/** Unchanged rows are left alone, so the count is that of changes (C2). */
const putStatement = `
  insert into onhand.products as p (store_id, sku, title, description, price_minor, currency, picture, picture_hash, position, version)
  select $1, sku, title, description, price_minor, currency, picture, picture_hash, position, 1
    from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::integer[])
      as draft (sku, title, description, price_minor, currency, picture, picture_hash, position)
    order by sku
  on conflict (store_id, sku) do update
    set title = excluded.title, description = excluded.description, price_minor = excluded.price_minor,
        currency = excluded.currency, picture = excluded.picture, picture_hash = excluded.picture_hash,
        position = excluded.position, version = p.version + 1
    where (p.title, p.description, p.price_minor, p.currency, p.picture_hash, p.position)
      is distinct from
      (excluded.title, excluded.description, excluded.price_minor, excluded.currency, excluded.picture_hash, excluded.position)`;

export interface PostgresCatalogOptions {
  /** Of role `onhand_app`. */
  readonly url: string;
}

const poolLimits = { connectionsMax: 4, connectTimeoutMs: 3_000, answerTimeoutMs: 5_000 } as const;

export class PostgresCatalog implements Catalog {
  readonly #pool: pg.Pool;

  constructor({ url }: PostgresCatalogOptions) {
    this.#pool = createPool({ url, applicationName: 'onhand catalogue', ...poolLimits, settings: { statement_timeout: '5000' } });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  list(storeId: string, after: ProductCursor | null, count: number): Promise<readonly Product[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<ProductRow>(
        `select ${productColumns} from onhand.products
          where store_id = $1 and (position, sku collate "C") > ($2::integer, $3::text)
          order by position, sku collate "C" limit $4`,
        [storeId, after?.position ?? -1, after?.sku ?? '', count],
      );
      return rows.map(productOf);
    });
  }

  get(storeId: string, sku: string): Promise<Product | null> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<ProductRow>(`select ${productColumns} from onhand.products where store_id = $1 and sku = $2`, [
        storeId,
        sku,
      ]);
      return rows[0] === undefined ? null : productOf(rows[0]);
    });
  }

  /** Every checkout asks for this: one message, not four. */
  async getMany(storeId: string, skus: readonly string[]): Promise<readonly Product[]> {
    const text = `select ${productColumns} from onhand.products where store_id = ${literalOf(storeId)} and sku = any(${literalOf(skus)})`;
    return (await readInStore<ProductRow>(this.#pool, storeId, text).catch(unavailable)).map(productOf);
  }

  picture(storeId: string, sku: string): Promise<Picture | null> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<Picture>(
        'select picture as svg, picture_hash as hash from onhand.products where store_id = $1 and sku = $2',
        [storeId, sku],
      );
      return rows[0] ?? null;
    });
  }

  put(storeId: string, drafts: readonly ProductDraft[]): Promise<number> {
    assert(drafts.length <= catalogLimits.draftsPerPutMax, 'more drafts than one put takes');
    return this.#inStore(storeId, async (client) => {
      const columns = [
        drafts.map((draft) => draft.sku),
        drafts.map((draft) => draft.title),
        drafts.map((draft) => draft.description),
        drafts.map((draft) => draft.price.amountMinor),
        drafts.map((draft) => draft.price.currency),
        drafts.map((draft) => draft.picture),
        drafts.map((draft) => pictureHashOf(draft.picture)),
        drafts.map((draft) => draft.position),
      ];
      const { rowCount } = await client.query(putStatement, [storeId, ...columns]);
      return rowCount ?? 0;
    });
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return inStore(this.#pool, storeId, work).catch(unavailable);
  }
}

function unavailable(cause: unknown): never {
  throw new CatalogUnavailable('the catalogue cannot be read or written now', { cause });
}

function productOf(row: ProductRow): Product {
  return {
    sku: row.sku,
    title: row.title,
    description: row.description,
    price: { amountMinor: row.price_minor, currency: row.currency },
    pictureHash: row.picture_hash,
    position: row.position,
    version: row.version,
  };
}
