/** Bodies of the hold routes, and of the routes for buyers and shoppers. */
import { limits } from '../../runtime/limits.ts';
import { holdIdSchema, instantSchema, quantitySchema, saleIdSchema, shipToSchema, skuSchema, ttlSecondsSchema } from './common.ts';
import { z } from './zod.ts';

const lineSchema = z.strictObject({
  sku: skuSchema,
  quantity: quantitySchema,
  absorbs: holdIdSchema.optional().openapi({ description: "A one-line hold of this buyer and SKU whose units count as this line's own." }),
});

export const takeLinesSchema = z
  .strictObject({
    lines: z.array(lineSchema).min(1).max(limits.linesMax),
    ttlSeconds: ttlSecondsSchema.optional(),
    shipTo: shipToSchema.optional(),
  })
  .openapi('TakeLines', { description: 'Several lines: all or none.' });

export const takeOneSchema = z
  .strictObject({
    sku: skuSchema,
    quantity: quantitySchema,
    ttlSeconds: ttlSecondsSchema.optional(),
    shipTo: shipToSchema.optional(),
    replaces: holdIdSchema
      .optional()
      .openapi({ description: "This buyer's own one-line hold of the same SKU, replaced in the same step." }),
    absorbs: holdIdSchema.optional(),
    sale: saleIdSchema.optional().openapi({ description: 'Take from the units allotted to this sale.' }),
  })
  .openapi('TakeOne');

export type TakeLines = z.infer<typeof takeLinesSchema>;
export type TakeOne = z.infer<typeof takeOneSchema>;

export const extendSchema = z.strictObject({ ttlSeconds: ttlSecondsSchema.optional() }).openapi('Extend');
export const emptySchema = z.strictObject({}).openapi('Empty');

export const holdAnswerSchema = z
  .object({
    holdId: holdIdSchema,
    lines: z.array(z.object({ sku: skuSchema, quantity: z.int() })),
    status: z
      .string()
      .openapi({ description: '`held`, then `committed`, `released` or `expired`; also the steps between.', example: 'held' }),
    expiresAt: instantSchema,
    remaining: z.int().optional().openapi({ description: 'Committed units not yet fulfilled or given back.' }),
    serverTime: instantSchema,
  })
  .openapi('Hold');

export const buyerAnswerSchema = z
  .object({
    buyerId: z.string(),
    token: z.string().openapi({ description: 'Send it as `Onhand-Buyer`.' }),
    expiresAt: instantSchema,
    serverTime: instantSchema,
  })
  .openapi('Buyer');

export const stockItemSchema = z
  .object({ sku: skuSchema, available: z.int(), version: z.int(), asOf: instantSchema })
  .openapi('StockItem', { description: 'Versions only rise; drop lower ones.' });

export const stockAnswerSchema = z
  .object({
    items: z.array(stockItemSchema),
    unknown: z.array(skuSchema).optional().openapi({ description: 'Asked for, but never received by this store.' }),
    serverTime: instantSchema,
  })
  .openapi('StockItems');
