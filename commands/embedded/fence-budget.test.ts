import { expect, test } from 'vitest';
import { FenceBudget } from './fence-budget.ts';

test('a shard that is fenced now and then is taken over again; one that is fenced again and again is not', () => {
  let nowMs = 0;
  const budget = new FenceBudget({ monotonicMs: () => nowMs });
  expect([budget.allows(0), budget.allows(0), budget.allows(0), budget.allows(0)]).toEqual([true, true, true, false]);
  expect(budget.allows(1)).toBe(true);
  nowMs = 60_000;
  expect(budget.allows(0)).toBe(true);
});
