/**
 * The hottest body there is, `{sku, quantity, ttlSeconds?}`, told by hand: a schema looks at every field it knows.
 *
 * P1. What is told here the schema says too, with the same value; whatever else a body may be is for the schema. Pure.
 */
import { isQuantity, isSku } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import type { TakeOne } from './holds.ts';
import { fieldsOf, isRecord } from './plain.ts';

const ttlSecondsMin = limits.holdTtlMinMs / 1_000;
const ttlSecondsMax = limits.holdTtlMaxMs / 1_000;

/** Null: another form, or wrong. */
export function plainTakeOne(value: unknown): TakeOne | null {
  if (!isRecord(value)) return null;
  const { sku, quantity, ttlSeconds } = value;
  if (fieldsOf(value) !== (ttlSeconds === undefined ? 2 : 3) || !isSku(sku) || !isQuantity(quantity)) return null;
  if (ttlSeconds === undefined) return { sku, quantity };
  return isTtl(ttlSeconds) ? { sku, quantity, ttlSeconds } : null;
}

function isTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= ttlSecondsMin && value <= ttlSecondsMax;
}
