import { test } from 'vitest';
import { expectSlowReaderSentAway } from './slow-reader.ts';

test('a client that reads a byte a second gets newest values only, then is sent away; others notice nothing', {
  timeout: 240_000,
}, async () => {
  await expectSlowReaderSentAway({ limits: { behindMaxMs: 1_000, sweepMs: 250 }, sentAwayWithinMs: 120_000 });
});
