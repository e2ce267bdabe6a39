/**
 * How much may be under way at once. It follows how late the machine is, not how long the work takes: work that waits
 * for somebody outside (a payment provider) costs the machine nothing, and as much of it may be under way as there is.
 *
 * A1. While the machine is late the allowance shrinks, never under `leastMax`: some of the work always goes on.
 * A2. It grows only when all of it is used and the machine is in time, never over `mostMax` (I7).
 *
 * Additive increase would take minutes from one bound to the other, so both ways go by a share: up slowly, down fast.
 */
import { assert } from '../../actors/kernel/index.ts';

export interface AllowanceOptions {
  readonly leastMax: number;
  readonly startMax: number;
  readonly mostMax: number;
  /** Under this the machine is in time … */
  readonly inTimeMs: number;
  /** … and over this it is late. */
  readonly lateMs: number;
}

const growth = 1.1;
const shrinkage = 0.8;

export class Allowance {
  readonly #options: AllowanceOptions;
  #max: number;

  constructor(options: AllowanceOptions) {
    const { leastMax, startMax, mostMax, inTimeMs, lateMs } = options;
    assert(leastMax >= 1 && leastMax <= startMax && startMax <= mostMax, 'the allowance starts between its bounds');
    assert(inTimeMs < lateMs, 'a machine is in time before it is late');
    this.#options = options;
    this.#max = startMax;
  }

  get max(): number {
    return this.#max;
  }

  /** `usedUp`: somebody would have used more. */
  looked(latenessMs: number, usedUp: boolean): void {
    const { leastMax, mostMax, inTimeMs, lateMs } = this.#options;
    if (latenessMs > lateMs)
      this.#max = Math.max(leastMax, Math.floor(this.#max * shrinkage)); // A1
    else if (usedUp && latenessMs < inTimeMs) this.#max = Math.min(mostMax, Math.ceil(this.#max * growth)); // A2
  }
}
