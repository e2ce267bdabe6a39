/**
 * Routes of the catalogue: what a storefront shows beside the stock. Handed to the gateway as `extraRoutes`.
 *
 * R1. An `<img>` sends no headers, so the address of a picture carries the store's publishable key, which is
 *     public anyway. It is still the key that chooses the store (I6).
 * R2. The address of a picture also carries the picture's hash: with it the answer may be kept for ever,
 *     without it, or with an old one, it must be asked for again.
 */
import { isSku, toIso } from '../../actors/kernel/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import { type Catalog, CatalogUnavailable, type Picture, type Product, type ProductCursor } from '../../services/catalog/port.ts';
import type { Store, Tenants } from '../../services/tenants/port.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { type Call, type OpenCall, openRoute, type Respond, type Route, storeRoute } from '../http/route.ts';
import { instantSchema, skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';
import { productAdminRoute } from './admin-routes.ts';

export interface ProductRouteDeps {
  readonly catalog: Catalog;
  readonly tenants: Pick<Tenants, 'holderOf' | 'store'>;
  readonly clock: Clock;
}

const productFields = {
  sku: skuSchema,
  title: z.string(),
  description: z.string(),
  price: z.object({ amountMinor: z.int(), currency: z.string() }),
  pictureUrl: z.string().openapi({ description: 'May be kept for ever: another picture has another address.' }),
  version: z.int(),
};

export const productSchema = z.object(productFields).openapi('Product');

export const productPageSchema = z
  .object({
    items: z.array(productSchema),
    next: z.string().nullable().openapi({ description: 'Cursor of the next page, or null at the end.' }),
    serverTime: instantSchema,
  })
  .openapi('Products');

export function productRoutes(deps: ProductRouteDeps): readonly Route[] {
  return [
    storeRoute({
      method: 'GET',
      path: '/v1/products',
      access: 'store',
      docs: {
        summary: 'What the store sells',
        tag: 'products',
        success: { status: 200, schema: productPageSchema },
        problems: ['query_invalid', 'cursor_invalid', 'rows_unavailable'],
        query: {
          cursor: { description: 'The `next` of the page before.', schema: z.string() },
          limit: { description: `At most ${limits.pageItemsMax}; ${limits.pageItemsDefault} unless given.`, schema: z.int() },
        },
      },
      handle: (call, respond) => whenAvailable(respond, () => list(deps, call, respond)),
    }),
    storeRoute({
      method: 'GET',
      path: '/v1/products/{sku}',
      access: 'store',
      docs: {
        summary: 'One product',
        tag: 'products',
        success: { status: 200, schema: productSchema.extend({ serverTime: instantSchema }) },
        problems: ['sku_unknown', 'rows_unavailable'],
      },
      handle: (call, respond) => whenAvailable(respond, () => read(deps, call, respond)),
    }),
    openRoute({
      method: 'GET',
      path: '/v1/products/{sku}/picture.svg',
      limited: true,
      docs: {
        summary: 'The picture of a product',
        tag: 'products',
        success: { status: 200, schema: null, contentType: 'image/svg+xml' },
        problems: ['key_invalid', 'sku_unknown', 'rows_unavailable'],
        query: {
          key: { description: "The store's publishable key.", required: true, schema: z.string() },
          hash: { description: 'As in `pictureUrl`.', schema: z.string() },
        },
      },
      handle: (call, respond) => whenAvailable(respond, () => picture(deps, call, respond)),
    }),
    productAdminRoute(deps),
  ];
}

async function whenAvailable(respond: Respond, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof CatalogUnavailable)) throw cause;
    respond(problemAnswer('rows_unavailable'));
  }
}

async function list({ catalog, clock }: ProductRouteDeps, call: Call, respond: Respond): Promise<void> {
  const query = new URLSearchParams(call.query);
  const limit = Number(query.get('limit') ?? limits.pageItemsDefault);
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageItemsMax) {
    return respond(
      problemAnswer('query_invalid', { errors: [{ pointer: 'limit', detail: `a whole number from 1 to ${limits.pageItemsMax}` }] }),
    );
  }
  const after = cursorOf(query.get('cursor'));
  if (after === 'invalid') return respond(problemAnswer('cursor_invalid'));
  const { store } = call.identity;
  const found = await catalog.list(store.storeId, after, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last !== undefined ? textOfCursor(last) : null;
  respond(jsonAnswer(200, { items: page.map((product) => view(product, store)), next, serverTime: toIso(clock.wallMs()) }));
}

async function read({ catalog, clock }: ProductRouteDeps, call: Call, respond: Respond): Promise<void> {
  const { store } = call.identity;
  const { sku } = call.params;
  const product = isSku(sku) ? await catalog.get(store.storeId, sku) : null;
  if (product === null) return respond(problemAnswer('sku_unknown'));
  respond(jsonAnswer(200, { ...view(product, store), serverTime: toIso(clock.wallMs()) }));
}

async function picture({ catalog, tenants }: ProductRouteDeps, call: OpenCall, respond: Respond): Promise<void> {
  const query = new URLSearchParams(call.query);
  const holder = await tenants.holderOf(query.get('key') ?? ''); // R1
  if (holder === null || holder.kind !== 'publishable') return respond(problemAnswer('key_invalid'));
  const { sku } = call.params;
  const found = isSku(sku) ? await catalog.picture(holder.storeId, sku) : null;
  if (found === null) return respond(problemAnswer('sku_unknown'));
  const headers = pictureHeaders(found, query.get('hash'));
  if (call.headers.ifNoneMatch === `"${found.hash}"`) return respond({ status: 304, headers, body: '' });
  respond({ status: 200, headers: ['content-type', 'image/svg+xml', ...headers], body: found.svg });
}

/** SVG opened by itself is a document: it may run nothing and load nothing. */
function pictureHeaders(found: Picture, asked: string | null): string[] {
  const cacheControl = asked === found.hash ? 'public, max-age=31536000, immutable' : 'no-cache'; // R2
  return [
    'etag',
    `"${found.hash}"`,
    'cache-control',
    cacheControl,
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options',
    'nosniff',
  ];
}

function view({ sku, title, description, price, pictureHash, version }: Product, store: Store) {
  const pictureUrl = `/v1/products/${encodeURIComponent(sku)}/picture.svg?key=${encodeURIComponent(store.publishableKey)}&hash=${pictureHash}`;
  return { sku, title, description, price, pictureUrl, version };
}

function textOfCursor({ position, sku }: ProductCursor): string {
  return Buffer.from(JSON.stringify([position, sku])).toString('base64url');
}

function cursorOf(text: string | null): ProductCursor | null | 'invalid' {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const [position, sku, ...more] = Array.isArray(value) ? (value as unknown[]) : [];
    return isPosition(position) && isSku(sku) && more.length === 0 ? { position, sku } : 'invalid';
  } catch {
    return 'invalid';
  }
}

/** A place in a list is a 32-bit integer in the database. */
function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff;
}
