/** What a process keeps in memory. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { eventually } from '../until.ts';

/** What is alive in a process that was started with `testing/preload/live-memory.ts` and this file. */
export async function liveBytes(pid: number, file: string): Promise<number> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  await eventually('the process says what is alive in it', () => existsSync(file), 30_000);
  return Number(readFileSync(file, 'utf8'));
}

/** With everything that is not collected yet. Linux alone tells; elsewhere 0, so that no bound is broken. */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
