/**
 * One side of a comparison: something that sells units under load, ours or what it is compared with. Each side runs as
 * a process (or processes) of its own, so that no side borrows the other's event loop, memory or warm caches.
 *
 * S1. `start` prepares everything that is not measured: servers, tables, keys, stock that no load can exhaust.
 * S2. `run` may be called any number of times, one at a time, and measures only what happens within it. Each call
 *     begins with stock in plenty: `refused` is a fault of the benchmark, not a result.
 * S3. Only answers count that say the unit is held and that are as durable as `durability` claims: `done` and
 *     `perSecond` know nothing else. What was refused and what failed is counted apart, never as done.
 * S4. `stop` ends every process and removes every folder of this side, also after a failed run.
 */
export type Side = {
  readonly name: string;
  /** What a positive answer survives, in words that stand beside the number. */
  readonly durability: string;
  /** Of the servers and drivers it runs on, such as `{postgres: '18.1', pg: '8.23.1'}`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Why it cannot run on this machine, in one sentence; null when it can. Without it: it always can. */
  missing?(): Promise<string | null>;
  start(): Promise<RunningSide>;
};

export type RunningSide = {
  /** Of a side that speaks HTTP. */
  readonly url?: string;
  run(load: Load): Promise<SideResult>;
  stop(): Promise<void>;
};

export type Load = {
  /** How many wait for an answer at any time: connections, or callers where there is no network. */
  readonly connections: number;
  readonly seconds: number;
  /** Over how many products the holds are spread, evenly. */
  readonly skus: number;
  /** Open loop: so many arrive whether or not the earlier ones were answered. Without it: closed loop. */
  readonly buyersPerSecond?: number;
};

export type SideResult = {
  /** Of `done`. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly done: number;
  readonly refused: number;
  readonly failed: number;
  /** Of a side that is pressed from outside. Near 1 for one thread: the generator may have been the limit. */
  readonly generatorCores?: number;
};
