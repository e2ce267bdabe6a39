/**
 * Seeded randomness for plans: the same seed gives the same plan on every machine. Each buyer gets a
 * stream of its own, so that adding buyers does not change those who were there before.
 */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole, in [from, to]. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
}

/** splitmix32 (Steele, Lea, Flood 2014): small, fast, passes what a plan needs. Not for secrets. */
export function makeRandom(seed: number, stream = 0): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
  };
}
