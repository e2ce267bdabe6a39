/** Pauses the process named by its first word, says so, and is gone: by itself, or when it is told to stop. */
import { pauseTree } from './paused.ts';

const [pid, how] = process.argv.slice(2);
const stopped = new AbortController();
process.on('SIGTERM', () => stopped.abort());
const pausing = pauseTree(Number(pid), 3_600_000, stopped.signal);
process.stdout.write('paused\n');
if (how === 'exits') process.exit(0);
await pausing;
