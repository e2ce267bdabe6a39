/**
 * Processor time of all that takes part in serving, by part, from /proc (Linux alone). A process that ended meanwhile, as
 * vacuum does, is missed with what it did since the look before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { processTree, statFields, sumOfTicks, ticksPerSecond } from '../../measure/effort.ts';

export const parts = ['the thread that decides', 'other threads of the server', 'Postgres', 'the simulator of payments'] as const;

export type Part = (typeof parts)[number];

/** Seconds since each part began. */
export type ProcessorSeconds = Readonly<Record<Part, number>>;

export function processorSeconds(serverPid: number): ProcessorSeconds {
  const ticks: Record<Part, number> = {
    'the thread that decides': 0,
    'other threads of the server': 0,
    Postgres: 0,
    'the simulator of payments': 0,
  };
  for (const thread of threadsOf(serverPid)) {
    const fields = statFields(`${serverPid}/task/${thread}`);
    const used = fields === null ? 0 : Number(fields[11]) + Number(fields[12]);
    ticks[thread === serverPid ? 'the thread that decides' : 'other threads of the server'] += used;
  }
  for (const pid of processTree(serverPid)) {
    if (pid !== serverPid) ticks[isPostgres(pid) ? 'Postgres' : 'the simulator of payments'] += sumOfTicks([pid]) ?? 0;
  }
  for (const part of parts) ticks[part] /= ticksPerSecond;
  return ticks;
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('postgres');
  } catch {
    return false;
  }
}
