/**
 * Which process is meant by a process id written down earlier.
 *
 * P1. A process id alone names nobody: ids are used again. An identity is the id together with the instant
 *     at which that process started, as the operating system tells it; both must match.
 * P2. Where the operating system does not tell, a living id counts as the same process: refusing a folder
 *     that is free is a nuisance, taking one that is in use is a loss.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for equal processes. Null where the system does not tell. */
  readonly started: string | null;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** P1, P2. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (!isAlive(identity.pid)) return false;
  const started = startOf(identity.pid);
  if (started === null || identity.started === null) return true;
  return started === identity.started;
}

/** The command line of a process, arguments separated by spaces; empty when it cannot be read. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ask(['-ww', '-o', 'command=', '-p', String(pid)]) ?? '';
  }
}

function startOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${statFields(pid)[startTimeField]}`;
  } catch {
    return ask(['-o', 'lstart=', '-p', String(pid)]);
  }
}

/** A zombie has ended; only its parent has not looked yet. */
function isZombie(pid: number): boolean {
  try {
    return statFields(pid)[0] === 'Z';
  } catch {
    return false;
  }
}

/** Index of the start time, counted from the state, in /proc/<pid>/stat. */
const startTimeField = 19;

/** The fields after the name, which stands in brackets and may itself hold spaces and brackets. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function ask(parameters: readonly string[]): string | null {
  try {
    const answer = execFileSync('ps', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return answer === '' ? null : answer;
  } catch {
    return null;
  }
}
