/** A real server is sent some thousand seeded requests and messages that nobody would send on purpose (FAULTS 55). More in fuzz.long.test.ts. */
import { test } from 'vitest';
import { expectFuzzSurvived } from './fuzz/expect-survived.ts';

test('whatever is sent, each has its code, nothing crashes, and the shop goes on selling', { timeout: 120_000 }, async () => {
  await expectFuzzSurvived({ seed: 1, requests: 3_000, sockets: 300 });
});
