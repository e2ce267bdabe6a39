/** What the process of arriving buyers is told, and says. */
export interface ArrivalsOrder {
  readonly host: string;
  readonly port: number;
  readonly publishableKey: string;
  /** Of buyers, who take turns. At least as many as connections. */
  readonly tokens: readonly string[];
  readonly sku: string;
  /** Before the number of each request's key: no two runs share it. */
  readonly keyPrefix: string;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
}

export type ArrivalsReport =
  | {
      readonly kind: 'ended';
      readonly arrived: number;
      readonly held: number;
      readonly refused: number;
      /** Any other answer, and none. */
      readonly failed: number;
      /** From the instant a buyer was to arrive until the answer was read. */
      readonly p50Ms: number;
      readonly p95Ms: number;
      readonly p99Ms: number;
      readonly maxMs: number;
      /** Most who waited for a connection at one moment. */
      readonly waitingMax: number;
      /** Processor this process used, in cores. */
      readonly cores: number;
    }
  | { readonly kind: 'failed'; readonly why: string };
