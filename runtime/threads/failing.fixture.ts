/** A thread that does what it is asked: `throws`, `ends`, `never` answers; anything else it says back. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveAsks } from './serve-asks.ts';

const answer = (ask: string): Promise<string> => {
  if (ask === 'throws') return Promise.reject(new TypeError('this is a mistake'));
  if (ask === 'ends') process.exit(1);
  if (ask === 'never') return new Promise(() => {});
  return Promise.resolve(ask === 'data' ? JSON.stringify(workerData) : ask);
};

serveAsks(answer, parentPort!);
