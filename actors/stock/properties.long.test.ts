import { expect, test } from 'vitest';
import { everyEvent, liveLives } from './life.fixture.ts';

test('thousands of lives of a SKU are as the ledger has them', () => {
  const seen = liveLives(2_000);
  expect(everyEvent.filter((type) => !seen.has(type))).toEqual([]);
});
