/** The long form of fuzz.pg.test.ts. */
import { test } from 'vitest';
import { expectFuzzSurvived } from './fuzz/expect-survived.ts';

test.each([11, 12, 13])('whatever is sent, each has its code and nothing crashes (seed %i)', { timeout: 900_000 }, async (seed) => {
  await expectFuzzSurvived({ seed, requests: 60_000, sockets: 4_000 });
});
