/** Time as a port, so that simulation and tests choose it. */
export interface Clock {
  /** Wall time, ms since 1970. May jump. */
  wallMs(): number;
  /** Never goes back; only differences mean anything. */
  monotonicMs(): number;
  /** Calls once after `ms`; returns the cancellation. */
  after(ms: number, call: () => void): () => void;
  /** Calls once, after what is already queued in this turn of the event loop. */
  defer(call: () => void): void;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  defer(call) {
    setImmediate(call);
  },
};
