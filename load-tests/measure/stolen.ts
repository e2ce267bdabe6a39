/**
 * What a shared machine kept from us: the processor time its host gave to others while somebody here was ready to run
 * (`steal` of /proc/stat, https://man7.org/linux/man-pages/man5/proc_stat.5.html). A reading that lost half a core is slow
 * for a reason that stands in no profile.
 */
import { readFileSync } from 'node:fs';
import { ticksPerSecond } from './effort.ts';
import { nowMs } from './now.ts';

export class StolenMeter {
  readonly #ticks: () => number | null;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  readonly #ticksAtStart: number | null;

  constructor(ticks: () => number | null = stolenTicksHere, now: () => number = nowMs) {
    this.#ticks = ticks;
    this.#nowMs = now;
    this.#startedAtMs = now();
    this.#ticksAtStart = ticks();
  }

  /** Cores, on average since the start; null where the system does not say. */
  read(): number | null {
    const seconds = (this.#nowMs() - this.#startedAtMs) / 1_000;
    const ticks = this.#ticks();
    if (ticks === null || this.#ticksAtStart === null || seconds === 0) return null;
    return Math.round((Math.max(0, ticks - this.#ticksAtStart) / ticksPerSecond / seconds) * 100) / 100;
  }
}

function stolenTicksHere(): number | null {
  try {
    return stolenTicksOf(readFileSync('/proc/stat', 'latin1'));
  } catch {
    return null; // no Linux
  }
}

/** Of all cores together, since the machine started. Null: a kernel that does not count them. */
export function stolenTicksOf(procStat: string): number | null {
  const steal = /^cpu +(?:\d+ +){7}(\d+)/m.exec(procStat)?.[1];
  return steal === undefined ? null : Number(steal);
}
