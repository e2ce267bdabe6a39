/** Time as the simulator needs it; the runtime's clock is one. */
export interface SimulatorClock {
  wallMs(): number;
  after(ms: number, call: () => void): () => void;
}

export const ownClock: SimulatorClock = {
  wallMs: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
