/**
 * Flags of Node that the program is always started with. Plain JavaScript without dependencies, like onhand.mjs.
 *
 * --max-semi-space-size: room for young objects, in MB. What belongs to a command lives until its frame is in the log, some
 * milliseconds; with the usual 16 MB it is copied out by the collector in the middle of that, which costs more than
 * the command itself. Taken only under load; at most three times as much.
 *
 * --v8-pool-size: threads that compile and collect beside the main one, four by default. On two cores they take the time of
 * the main thread and of the database: one of them takes 0.2 ms for a checkout, where four take 0.3.
 */
import { availableParallelism } from 'node:os';

const helpers = Math.max(1, Math.min(4, availableParallelism() - 1));

export const nodeFlags = ['--max-semi-space-size=64', `--v8-pool-size=${helpers}`];
