/**
 * Who was the limit: how busy the generator's own event loop was, and how much processor the server
 * used. The server's share is read from /proc and is `null` where that does not exist or the server is
 * not ours.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export interface Effort {
  /** 0 to 1: share of the time the generator's event loop had work. */
  readonly generatorBusy: number;
  /** Cores the generator used. Much less than `generatorBusy`: it was kept waiting by other work on the machine. */
  readonly generatorCores: number;
  /** Cores used by the server and its child processes (its database included); null = not known. */
  readonly serverCores: number | null;
}

/** Above this the generator, not the server, may be what was measured. */
export const generatorBusyMax = 0.85;

/** Kernel clock ticks per second as /proc counts them; 100 on every Linux that Node runs on. */
export const ticksPerSecond = 100;

export class EffortMeter {
  readonly #serverPids: () => readonly number[];
  readonly #startedAtMs = performance.now();
  readonly #loopAtStart = performance.eventLoopUtilization();
  readonly #usageAtStart = process.cpuUsage();
  readonly #ticksAtStart: number | null;

  constructor(serverPid: number | null) {
    this.#serverPids = () => (serverPid === null ? [] : processTree(serverPid));
    this.#ticksAtStart = sumOfTicks(this.#serverPids());
  }

  read(): Effort {
    const seconds = (performance.now() - this.#startedAtMs) / 1_000;
    const ticks = sumOfTicks(this.#serverPids());
    const used = ticks === null || this.#ticksAtStart === null ? null : Math.max(0, ticks - this.#ticksAtStart) / ticksPerSecond;
    const { user, system } = process.cpuUsage(this.#usageAtStart);
    return {
      generatorCores: seconds === 0 ? 0 : Math.round((user + system) / seconds / 10_000) / 100,
      generatorBusy: Math.round(performance.eventLoopUtilization(this.#loopAtStart).utilization * 100) / 100,
      serverCores: used === null || seconds === 0 ? null : Math.round((used / seconds) * 100) / 100,
    };
  }
}

/** As a figure beside a measure: left out where it is not known. */
export function serverFigure({ serverCores }: Pick<Effort, 'serverCores'>): { readonly serverCores?: number } {
  return serverCores === null ? {} : { serverCores };
}

export function sumOfTicks(pids: readonly number[]): number | null {
  let total = 0;
  let known = false;
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields === null) continue;
    known = true;
    total += Number(fields[11]) + Number(fields[12]); // user and system time
  }
  return known ? total : null;
}

/** The process and its descendants. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of allPids()) {
    const parent = Number(statFields(pid)?.[1] ?? Number.NaN);
    if (Number.isInteger(parent)) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree: number[] = [];
  const queue = [root];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    tree.push(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return tree;
}

function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Fields of /proc/<pid>/stat after the name (which may contain spaces): state, parent, … Of a thread: `<pid>/task/<thread>`. */
export function statFields(pid: number | string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null; // it has ended meanwhile
  }
}
