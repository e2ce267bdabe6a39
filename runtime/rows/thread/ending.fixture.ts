/** A thread of rows that ends over the first batch. */
import { parentPort } from 'node:worker_threads';
import { serveAsks } from '../../threads/serve-asks.ts';

serveAsks(() => process.exit(1), parentPort!);
