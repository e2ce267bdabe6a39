/** The short form of chaos.long.test.ts, for every run of the tests; the bounds are wide, since others run beside it. */
import { expect, it } from 'vitest';
import { expectClean } from './expect-clean.ts';

it('a database that stands still and one that is killed under a sale cost time and nothing else', { timeout: 120_000 }, async () => {
  const kinds = ['pause-postgres', 'kill-postgres'] as const;
  const log = { durability: /^postgres/, stock: 150, ratePerSecond: 40 };
  const faults = await expectClean({ kinds, seed: 3, times: 1, pauseMsMax: 1_500, patience: 3, ...log });
  const paused = faults.find((fault) => fault.kind === 'pause-postgres');
  expect(paused?.lastedMs).toBeGreaterThan(400);
});
