/** What is moved is an amount that can be: beside what the routes' own tests say. */
import { expect, test } from 'vitest';
import { receiveReturnSchema, refundSchema } from './schemas.ts';

test.each([
  ['KWD', 1_250, true],
  ['KWD', 1_255, false],
  ['MGA', 500, true],
  ['MGA', 550, false],
  ['USD', 1_255, true],
  ['JPY', 1_255, true],
])('a refund in %s of %i minor units can be moved: %s', (currency, amountMinor, holds) => {
  const amount = { amountMinor, currency };
  expect(refundSchema.safeParse({ amount, reason: 'sorry' }).success).toBe(holds);
  expect(receiveReturnSchema.safeParse({ returnId: 'return_1', refund: amount }).success).toBe(holds);
});
