/** The same with the limits as they are in earnest. */
import { test } from 'vitest';
import { expectSlowReaderSentAway } from './slow-reader.ts';

test('a client that reads a byte a second is sent away half a minute after it fell behind', { timeout: 300_000 }, async () => {
  await expectSlowReaderSentAway({ limits: {}, sentAwayWithinMs: 180_000 });
});
