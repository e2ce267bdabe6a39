/**
 * Misbehaviour on demand: rules that wait for their call, and chaos from a seed.
 *
 * A rule is used up by the calls it matches. The first rule that matches counts; chaos only where none does.
 */
export type Fault =
  /** Refused at the door with a 500 or 429: nothing is done, nothing is kept. */
  | { readonly kind: 'error_before' }
  | { readonly kind: 'rate_limited' }
  /** The endpoint began and failed: nothing is done, and the 500 is kept under the key. */
  | { readonly kind: 'error_during' }
  /** Done; then a 500, which is kept under the key. */
  | { readonly kind: 'error_after' }
  /** No answer, before or after the work. */
  | { readonly kind: 'silence_before' }
  | { readonly kind: 'silence_after' }
  /** The connection is cut, before or after the work. */
  | { readonly kind: 'cut_before' }
  | { readonly kind: 'cut_after' }
  /** The work is done, the answer comes late. */
  | { readonly kind: 'delay'; readonly ms: number };

export interface FaultRule {
  readonly fault: Fault;
  readonly method?: string;
  /** A part of the path, such as `/confirm`. */
  readonly path?: string;
  /** How many calls; 1 unless said. */
  readonly times?: number;
}

export interface Chaos {
  readonly seed: number;
  /** Of each call, 0 to 1. */
  readonly probability: number;
  readonly faults: readonly Fault[];
}

const rulesMax = 1_000;

export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];
  #chaos: { readonly draw: () => number; readonly chaos: Chaos } | null = null;

  /** False: there are too many rules already. */
  add(rule: FaultRule): boolean {
    if (this.#rules.length >= rulesMax) return false;
    this.#rules.push({ rule, left: rule.times ?? 1 });
    return true;
  }

  unleash(chaos: Chaos | null): void {
    this.#chaos = chaos === null || chaos.faults.length === 0 ? null : { chaos, draw: drawsOf(chaos.seed) };
  }

  clear(): void {
    this.#rules = [];
    this.#chaos = null;
  }

  pick(method: string, path: string): Fault | null {
    const found = this.#rules.find(({ rule }) => (rule.method ?? method) === method && path.includes(rule.path ?? ''));
    if (found !== undefined) {
      found.left -= 1;
      if (found.left <= 0) this.#rules = this.#rules.filter((other) => other !== found);
      return found.rule.fault;
    }
    if (this.#chaos === null) return null;
    const { draw, chaos } = this.#chaos;
    if (draw() >= chaos.probability) return null;
    return chaos.faults[Math.floor(draw() * chaos.faults.length)] ?? null;
  }
}

/** The same seed draws the same numbers (mulberry32): good enough to pick faults with, not for secrets. */
export function drawsOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
