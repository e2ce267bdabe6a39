/** A thread that gives way, and says how far. */
import { readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { giveWay } from './priority.ts';
import { serveAsks } from './serve-asks.ts';

giveWay(5);
serveAsks(() => Promise.resolve(getPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)))), parentPort!);
