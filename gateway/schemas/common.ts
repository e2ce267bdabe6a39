/** Shapes that several routes share. What is refused here never reaches an actor. */
import { isLocationId, isSku, levelMax, parseHoldId, quantityMax } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import { z } from './zod.ts';

export const skuSchema = z.string().refine(isSku, `an SKU is 1 to ${limits.skuLengthMax} printable characters`).openapi({
  description: 'Verbatim and case-sensitive, printable characters.',
  minLength: 1,
  maxLength: limits.skuLengthMax,
  example: '85123A',
});

export const quantitySchema = z
  .int(`a quantity is a whole number from 1 to ${quantityMax}`)
  .min(1)
  .max(quantityMax)
  .openapi({ example: 1 });

export const locationIdSchema = z
  .string()
  .refine(isLocationId, 'a location id is 1 to 64 of letters, digits, "-", "_" and "."')
  .openapi({ description: 'Letters, digits, `-`, `_` and `.`; without it: `main`.', minLength: 1, maxLength: 64, example: 'main' });

/** A level may be 0 but not negative: nobody counts fewer than no units. */
export const levelSchema = z.int().min(0).max(levelMax).openapi({ example: 100 });

export const holdIdSchema = z
  .string()
  .refine((text) => parseHoldId(text) !== null, 'not the id of a hold')
  .openapi({ example: 'hold_0198f0c2-7d5e-8c31-9a4b-0c7f6f1c2a10.ODUxMjNB' });

export const ttlSecondsSchema = z
  .int()
  .min(limits.holdTtlMinMs / 1_000)
  .max(limits.holdTtlMaxMs / 1_000)
  .openapi({ description: 'How long the units stay held.', default: limits.holdTtlDefaultMs / 1_000 });

export const shipToSchema = z
  .strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
  .openapi('ShipTo', { description: 'Where the goods go: the nearest location is taken from first. Without it, location rank decides.' });

export const instantSchema = z.iso.datetime().openapi({ description: 'ISO 8601, UTC.', example: '2026-01-31T12:00:00.000Z' });

export const saleIdSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'letters, digits, "-", "_" and "."')
  .openapi({ example: 'spring-drop' });

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stable: programs switch on it.' }),
    detail: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem', { description: 'RFC 9457. Codes may carry fields of their own, such as `available`.' });
