/** Bodies and answers of quotes. */
import { moneySchema } from '../orders/schemas.ts';
import { limits } from '../../runtime/limits.ts';
import { instantSchema, quantitySchema, skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

const text = (max: number) => z.string().trim().min(1).max(max);

export const quoteSchema = z
  .strictObject({
    lines: z
      .array(z.strictObject({ sku: skuSchema, quantity: quantitySchema }))
      .min(1)
      .max(limits.linesMax),
    codes: z.array(text(64)).max(10).optional(),
    destination: z
      .strictObject({
        country: z.string().regex(/^[A-Z]{2}$/, 'a country is two capital letters, ISO 3166-1'),
        region: z.string().trim().max(100).optional(),
        postalCode: z.string().trim().max(20).optional(),
      })
      .openapi({ description: 'As much of the address as tax and shipping depend on.' }),
    shippingMethod: text(64).optional().openapi({ description: 'Without it: the cheapest.' }),
  })
  .openapi('AskQuote');

export type AskedQuote = z.infer<typeof quoteSchema>;

export const quoteAnswerSchema = z
  .looseObject({
    lines: z.array(z.looseObject({ sku: skuSchema, quantity: z.int(), title: z.string(), unitPrice: moneySchema, total: moneySchema })),
    subtotal: moneySchema,
    discount: moneySchema,
    shipping: moneySchema,
    tax: moneySchema,
    taxIncluded: z.boolean(),
    total: moneySchema.openapi({ description: 'Send it as `expectedTotal` with the checkout.' }),
    shippingMethod: z.string(),
    shippingOptions: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          price: moneySchema.openapi({ description: 'Before discounts.' }),
          promise: z.string().openapi({ example: 'tomorrow by 21:00' }),
          deliverFrom: instantSchema,
          deliverBy: instantSchema,
        }),
      )
      .openapi({ description: 'Cheapest first.' }),
    serverTime: instantSchema,
  })
  .openapi('Quote');
