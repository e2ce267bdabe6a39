/**
 * `PUT /v1/admin/products/{sku}`: what the merchant says of a product: name, words, price, picture.
 *
 * R1. The same again changes nothing, not even the version; so a retry needs no key.
 * R2. The price is what the next quote uses: no cache lies between. What was ordered keeps the price it was ordered at.
 * R3. Units are not here: a product that stock does not know has none to sell.
 */
import { isSku, toIso } from '../../actors/kernel/index.ts';
import { type Catalog, catalogLimits, CatalogUnavailable, type ProductDraft } from '../../services/catalog/port.ts';
import type { Clock } from '../../runtime/clock.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import { moneySchema } from '../orders/schemas.ts';
import { instantSchema, skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

export interface ProductAdminDeps {
  readonly catalog: Pick<Catalog, 'get' | 'put' | 'picture'>;
  readonly clock: Clock;
}

const titleLengthMax = 200;
const descriptionLengthMax = 10_000;
/** Behind everything that was given a place. */
const positionLast = 1_000_000;

const putProductSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(titleLengthMax),
    description: z.string().max(descriptionLengthMax).optional(),
    price: moneySchema,
    position: z.int().min(0).max(positionLast).optional().openapi({ description: 'Place in lists; the end unless given.' }),
    picture: z
      .string()
      .max(catalogLimits.pictureBytesMax / 4)
      .startsWith('<svg')
      .optional()
      .openapi({ description: 'SVG. Without it the product keeps the one it has.' }),
  })
  .openapi('PutProduct');

type PutProduct = z.infer<typeof putProductSchema>;

const productAnswerSchema = z
  .object({ sku: skuSchema, title: z.string(), price: moneySchema, version: z.int(), serverTime: instantSchema })
  .openapi('ProductPut');

export function productAdminRoute(deps: ProductAdminDeps): Route {
  return storeRoute({
    method: 'PUT',
    path: '/v1/admin/products/{sku}',
    access: 'secret',
    body: putProductSchema,
    docs: {
      summary: 'Add or change a product',
      description: 'Its price counts from the next quote on; orders keep the price they were placed at.',
      tag: 'products',
      success: { status: 200, schema: productAnswerSchema },
      problems: ['validation_failed', 'rows_unavailable'],
    },
    handle: (call, respond) => put(deps, call, respond),
  });
}

async function put({ catalog, clock }: ProductAdminDeps, call: Call<PutProduct>, respond: Respond): Promise<void> {
  const { storeId } = call.identity.store;
  const sku = call.params.sku!;
  if (!isSku(sku)) return respond(problemAnswer('validation_failed', { errors: [{ pointer: '/sku', detail: 'not a SKU' }] }));
  try {
    await catalog.put(storeId, [await draftOf(catalog, storeId, sku, call.body)]);
    const product = (await catalog.get(storeId, sku))!;
    const { title, price, version } = product;
    respond(jsonAnswer(200, { sku, title, price, version, serverTime: toIso(clock.wallMs()) }));
  } catch (cause) {
    if (!(cause instanceof CatalogUnavailable)) throw cause;
    respond(problemAnswer('rows_unavailable'));
  }
}

async function draftOf(catalog: ProductAdminDeps['catalog'], storeId: string, sku: string, body: PutProduct): Promise<ProductDraft> {
  const { title, description = '', price, position = positionLast } = body;
  const picture = body.picture ?? (await catalog.picture(storeId, sku))?.svg ?? plainPicture;
  return { sku, title, description, price, position, picture };
}

const plainPicture =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><rect width="400" height="400" fill="#e8e4dc"/><rect x="120" y="120" width="160" height="160" rx="12" fill="#c9c1b2"/></svg>';
