/**
 * Flags of Node that the program is always started with. Plain JavaScript without dependencies, like onhand.mjs.
 *
 * --max-semi-space-size: room for young objects, in MB. What belongs to a command lives until its frame is in the log, some
 * milliseconds; with the usual 16 MB it is copied out by the collector in the middle of that, which costs more than
 * the command itself. Taken only under load; at most three times as much.
 */
export const nodeFlags = ['--max-semi-space-size=64'];
