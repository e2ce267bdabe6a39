/** Bodies and answers of the event feed, webhooks and mails. */
import { instantSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

export const eventsPageSchema = z
  .object({
    items: z.array(
      z.looseObject({
        number: z.int().openapi({
          description:
            'Gap-free per store: what stands below a number you have seen is all there is. After a restore from a backup numbers go on far above the last.',
        }),
        eventId: z.string(),
        type: z.string(),
        timestamp: instantSchema,
        idempotencyKey: z.string(),
        orderId: z.string(),
        version: z.int(),
      }),
    ),
    newest: z.int(),
    next: z.int().nullable().openapi({ description: 'Send it as `after` for more.' }),
  })
  .openapi('Events');

const typesSchema = z
  .array(z.string().min(1).max(100))
  .min(1)
  .max(100)
  .nullable()
  .openapi({ description: 'Types of events to be told of; null: all.', example: ['order.confirmed', 'order.canceled'] });

const urlSchema = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .openapi({ example: 'https://shop.example/onhand' });

export const addEndpointSchema = z
  .strictObject({
    url: urlSchema,
    types: typesSchema.optional(),
    fromNumber: z.int().min(0).optional().openapi({ description: 'Begin after this number; without it with what happens from now on.' }),
  })
  .openapi('AddWebhook');

export const changeEndpointSchema = z
  .strictObject({
    url: urlSchema.optional(),
    types: typesSchema.optional(),
    active: z.boolean().optional().openapi({ description: '`true` also tries at once what failed before.' }),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one field')
  .openapi('ChangeWebhook');

export const endpointSchema = z
  .looseObject({
    endpointId: z.string(),
    url: z.string(),
    types: z.array(z.string()).nullable(),
    active: z.boolean(),
    disabledWhy: z.string().nullable(),
    handled: z.int().openapi({ description: 'Every event up to this number was delivered, passed over or given up.' }),
    attempts: z.int().openapi({ description: 'Failed attempts of the event after `handled`.' }),
    retryAt: instantSchema.nullable(),
    createdAt: instantSchema,
    secret: z.string().optional().openapi({ description: 'Shown once: when it is made. `whsec_…` of Standard Webhooks.' }),
  })
  .openapi('Webhook');

export const endpointsSchema = z.object({ items: z.array(endpointSchema) }).openapi('Webhooks');

export const deliverySchema = z
  .looseObject({
    number: z.int(),
    attempt: z.int(),
    eventId: z.string(),
    at: instantSchema,
    outcome: z.enum(['delivered', 'failed', 'given_up']),
    httpStatus: z.int().nullable(),
    error: z.string().nullable(),
    tookMs: z.int(),
    onRequest: z.boolean(),
  })
  .openapi('WebhookDelivery');

export const deliveriesSchema = z.object({ items: z.array(deliverySchema), next: z.string().nullable() }).openapi('WebhookDeliveries');

export const redeliverSchema = z.strictObject({ number: z.int().min(1) }).openapi('Redeliver');

export const mailsSchema = z
  .object({
    items: z.array(
      z.looseObject({
        number: z.int(),
        orderId: z.string(),
        recipient: z.string(),
        subject: z.string(),
        status: z.string(),
        madeAt: instantSchema,
      }),
    ),
    next: z.int().nullable().openapi({ description: 'Send it as `before` for more.' }),
  })
  .openapi('Mails');

export const templateSchema = z
  .strictObject({ subject: z.string().min(1).max(200), text: z.string().min(1).max(20_000) })
  .openapi('MailTemplate', {
    description: 'With `{{name}}`, `{{number}}`, `{{lines}}`, `{{total}}`, `{{tracking}}`, `{{shipped}}`, `{{refund}}`.',
  });
