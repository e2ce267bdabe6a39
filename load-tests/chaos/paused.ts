/**
 * Processes that are made to stand still, and always go on again.
 *
 * Z1. Whatever was stopped is continued: when the time is up, when the run is interrupted, when this process
 *     exits. Only SIGKILL of this process leaves something standing; the next start of its folder ends that.
 * Z2. A signal goes only to the process that was meant: its id and its start are compared before each.
 * Z3. A server and its helpers stand still together: first the one that makes new ones, then all there are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isSameProcess, type ProcessIdentity } from '../../engines/process-identity.ts';
import { processTree } from '../measure/effort.ts';
import { nowMs } from '../measure/now.ts';

export interface Pause {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

/** Stops the process and its descendants for so long, less when `stopped` is aborted. */
export async function pauseTree(root: number, lastsMs: number, stopped: AbortSignal): Promise<Pause> {
  const standing: ProcessIdentity[] = [];
  const goOn = (): void => {
    for (const identity of standing.splice(0).reverse()) signal(identity, 'SIGCONT');
  };
  process.on('exit', goOn); // Z1
  const beganAtMs = nowMs();
  try {
    stop(root, standing);
    for (const pid of processTree(root)) if (pid !== root) stop(pid, standing); // Z3
    await sleep(lastsMs, undefined, { signal: stopped }).catch(() => undefined);
  } finally {
    goOn();
    process.off('exit', goOn);
  }
  return { beganAtMs, endedAtMs: nowMs() };
}

function stop(pid: number, standing: ProcessIdentity[]): void {
  const identity = identityOf(pid);
  standing.push(identity);
  signal(identity, 'SIGSTOP');
}

/** Z2. A process that has ended needs no signal. */
function signal(identity: ProcessIdentity, name: 'SIGSTOP' | 'SIGCONT'): void {
  if (!isSameProcess(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
