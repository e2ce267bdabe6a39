/** L1 on three copies whose leader steps down in every round. */
import { test } from 'vitest';
import { expectNoFork } from './races.fixture.ts';

test('of two writers at most one wins each of 300 rounds while leaders step down, and the chain never forks', async () => {
  await expectNoFork({ rounds: 300, restless: true });
});
