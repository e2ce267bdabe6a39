/** What the process of arriving buyers is told, and says. */
export interface ArrivalsOrder {
  readonly host: string;
  readonly port: number;
  /** Asked with POST, each time under a key of its own. */
  readonly path: string;
  readonly publishableKey: string;
  /** Of buyers, who take turns. */
  readonly tokens: readonly string[];
  /** What they ask for, in turns. */
  readonly bodies: readonly string[];
  /** Before the number of each request's key: no two runs share it. */
  readonly keyPrefix: string;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Before those seconds. Default 0. */
  readonly rampSeconds?: number;
  /** What becomes of who comes when each connection is taken. */
  readonly whenBusy: 'waits' | 'leaves';
}

export interface Arrived {
  readonly arrived: number;
  /** Who left. */
  readonly turnedAway: number;
  /** Answered 201, by when: before the counted seconds, in them, after them. */
  readonly early: number;
  readonly done: number;
  readonly late: number;
  /** Any other answer. */
  readonly refused: number;
  /** No answer. */
  readonly failed: number;
  readonly donePerSecond: number;
  /** From the instant a buyer was to arrive until the answer was read. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Most who waited for a connection at one moment. */
  readonly waitingMax: number;
  /** Processor that the process of the buyers used, in cores. */
  readonly generatorCores: number;
}

export type ArrivalsReport = ({ readonly kind: 'ended' } & Arrived) | { readonly kind: 'failed'; readonly why: string };
