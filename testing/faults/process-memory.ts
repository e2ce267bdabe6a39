/** What a process keeps in memory. Linux alone tells; elsewhere 0, so that no bound is broken. */
import { readFileSync } from 'node:fs';

export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
