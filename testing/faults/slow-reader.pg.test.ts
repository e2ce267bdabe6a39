import { test } from 'vitest';
import { expectSlowReaderSentAway } from './slow-reader.ts';

test('a client that reads a byte a second gets newest values only, then is sent away; others notice nothing', {
  timeout: 240_000,
}, async () => {
  // longer than a look at memory takes, which waits for rows: something must change while it is behind
  await expectSlowReaderSentAway({ limits: { behindMaxMs: 6_000, sweepMs: 250 }, sentAwayWithinMs: 120_000 });
});
