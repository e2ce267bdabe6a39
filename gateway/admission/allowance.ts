/**
 * How much may be under way at once. It follows how late the machine is, not how long the work takes: work that waits
 * for somebody outside (a payment provider) costs the machine nothing, and as much of it may be under way as there is.
 *
 * A1. While the machine is late the allowance shrinks, never under `leastMax`: some of the work always goes on. Late is what
 *     is late at each of `looksToBelieve` looks: what work leaves behind it stands, as the least delay of a while shows (the
 *     rule of CoDel, RFC 8289, 4.2); a moment in which a disk or a host was busy with others passes, and letting in fewer
 *     after it would only leave the machine idle.
 * A2. It grows only when all of it is used and the machine is in time, never over `mostMax` (I7).
 * A3. How late it is with the least under way is its own slowness, such as a slow disk's: letting in fewer would not help, and
 *     more of them would share its waits. It is taken off from then on; a shorter look takes its place at once.
 * A4. Where what stands is between in time and late it shrinks a little at each look: where that does not help, the least is
 *     reached in the end, and A3 tells why.
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
const leaning = 0.97;
/** A1. */
const looksToBelieve = 3;
/** A3: of so many looks in a row with the least under way the shortest counts. */
const looksToLearn = 10;
/** Slower than any disk that is worth selling on: beyond it somebody else's work is in the way, which is a reason to let in fewer. */
const ownMostMs = 250;

export class Allowance {
  readonly #options: AllowanceOptions;
  #max: number;
  /** A3. */
  #ownMs = 0;
  /** A1, the newest last. */
  #newest: number[] = [];
  #looksAtLeast: number[] = [];

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
    this.#learn(latenessMs);
    this.#newest = [...this.#newest.slice(1 - looksToBelieve), latenessMs];
    const standsMs = Math.min(...this.#newest) - this.#ownMs;
    if (standsMs > lateMs)
      this.#max = Math.max(leastMax, Math.floor(this.#max * shrinkage)); // A1
    else if (standsMs >= inTimeMs)
      this.#max = Math.max(leastMax, Math.floor(this.#max * leaning)); // A4
    else if (usedUp && latenessMs - this.#ownMs < inTimeMs) this.#max = Math.min(mostMax, Math.ceil(this.#max * growth)); // A2
  }

  /** A3. */
  #learn(latenessMs: number): void {
    this.#ownMs = Math.min(this.#ownMs, latenessMs);
    if (this.#max > this.#options.leastMax) this.#looksAtLeast = [];
    else if (this.#looksAtLeast.push(latenessMs) === looksToLearn) {
      this.#ownMs = Math.min(ownMostMs, ...this.#looksAtLeast);
      this.#looksAtLeast = [];
    }
  }
}
