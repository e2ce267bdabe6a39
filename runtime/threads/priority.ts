/**
 * A thread that may be late gives way to those that may not, where there are not enough cores for all. On Linux each thread has a
 * niceness of its own (setpriority(2), "C library/kernel differences"), elsewhere threads have none and all stay equal.
 */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** The thread that calls. `by`: 5 leaves it a third of the time of one that it competes with. */
export function giveWay(by: number): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, getPriority(thread) + by);
  } catch {
    // no Linux, or not allowed here: it works as well, at the cost of others
  }
}
