/** Bodies of the merchant's routes. */
import { levelMax } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import {
  holdIdSchema,
  instantSchema,
  levelSchema,
  locationIdSchema,
  quantitySchema,
  saleIdSchema,
  shipToSchema,
  skuSchema,
} from './common.ts';
import { z } from './zod.ts';

const location = locationIdSchema.optional();

export const receiveSchema = z
  .strictObject({
    sku: skuSchema,
    quantity: quantitySchema,
    location,
    fromIncoming: z.boolean().optional().openapi({ description: 'Take the units off `incoming`.' }),
  })
  .openapi('Receive');

export const adjustSchema = z
  .strictObject({
    sku: skuSchema,
    delta: z
      .int()
      .min(-levelMax)
      .max(levelMax)
      .refine((delta) => delta !== 0, 'an adjustment is not 0'),
    reason: z.string().min(1).max(200).openapi({ example: 'stocktake' }),
    location,
  })
  .openapi('Adjust');

export const setSchema = z.strictObject({ sku: skuSchema, onHand: levelSchema, location }).openapi('Set');

export const transferSchema = z
  .strictObject({ sku: skuSchema, from: locationIdSchema, to: locationIdSchema, quantity: quantitySchema })
  .refine((body) => body.from !== body.to, { message: 'from and to are the same', path: ['to'] })
  .openapi('Transfer');

export const bulkSchema = z
  .strictObject({
    items: z
      .array(z.strictObject({ sku: skuSchema, onHand: levelSchema, location }))
      .min(1)
      .max(limits.linesMax),
  })
  .openapi('Bulk');

export const returnSchema = z
  .strictObject({
    sku: skuSchema,
    quantity: quantitySchema,
    location,
    condition: z.enum(['restock', 'damaged']).optional(),
    holdId: holdIdSchema.optional(),
  })
  .openapi('Return');

export const ofHoldSchema = z
  .strictObject({
    holdId: holdIdSchema,
    sku: skuSchema.optional().openapi({ description: 'Needed when the hold has several lines.' }),
    quantity: quantitySchema.optional().openapi({ description: 'Without it: all that remain.' }),
  })
  .openapi('OfHold');

export const expectSchema = z
  .strictObject({ sku: skuSchema, quantity: levelSchema, location })
  .openapi('Expect', { description: 'The whole number of units on their way; 0 clears.' });

export const allotSchema = z
  .strictObject({ sku: skuSchema, sale: saleIdSchema, quantity: quantitySchema, shipTo: shipToSchema.optional() })
  .openapi('Allot');

export const takeBackSchema = z
  .strictObject({ sku: skuSchema, sale: saleIdSchema, quantity: quantitySchema.optional() })
  .openapi('TakeBack');

const dayMs = 86_400_000;

export const settingsSchema = z
  .strictObject({
    policy: z.enum(['deny', 'continue']).optional(),
    safetyStock: z
      .record(locationIdSchema, levelSchema)
      .optional()
      .openapi({ description: 'Units kept back, per location.', example: { main: 5 } }),
    lowStockThreshold: levelSchema.nullable().optional(),
    perBuyerCap: quantitySchema.nullable().optional(),
    perBuyerWindowMs: z
      .int()
      .min(1_000)
      .max(366 * dayMs)
      .optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one setting')
  .openapi('Settings');

export const putLocationSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    rank: z.int().min(0).max(1_000_000).optional(),
    latitude: z.number().min(-90).max(90).optional(),
    longitude: z.number().min(-180).max(180).optional(),
  })
  .refine((body) => (body.latitude === undefined) === (body.longitude === undefined), {
    message: 'latitude and longitude come together',
    path: ['longitude'],
  })
  .openapi('PutLocation');

export const locationSchema = z
  .object({ id: locationIdSchema, name: z.string(), rank: z.int(), latitude: z.number().nullable(), longitude: z.number().nullable() })
  .openapi('Location');

export const locationsAnswerSchema = z.object({ items: z.array(locationSchema) }).openapi('Locations');

const levelViewSchema = z.object({
  location: locationIdSchema,
  onHand: z.int(),
  available: z.int(),
  held: z.int(),
  committed: z.int(),
  allotted: z.int(),
  damaged: z.int(),
  safetyStock: z.int(),
  incoming: z.int(),
});

export const stockDetailSchema = z
  .object({
    sku: skuSchema,
    available: z.int(),
    version: z.int(),
    countVersion: z.int(),
    paused: z.boolean(),
    settings: z.object({
      policy: z.enum(['deny', 'continue']),
      safetyStock: z.record(z.string(), z.int()),
      lowStockThreshold: z.int().nullable(),
      perBuyerCap: z.int().nullable(),
      perBuyerWindowMs: z.int(),
    }),
    levels: z.array(levelViewSchema),
    incoming: z.int(),
    shortfall: z.int(),
    serverTime: instantSchema,
  })
  .openapi('Stock');

export const saleAnswerSchema = z
  .object({ sku: skuSchema, sale: z.string(), allotted: z.int(), available: z.int(), serverTime: instantSchema })
  .openapi('Allotment');

export const bulkAnswerSchema = z
  .object({
    results: z.array(
      z.object({
        sku: skuSchema,
        location: locationIdSchema,
        status: z.enum(['set', 'refused']),
        code: z.string().optional(),
        onHand: z.int().optional(),
        countVersion: z.int().optional(),
      }),
    ),
    set: z.int(),
    unknown: z.array(skuSchema),
    serverTime: instantSchema,
  })
  .openapi('BulkResult');

export const movementsAnswerSchema = z
  .object({
    items: z.array(z.looseObject({ version: z.int(), at: instantSchema })),
    next: z.string().nullable().openapi({ description: 'Cursor of the next page, or null at the end.' }),
  })
  .openapi('Movements');

export const storePauseSchema = z.object({ storeId: z.string(), paused: z.boolean(), serverTime: instantSchema }).openapi('StorePause');
