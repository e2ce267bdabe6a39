/** Shapes of carts, as a client sends them and as it gets them. */
import { cartLimits } from '../../actors/cart/index.ts';
import { holdIdSchema, instantSchema, quantitySchema, skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

export const cartIdSchema = z
  .string()
  .regex(/^cart_[0-9a-f-]{36}$/, 'not the id of a cart')
  .openapi({ example: 'cart_0198f0c2-7d5e-8c31-9a4b-0c7f6f1c2a10' });

const wishedLine = { quantity: quantitySchema, holdId: holdIdSchema.optional() };

export const createCartSchema = z
  .strictObject({
    lines: z
      .array(z.strictObject({ sku: skuSchema, ...wishedLine }))
      .max(cartLimits.linesMax)
      .default([]),
    currency: z.string().length(3).optional().openapi({ description: "The store's, if given at all." }),
  })
  .openapi('NewCart');
export const putLineSchema = z
  .strictObject({
    quantity: quantitySchema,
    holdId: holdIdSchema.nullable().optional().openapi({ description: 'Without it the line keeps what it holds; null: it holds nothing.' }),
  })
  .openapi('CartLineWish');
export type PutLine = z.infer<typeof putLineSchema>;
export const addCodeSchema = z.strictObject({ code: z.string().trim().min(1).max(64) }).openapi('CartCode');
export const mergeSchema = z.strictObject({ from: cartIdSchema }).openapi('CartMerge');
export const claimSchema = z
  .strictObject({
    token: z.string().min(1).max(4_096).openapi({ description: "The anonymous buyer's token: the proof that the cart was theirs." }),
  })
  .openapi('CartClaim');

export type CreateCart = z.infer<typeof createCartSchema>;

const money = z.object({ amountMinor: z.int(), currency: z.string() });

/** Worked out anew with every answer. */
export const cartProblemSchema = z
  .object({
    code: z.enum(['sku_unknown', 'sku_paused', 'insufficient_stock', 'price_changed', 'code_unknown', 'store_paused']),
    sku: skuSchema.optional(),
    available: z.int().optional(),
    shown: money.nullable().optional(),
    now: money.optional(),
    discountCode: z.string().optional(),
  })
  .openapi('CartProblem');

export type CartProblem = z.infer<typeof cartProblemSchema>;

export const cartAnswerSchema = z
  .object({
    cartId: cartIdSchema,
    cartVersion: z.int().openapi({ description: 'Rises with every change; `If-Match` compares it.' }),
    status: z.enum(['open', 'in_checkout', 'ordered', 'merged', 'expired']),
    currency: z.string(),
    lines: z.array(
      z.object({
        sku: skuSchema,
        quantity: quantitySchema,
        holdId: z.string().nullable(),
        shownUnitPrice: money.nullable().openapi({ description: 'When the line was last changed.' }),
        unitPrice: money.nullable().openapi({ description: 'Now; null: not sold in this currency.' }),
      }),
    ),
    codes: z.array(z.string()),
    subtotal: money.openapi({ description: 'At the prices of now, before discounts, shipping and tax.' }),
    problems: z.array(cartProblemSchema),
    orderId: z.string().nullable(),
    expiresAt: instantSchema,
    serverTime: instantSchema,
  })
  .openapi('Cart');
