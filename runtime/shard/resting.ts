/**
 * Sends actors to rest in rows: those of kinds of which there are ever more (`restsInRows`), such as orders, would fill
 * the memory with what is over.
 *
 * R1. Each is looked at every `residentRestMs` after it came in. It leaves when nobody asked for it since the last look and
 *     it may (M2); else it is looked at again.
 * R2. A look costs the same whatever else is in memory, and no turn of the event loop does more than `stepsMax` of them.
 * R3. Those who left before their look are forgotten with it, or as soon as there are more of them than actors that are here: a
 *     flood of names that nobody has would fill the memory (I7).
 */
import type { Clock } from '../clock.ts';
import type { Activation } from './activation.ts';
import { Fifo } from './fifo.ts';

export interface RestingDeps {
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly restMs: number;
  readonly halted: () => boolean;
  readonly isHere: (activation: Activation) => boolean;
  readonly hereCount: () => number;
  /** Sends it out if it may leave; false when it may not. */
  readonly leave: (activation: Activation) => boolean;
}

interface Look {
  readonly activation: Activation;
  readonly dueMs: number;
}

const stepsMax = 1_000;
/** R3: not worth the trouble below. */
const looksLeast = 1_000;
/** Looks that are due within it are done in one turn. */
const togetherMs = 250;

export class Resting {
  readonly #deps: RestingDeps;
  /** In the order in which they are due: every one waits equally long. */
  readonly #looks = new Fifo<Look>();
  #isArmed = false;

  constructor(deps: RestingDeps) {
    this.#deps = deps;
  }

  /** Once for every activation, when it comes in. */
  cameIn(activation: Activation): void {
    if (activation.definition.restsInRows !== true) return;
    this.#looks.push({ activation, dueMs: this.#deps.clock.monotonicMs() + this.#deps.restMs });
    if (this.#looks.length > 2 * this.#deps.hereCount() + looksLeast) this.#forgetGone(); // R3
    this.#arm();
  }

  get looks(): number {
    return this.#looks.length;
  }

  #forgetGone(): void {
    const here = [...this.#looks].filter(({ activation }) => this.#deps.isHere(activation));
    this.#looks.clear();
    this.#looks.unshiftAll(here);
  }

  #arm(): void {
    const next = this.#looks.peek();
    if (next === undefined || this.#isArmed) return;
    this.#isArmed = true;
    this.#deps.clock.after(Math.max(0, next.dueMs - this.#deps.clock.monotonicMs()) + togetherMs, () => {
      this.#isArmed = false;
      if (this.#deps.halted()) return;
      this.#lookRound();
      this.#arm();
    });
  }

  #lookRound(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (let step = 0; step < stepsMax; step++) {
      const next = this.#looks.peek();
      if (next === undefined || next.dueMs > nowMs) return;
      this.#looks.shift();
      if (this.#deps.isHere(next.activation)) this.#look(next.activation);
    }
  }

  /** R1. */
  #look(activation: Activation): void {
    if (!activation.touched && this.#deps.leave(activation)) return;
    activation.touched = false;
    this.cameIn(activation);
  }
}
