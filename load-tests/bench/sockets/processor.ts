/** Processor used by one process, all its threads, none of its children: read from /proc, so on Linux alone. */
import { readFileSync } from 'node:fs';

/** Kernel clock ticks per second as /proc counts them; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Null where it cannot be told. */
export function processorSeconds(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // the name before may contain spaces
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond; // user and system time
  } catch {
    return null;
  }
}

/** As `Measure.missing` wants it. */
export function missingProc(): string | null {
  return processorSeconds(process.pid) === null
    ? 'the processor and memory of another process can only be read where there is /proc'
    : null;
}
