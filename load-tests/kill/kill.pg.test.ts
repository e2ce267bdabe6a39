/** Two kills under load: the short form of kill.long.test.ts, for every run of the tests. */
import { it } from 'vitest';
import { expectKillsSurvived } from './expect-survived.ts';

it('a server killed twice under load loses nothing it acknowledged', { timeout: 120_000 }, async () => {
  await expectKillsSurvived({ kills: 2, seed: 5, stock: 250, ratePerSecond: 60, sockets: 20 });
});
