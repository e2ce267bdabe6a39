/** The log on a broker that stands still and one that is killed: the short form of chaos.long.test.ts. */
import { it } from 'vitest';
import { expectClean } from './expect-clean.ts';

it('a broker that stands still and one that is killed under a sale cost time and nothing else', { timeout: 120_000 }, async () => {
  const kinds = ['pause-nats', 'kill-nats'] as const;
  const log = { target: { log: 'jetstream' }, durability: /jetstream/i, stock: 150, ratePerSecond: 40 } as const;
  await expectClean({ kinds, seed: 3, times: 1, pauseMsMax: 1_500, patience: 3, ...log });
});
