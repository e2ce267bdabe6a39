/** Ten kills at seeded random moments under load, on one data folder. */
import { it } from 'vitest';
import { expectKillsSurvived } from './expect-survived.ts';

it.each([1, 2, 3])('a server killed ten times under load loses nothing it acknowledged (seed %i)', { timeout: 600_000 }, async (seed) => {
  await expectKillsSurvived({ kills: 10, seed, stock: 2_500, ratePerSecond: 100, sockets: 100, readyWithinMs: 5_000 });
});
