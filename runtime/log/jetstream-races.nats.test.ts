/** L1 and J1 on three copies: the expectation of the stream's last sequence lets one writer win, never two. */
import { test } from 'vitest';
import { expectNoFork } from './races.fixture.ts';

test('of two writers at two servers at most one wins each of 300 rounds, and the chain never forks', async () => {
  await expectNoFork({ rounds: 300, restless: false });
});
