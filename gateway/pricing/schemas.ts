/** Bodies of the merchant's routes about prices and shipping. Shapes only: what may be written is checked by the services. */
import { locationIdSchema, quantitySchema, skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

const name = z.string().min(1).max(200);
const country = z.string().regex(/^[A-Z]{2}$/, 'a country is two capital letters, ISO 3166-1');
const amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.iso
  .datetime({ offset: true })
  .nullable()
  .optional()
  .openapi({ description: 'ISO 8601 with its zone; absent or null: without bound.' });
const millionths = z.int().min(0).max(1_000_000_000).openapi({ description: '200000 is 20 %.', example: 200_000 });

export const pricingSettingsSchema = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/, 'a currency is three capital letters, ISO 4217'),
    priceMode: z.enum(['tax_included', 'tax_excluded']),
  })
  .openapi('PricingSettings');

export const discountSchema = z
  .strictObject({
    name,
    value: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('percentage'), rateMillionths: millionths }),
      z.strictObject({ kind: z.literal('amount'), amountMinor: amount, currency: z.string() }),
      z.strictObject({ kind: z.literal('free_shipping') }),
    ]),
    target: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('order') }),
        z.strictObject({ kind: z.literal('lines'), skus: z.array(skuSchema).max(1_000), categories: z.array(z.string()).max(1_000) }),
      ])
      .optional()
      .openapi({ description: 'Without it: the whole order.' }),
    subtotalMinMinor: amount.nullable().optional(),
    combines: z.boolean().optional().openapi({ description: 'May stand beside others; `false` unless given.' }),
    automatic: z.boolean().optional().openapi({ description: 'Applies without a code; `false` unless given.' }),
    startsAt: instant,
    endsAt: instant,
  })
  .openapi('Discount');

export const codeSchema = z
  .strictObject({
    discountId: z.string().min(1).max(64),
    startsAt: instant,
    endsAt: instant,
    usesMax: quantitySchema.nullable().optional().openapi({ description: 'Absent or null: as often as you like.' }),
    usesPerBuyerMax: quantitySchema.nullable().optional(),
    active: z.boolean().optional(),
  })
  .openapi('DiscountCode', { description: 'Uses are held with a checkout and committed with its order: never one too many.' });

export const taxRateSchema = z
  .strictObject({
    name,
    country,
    region: z.string().min(1).max(3).nullable().optional(),
    postalPrefix: z.string().min(1).max(20).nullable().optional(),
    category: z.string().min(1).max(64).nullable().optional(),
    layer: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .openapi({ description: 'Rates of one layer exclude each other, layers add up; `standard` unless given.' }),
    rateMillionths: millionths,
    taxesShipping: z.boolean().optional(),
    startsAt: instant,
    endsAt: instant,
  })
  .openapi('TaxRate');

export const traitsSchema = z
  .strictObject({
    categories: z.array(z.string().min(1).max(64)).max(100).optional(),
    taxCategory: z.string().min(1).max(64).nullable().optional(),
    weightGrams: z.int().min(0).max(100_000_000).optional(),
  })
  .openapi('SkuTraits');

const weekdays = z.array(z.int().min(0).max(7)).max(7);
const minute = z.int().min(0).max(1_440);
const timeZone = z.string().min(1).max(64).openapi({ example: 'Europe/London' });

export const zoneSchema = z
  .strictObject({
    name,
    places: z
      .array(
        z.strictObject({
          country: country.nullable(),
          region: z.string().min(1).max(3).nullable().optional(),
          postalPrefix: z.string().min(1).max(20).nullable().optional(),
        }),
      )
      .min(1)
      .max(500),
    timeZone,
  })
  .openapi('ShippingZone');

export const methodSchema = z
  .strictObject({
    zoneId: z.string().min(1).max(64),
    name,
    currency: z.string(),
    by: z.enum(['weight', 'subtotal']),
    tiers: z
      .array(z.strictObject({ from: amount, priceMinor: amount }))
      .min(1)
      .max(100),
    freeFromMinor: amount.nullable().optional(),
    perParcel: z.boolean().optional(),
    weightMaxGrams: amount.nullable().optional(),
    cutOffMinute: minute,
    handlingDays: z.int().min(0).max(365),
    transitDaysMin: z.int().min(0).max(365),
    transitDaysMax: z.int().min(0).max(365),
    deliveryWeekdays: weekdays,
    deliverByMinute: minute,
    fromLocations: z.array(locationIdSchema).max(1_000).nullable().optional(),
  })
  .openapi('ShippingMethod');

export const warehouseSchema = z
  .strictObject({ timeZone, workingWeekdays: weekdays, closedOn: z.array(z.iso.date()).max(1_000).optional() })
  .openapi('Warehouse');

export const listSchema = z.object({ items: z.array(z.looseObject({})) }).openapi('ConfigurationList');
export const itemSchema = z.looseObject({}).openapi('ConfigurationItem');
export const shippingSetupSchema = z
  .object({ zones: z.array(z.looseObject({})), methods: z.array(z.looseObject({})), warehouses: z.array(z.looseObject({})) })
  .openapi('ShippingSetup');
