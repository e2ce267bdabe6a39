/** A thread of a long run: one seed after the other, each in a world of its own. */
import { parentPort } from 'node:worker_threads';
import { definitions } from './definitions.ts';
import type { WorkerTask } from './run.ts';
import { runWorld } from './world.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread only');

port.on('message', (seed: WorkerTask) => {
  if (seed === null) port.close();
  else void runWorld({ seed, definitions }).then((report) => port.postMessage(report));
});
