/** Worlds that archive and trim: the past stays whole, and a log that lets go of too much is found. */
import { expect, test } from 'vitest';
import type { Log } from '../../runtime/log/port.ts';
import { definitions } from './definitions.ts';
import type { SimLog } from './sim-log.ts';
import { runWorld } from './world.ts';

const archiving = { seed: 3, definitions, archives: true };

test('archive and log say together what was acknowledged, although the log was trimmed', async () => {
  const world = await runWorld(archiving);
  expect(world.failure).toBeNull();
  expect(world.faults.log_trimmed).toBeGreaterThan(0);
});

/** Behaves, but for trimming: five frames too many go. */
function greedy(log: SimLog): Log {
  return {
    append: (...args) => log.append(...args),
    read: (...args) => log.read(...args),
    tail: (...args) => log.tail(...args),
    now: () => log.now(),
    close: () => log.close(),
    trim: (shard, below) => log.trim(shard, below + 5),
  };
}

test('a log that lets go of frames that are not archived is found', async () => {
  const world = await runWorld({ ...archiving, sabotage: { log: greedy } });
  expect(world.failure?.message).toMatch(/archive|log|frame/);
  expect(['I4', 'program', 'I8']).toContain(world.failure?.invariant);
});
