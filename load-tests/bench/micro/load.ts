/** What a driver sends, and what it tells afterwards. */
export interface Load {
  readonly seconds: number;
  readonly key: string;
  /** Tokens, used in turn; none: the merchant takes the holds. */
  readonly buyers: readonly string[];
  /** Called when what was sent to warm up is answered. */
  readonly started: () => Promise<void>;
}

export interface Measured {
  readonly requests: number;
  readonly errors: number;
  readonly seconds: number;
  /** Processor time for one request in the quietest part of the run; absent where only the whole was looked at. */
  readonly cpuMicrosBest?: number;
}
