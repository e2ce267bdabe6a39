/** Bodies and answers of checkouts and orders. */
import { payableStepOf } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import { holdIdSchema, instantSchema, locationIdSchema, quantitySchema, shipToSchema, skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

export const moneySchema = z
  .strictObject({
    amountMinor: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    currency: z.string().regex(/^[A-Z]{3}$/, 'a currency is three capital letters, ISO 4217'),
  })
  .openapi('Money', { example: { amountMinor: 75_864, currency: 'USD' } });

/** What is to be moved, and so has to be an amount that can be, in the currency it names; that of the order: `own-currency.ts`. */
const payableMoneySchema = moneySchema.refine(({ amountMinor, currency }) => amountMinor % payableStepOf(currency) === 0, {
  message: 'cards move no such part of this currency: BHD, JOD, KWD, OMR and TND go in steps of 10 minor units, MGA of 100',
  path: ['amountMinor'],
});

/** One line of text: what is printed on labels and in mails. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'no control characters');

/** Where a browser may be sent to. */
const webUrlSchema = z.url({ protocol: /^https?$/ }).max(2_000);

export const addressSchema = z
  .strictObject({
    name: line(200),
    line1: line(200),
    line2: line(200).optional(),
    city: line(100),
    region: line(100).optional(),
    postalCode: z
      .string()
      .trim()
      .max(20)
      .regex(/^\P{Cc}*$/u, 'no control characters'),
    country: z.string().regex(/^[A-Z]{2}$/, 'a country is two capital letters, ISO 3166-1'),
  })
  .openapi('Address');

const codesMax = 10;

const checkoutFields = {
  email: z.email().max(254),
  shippingAddress: addressSchema,
  shippingMethod: line(64).optional().openapi({ description: 'Without it: the cheapest.' }),
  paymentMethod: line(255).openapi({ description: 'A payment method of Stripe.', example: 'pm_card_visa' }),
  expectedTotal: moneySchema
    .optional()
    .openapi({ description: 'What the buyer was shown; another total is refused with `price_changed`.' }),
  returnUrl: webUrlSchema.optional().openapi({ description: 'Where 3-D Secure sends the buyer back to.' }),
  shipTo: shipToSchema.optional(),
};

const agreedMinor = z.int().min(0).max(1_000_000_000_000);

const checkoutLineSchema = z.strictObject({
  sku: skuSchema,
  quantity: quantitySchema,
  absorbs: holdIdSchema.optional().openapi({ description: "A one-line hold of this buyer and SKU whose units count as this line's own." }),
  shownUnitPriceMinor: z.int().min(0).optional(),
  unitPriceMinor: agreedMinor
    .optional()
    .openapi({ description: "By secret key only: the price of a unit, instead of the catalogue's. Lines of one SKU may differ." }),
});

export const cartCheckoutSchema = z
  .strictObject({ cartId: z.string().regex(/^cart_[0-9a-f-]{36}$/, 'not the id of a cart'), ...checkoutFields })
  .openapi('CheckOutCart');

export const linesCheckoutSchema = z
  .strictObject({
    lines: z.array(checkoutLineSchema).min(1).max(limits.linesMax),
    codes: z.array(line(64)).max(codesMax).optional(),
    taxExempt: z.boolean().optional().openapi({ description: 'By secret key only: no tax on this order.' }),
    shippingMinor: agreedMinor
      .optional()
      .openapi({ description: "By secret key only: what shipping costs, instead of the method's price." }),
    ...checkoutFields,
  })
  .openapi('CheckOutLines');

export type CartCheckout = z.infer<typeof cartCheckoutSchema>;
export type LinesCheckout = z.infer<typeof linesCheckoutSchema>;

export const paySchema = z
  .strictObject({ paymentMethod: checkoutFields.paymentMethod, returnUrl: checkoutFields.returnUrl })
  .openapi('Pay');

export const cancelSchema = z.strictObject({ reason: line(500).optional() }).openapi('Cancel');

const unitsSchema = z
  .array(z.strictObject({ sku: skuSchema, quantity: quantitySchema }))
  .min(1)
  .max(limits.linesMax);

export const requestReturnSchema = z.strictObject({ lines: unitsSchema, reason: line(500) }).openapi('RequestReturn');

export const fulfilSchema = z
  .strictObject({
    lines: unitsSchema.optional().openapi({ description: 'Without them: all that is left to ship.' }),
    tracking: z
      .strictObject({ carrier: line(100), number: line(100), url: webUrlSchema.optional() })
      .optional()
      .openapi('Tracking'),
  })
  .openapi('FulfilOrder');

export const deliverSchema = z.strictObject({ shipmentId: line(100) }).openapi('Deliver');

export const receiveReturnSchema = z
  .strictObject({
    returnId: line(100),
    lines: unitsSchema.optional().openapi({ description: 'Without them: all that was asked for.' }),
    location: locationIdSchema.optional(),
    condition: z.enum(['restock', 'damaged']).optional(),
    refund: z.union([z.boolean(), payableMoneySchema]).optional().openapi({
      description: '`true` unless given: what was paid for the units. An amount, in the currency of the order: that much instead.',
    }),
  })
  .openapi('ReceiveReturn');

export const refundSchema = z
  .strictObject({
    amount: payableMoneySchema.optional().openapi({ description: 'In the currency of the order. Without it: all that is left.' }),
    reason: line(500),
  })
  .openapi('Refund');

export const retryRefundSchema = z.strictObject({}).openapi('RetryRefund');

const amount = moneySchema.nullable();

export const orderAnswerSchema = z
  .looseObject({
    orderId: z.string(),
    number: z.int().nullable().openapi({ description: 'Gap-free per store; null before confirmation.' }),
    status: z.string().openapi({
      description:
        '`pending`, `requires_action`, `failed`, `confirmed`, `partially_shipped`, `shipped`, `delivered`, `canceled`, `returned`.',
    }),
    paymentStatus: z.string().openapi({
      description:
        '`none`, `pending`, `requires_action`, `declined`, `authorised`, `capturing`, `captured`, `capture_failed`, `voiding`, `voided`, `refunding`, `partially_refunded`, `refunded`, `refund_failed`.',
    }),
    version: z.int(),
    lines: z.array(z.looseObject({ sku: skuSchema, quantity: z.int(), shipped: z.int(), returned: z.int() })),
    changed: z
      .array(z.object({ sku: skuSchema, shownUnitPriceMinor: z.int(), unitPriceMinor: z.int() }))
      .optional()
      .openapi({ description: 'Prices that differ from what the buyer was shown, as in `price_changed`; absent: none does.' }),
    total: amount,
    captured: amount,
    refunded: amount,
    refunds: z
      .array(z.looseObject({ refundId: z.string(), status: z.enum(['pending', 'done', 'failed']), amount }))
      .openapi({ description: '`failed`: given up, or sent back by the bank of the buyer; may be tried again.' }),
    nextAction: z.looseObject({ type: z.literal('redirect'), url: z.string() }).optional(),
    placedAt: instantSchema,
    payBy: instantSchema.nullable(),
    serverTime: instantSchema,
  })
  .openapi('Order');

export const orderPageSchema = z
  .object({
    items: z.array(z.looseObject({ orderId: z.string(), number: z.int().nullable(), status: z.string(), placedAt: instantSchema })),
    next: z.string().nullable().openapi({ description: 'Cursor of the next page, or null at the end.' }),
  })
  .openapi('Orders');

export const storySchema = z
  .object({
    items: z.array(
      z.looseObject({ eventId: z.string(), version: z.int(), type: z.string(), at: instantSchema, cause: z.string().nullable() }),
    ),
    next: z.int().nullable().openapi({ description: 'Send it as `after` for more.' }),
  })
  .openapi('OrderStory');
