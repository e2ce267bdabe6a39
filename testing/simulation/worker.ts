/** A process of a long run: one seed after the other, each in a world of its own, until there are no more. */
import { definitions } from './definitions.ts';
import type { WorkerTask } from './run.ts';
import { runWorld } from './world.ts';

// A terminal sends its signals to everybody. Whoever started us hears it too and hands out no more seeds; when
// that process is gone, so is the channel that keeps this one alive.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

process.on('message', ({ seed }: WorkerTask) => {
  if (seed === null) process.disconnect();
  else void runWorld({ seed, definitions }).then((report) => process.send?.(report));
});
