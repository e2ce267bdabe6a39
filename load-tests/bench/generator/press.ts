/**
 * Who presses a server over HTTP, closed loop: as many requests under way as there are connections, each connection
 * sends its next one when it has its answer. `wrk` where it is installed, else a client of our own.
 *
 * G1. Only answers below 400 are `done`; what was refused and what broke is counted apart.
 * G2. The generator is named beside every number. Our own client saturates before the server does: it says so.
 *
 * Latencies of a closed loop know nothing of those who would have come while it waited: for that there are open loops.
 */
import type { HttpRequest } from '../../http/client.ts';
import { pressOurselves } from './own.ts';
import { findWrk, pressWithWrk } from './wrk.ts';

/** The same work, as either generator takes it. */
export interface HttpWork {
  /** In `bench/wrk/`. */
  readonly script: string;
  readonly words: readonly string[];
  /** What the script would send next, when our own client has to. */
  readonly request: () => HttpRequest;
}

export interface HttpPress {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface Pressed {
  readonly done: number;
  /** Answers above 399. */
  readonly refused: number;
  /** Connections that failed, answers that never came. */
  readonly failed: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Cores the generator used; null = not known. Near 1 for one thread of wrk: it may have been the limit. */
  readonly generatorCores: number | null;
}

export async function press(work: HttpWork, load: HttpPress): Promise<Pressed> {
  return findWrk() === null ? pressOurselves(work, load) : pressWithWrk(work, load);
}

/** G2. */
export function generatorInWords(connections: number): string {
  const wrk = findWrk();
  if (wrk === null) return `our own Node client, ${connections} connections (it saturates before the server does)`;
  return `wrk ${wrk.version}, 1 thread, ${connections} connections`;
}
