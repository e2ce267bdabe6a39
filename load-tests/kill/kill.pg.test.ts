/**
 * Two kills under load: the short form of kill.long.test.ts, for every run of the tests. How fast the server
 * comes back is measured there, alone on the machine; here other tests run beside it, so the bound is wide.
 */
import { it } from 'vitest';
import { expectKillsSurvived } from './expect-survived.ts';

it('a server killed twice under load loses nothing it acknowledged', { timeout: 120_000 }, async () => {
  await expectKillsSurvived({ kills: 2, seed: 5, stock: 250, ratePerSecond: 60, sockets: 20, readyWithinMs: 30_000 });
});
