/** A process of a long run: one seed after the other, each in a world of its own, until there are no more. */
import { definitions } from './definitions.ts';
import type { WorkerTask } from './run.ts';
import { runWorld } from './world.ts';

process.on('message', ({ seed }: WorkerTask) => {
  if (seed === null) process.disconnect();
  else void runWorld({ seed, definitions }).then((report) => process.send?.(report));
});
