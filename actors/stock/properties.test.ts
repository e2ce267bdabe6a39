import { expect, test } from 'vitest';
import { everyEvent, liveLives } from './life.fixture.ts';

test('any life of a SKU is as the ledger has it, comes back from its rows, and replays alike', () => {
  const seen = liveLives(40);
  // the rare ones occur in almost every run of this size; the long test asks for all of them
  expect(everyEvent.filter((type) => !seen.has(type)).length).toBeLessThanOrEqual(3);
});
