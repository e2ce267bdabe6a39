/**
 * The only place where an amount of money is divided. Everything else adds, subtracts and multiplies integers.
 *
 * R1. Rounding is half up (half away from zero; amounts are never negative): what tax offices and receipts
 *     expect, and the same for whoever checks with pencil and paper.
 * R2. `allocate` gives parts whose sum is the whole, by largest remainder; of equal remainders the earlier part
 *     gets the unit, so callers sort first. No part is more than its weight when the whole is not more than the weights.
 * R3. `slice` of consecutive ranges sum to the whole, whatever the ranges: each takes what the end of its range
 *     has been given by then, minus what the beginning had.
 * R4. Products are bigint and come back as safe integers, or an assert says so.
 * R5. What is paid comes in steps (`payableStepOf` a currency): where a step is given, amounts are rounded to it once, half
 *     up, and parts are whole steps, so that whatever is added up of them can be paid. What costs something is never free.
 */
import { assert } from './assert.ts';

/** Rates are integers in millionths: 9 % = 90,000. */
export const rateScale = 1_000_000;

/** Beyond any order and any sum of orders that is still exact in a double. */
export const amountMinorMax = 1_000_000_000_000_000;

export function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= amountMinorMax;
}

/** `amount × numerator ÷ denominator`, rounded (R1, R5). */
export function portion(amountMinor: number, numerator: number, denominator: number, stepMinor = 1): number {
  assert(isAmount(amountMinor), `${amountMinor} is no amount`);
  assert(Number.isSafeInteger(numerator) && numerator >= 0, `${numerator} is no numerator`);
  assert(Number.isSafeInteger(denominator) && denominator > 0, `${denominator} is no denominator`);
  assert(Number.isSafeInteger(stepMinor) && stepMinor > 0, `${stepMinor} is no step`);
  const step = BigInt(stepMinor);
  const unit = BigInt(denominator) * step;
  const twice = 2n * BigInt(amountMinor) * BigInt(numerator) + unit; // R4
  return amountOf((twice / (2n * unit)) * step);
}

export function percentageOf(amountMinor: number, rateMillionths: number, stepMinor = 1): number {
  return portion(amountMinor, rateMillionths, rateScale, stepMinor);
}

/** R5 */
export function payable(amountMinor: number, stepMinor: number): number {
  return amountMinor === 0 ? 0 : Math.max(stepMinor, portion(amountMinor, 1, 1, stepMinor));
}

/** The tax that is inside an amount: `amount × rate ÷ (1 + rate)`. */
export function includedIn(amountMinor: number, rateMillionths: number): number {
  return portion(amountMinor, rateMillionths, rateScale + rateMillionths);
}

/** Unit price × quantity; null when that is more than any order may come to. */
export function product(unitPriceMinor: number, quantity: number): number | null {
  assert(isAmount(unitPriceMinor), `${unitPriceMinor} is no amount`);
  assert(Number.isSafeInteger(quantity) && quantity >= 0, `${quantity} is no quantity`);
  const amount = BigInt(unitPriceMinor) * BigInt(quantity);
  return amount > BigInt(amountMinorMax) ? null : Number(amount);
}

/** R2, R5. Weights of 0 get nothing. */
export function allocate(wholeMinor: number, weights: readonly number[], stepMinor = 1): readonly number[] {
  assert(wholeMinor % stepMinor === 0, `${wholeMinor} is not made of steps of ${stepMinor}`);
  return allocateUnits(wholeMinor / stepMinor, weights).map((part) => part * stepMinor);
}

function allocateUnits(wholeMinor: number, weights: readonly number[]): readonly number[] {
  assert(isAmount(wholeMinor), `${wholeMinor} is no amount`);
  const weightSum = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  assert(weightSum > 0n || wholeMinor === 0, 'an amount needs somebody to go to');
  if (weightSum === 0n) return weights.map(() => 0);
  const whole = BigInt(wholeMinor);
  const parts = weights.map((weight) => amountOf((whole * BigInt(weight)) / weightSum));
  const remainders = weights.map((weight, index) => ({ index, remainder: (whole * BigInt(weight)) % weightSum }));
  remainders.sort((left, right) =>
    left.remainder === right.remainder ? left.index - right.index : left.remainder > right.remainder ? -1 : 1,
  );
  let left = wholeMinor - sumOf(parts);
  assert(left <= weights.length, 'remainders make less than one unit per part');
  for (const { index } of remainders) {
    if (left === 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}

/** R3. What belongs to the units from `from` (inclusive) to `to` (exclusive) of `count`. */
export function slice(wholeMinor: number, from: number, to: number, count: number, stepMinor = 1): number {
  assert(0 <= from && from <= to && to <= count, `${from} to ${to} of ${count} is no range`);
  if (count === 0) return 0;
  return portion(wholeMinor, to, count, stepMinor) - portion(wholeMinor, from, count, stepMinor);
}

export function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function amountOf(value: bigint): number {
  const amount = Number(value);
  assert(Number.isSafeInteger(amount), `${value} does not fit a number exactly`); // R4
  return amount;
}
