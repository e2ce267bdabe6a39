/**
 * The door before work that is large and can be put off, such as a checkout: a dozen steps, each of them in the way of
 * everybody else's. Let in all at once, ten thousand of them make each other late until nearly all are given up by whoever
 * waits for them; at the door they cost next to nothing.
 *
 * D1. As many are under way as the machine does in time (`Allowance`); a bounded number of others wait, a store's first
 *     come first (`Waiting`), and no longer than about `waitMaxMs`.
 * D2. Whoever would wait longer is turned away before anything was done, and told when to come (`ReturnTimes`).
 * D3. Those `first` go before others, who still get one turn in `turnsOfOthers`. They have places of their own.
 * D4. Everybody let in leaves once, whatever became of the work: `begin` is given the way out.
 * D5. Who is turned away hears it after `turnAwayAfterMs` (`WayOut`): those who ask again at once would keep the machine late,
 *     and so the door shut.
 *
 * Does not know what the work is.
 */
import type { Clock } from '../../runtime/clock.ts';
import { Allowance, type AllowanceOptions } from './allowance.ts';
import { Lateness } from './lateness.ts';
import { ReturnTimes } from './return-times.ts';
import { Waiting } from './waiting.ts';
import { WayOut } from './way-out.ts';

export const admissionDefaults = {
  /** A store always sells. With 32 two cores were a sixth idle when the host was busy: each step waits for its frame, and frames were late. */
  leastMax: 96,
  startMax: 128,
  /** Beyond it work waits for somebody outside, and each one under way costs memory. */
  mostMax: 2_000,
  inTimeMs: 60,
  lateMs: 150,
  lookEveryMs: 100,
  /** A buyer who waits so long before anything happens still sees a page that works. */
  waitMaxMs: 2_000,
  waitingMax: 2_000,
  turnAwayAfterMs: 1_000,
  /** As many may be on their way out; the next hears it at once. */
  leavingMax: 4_000,
  returnLeastMs: 2_000,
  returnMostMs: 15_000,
  /** As long as nothing was done yet: a modest machine. */
  perSecondAtFirst: 50,
} as const satisfies AllowanceOptions & Record<string, number>;

export type AdmissionLimits = { readonly [name in keyof typeof admissionDefaults]: number };

export interface AdmissionOptions {
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** A read that goes the way of the work; calls back once, in any case. */
  readonly look: (storeId: string, seen: () => void) => void;
  readonly limits?: Partial<AdmissionLimits>;
}

export interface Entry {
  /** Somebody who keeps others from something by waiting: one who holds units, for instance. */
  readonly first?: boolean;
  /** Called at once or later, unless `turnAway` is, also at once or later; `leave` must be called when the work is over. */
  readonly begin: (leave: () => void) => void;
  readonly turnAway: (retryAfterMs: number) => void;
}

/** The pace is that of about so many looks. */
const paceMemory = 10;
/** Even at a slow pace so many may wait: a handful of shoppers is no rush. */
const waitingLeast = 64;
const turnsOfOthers = 4;

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #clock: AdmissionOptions['clock'];
  readonly #allowance: Allowance;
  readonly #lateness: Lateness;
  readonly #returns: ReturnTimes;
  /** D5. */
  readonly #wayOut: WayOut;
  readonly #first = new Waiting<Entry['begin']>();
  readonly #others = new Waiting<Entry['begin']>();
  #turns = 0;
  #isFilling = false;
  #underWay = 0;
  #turnedAway = 0;
  #left = 0;
  #perSecond: number;
  #countedAtMs: number;
  #newestStoreId = '';

  constructor({ clock, look, limits = {} }: AdmissionOptions) {
    this.#limits = { ...admissionDefaults, ...limits };
    this.#clock = clock;
    this.#allowance = new Allowance(this.#limits);
    this.#returns = new ReturnTimes(this.#limits.returnLeastMs, this.#limits.returnMostMs);
    this.#wayOut = new WayOut({ clock, afterMs: this.#limits.turnAwayAfterMs, leavingMax: this.#limits.leavingMax });
    this.#perSecond = this.#limits.perSecondAtFirst;
    this.#countedAtMs = clock.monotonicMs();
    this.#lateness = new Lateness({
      clock,
      everyMs: this.#limits.lookEveryMs,
      look: (seen) => look(this.#newestStoreId, seen),
      found: (latenessMs) => this.#looked(latenessMs),
    });
  }

  get levels(): { readonly underWay: number; readonly waiting: number; readonly allowed: number; readonly turnedAway: number } {
    return { underWay: this.#underWay, waiting: this.#waiting, allowed: this.#allowance.max, turnedAway: this.#turnedAway };
  }

  get #waiting(): number {
    return this.#first.size + this.#others.size;
  }

  enter(storeId: string, { begin, turnAway, first = false }: Entry): void {
    this.#newestStoreId = storeId;
    this.#lateness.watch();
    if (this.#waiting === 0 && this.#underWay < this.#allowance.max) return this.#letIn(begin);
    const line = first ? this.#first : this.#others;
    if (line.hasPlace(storeId, this.#placesMax())) return line.add(storeId, begin);
    const perSecond = this.#perSecond / Math.max(1, line.stores);
    this.#turnAway(turnAway, this.#returns.next(`${first ? 'first' : 'other'} ${storeId}`, this.#clock.monotonicMs(), perSecond)); // D2
  }

  /** D5. */
  #turnAway(turnAway: Entry['turnAway'], comeInMs: number): void {
    this.#turnedAway += 1;
    this.#wayOut.leave((keptMs) => turnAway(Math.max(1, comeInMs - keptMs)));
  }

  /** As many as are done within the time to wait. */
  #placesMax(): number {
    const { waitingMax, waitMaxMs } = this.#limits;
    return Math.min(waitingMax, Math.max(waitingLeast, Math.floor((this.#perSecond * waitMaxMs) / 1_000)));
  }

  #letIn(begin: Entry['begin']): void {
    this.#underWay += 1;
    let isIn = true;
    begin(() => {
      if (!isIn) return; // D4
      isIn = false;
      this.#underWay -= 1;
      this.#left += 1;
      this.#fill();
    });
  }

  #fill(): void {
    if (this.#isFilling) return; // who leaves at once must not fill a stack
    this.#isFilling = true;
    try {
      while (this.#underWay < this.#allowance.max) {
        const begin = this.#next();
        if (begin === undefined) return;
        this.#letIn(begin);
      }
    } finally {
      this.#isFilling = false;
    }
  }

  /** D3 */
  #next(): Entry['begin'] | undefined {
    const isTurnOfOthers = this.#turns++ % turnsOfOthers === turnsOfOthers - 1;
    return isTurnOfOthers ? (this.#others.take() ?? this.#first.take()) : (this.#first.take() ?? this.#others.take());
  }

  #looked(latenessMs: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const isUsedUp = this.#waiting > 0 || this.#underWay >= this.#allowance.max;
    this.#allowance.looked(latenessMs, isUsedUp);
    if (isUsedUp) this.#count(nowMs);
    else [this.#left, this.#countedAtMs] = [0, nowMs]; // who could do more tells nothing about the pace
    this.#returns.forgetPassed(nowMs);
    this.#fill();
    return this.#underWay > 0 || this.#waiting > 0;
  }

  #count(nowMs: number): void {
    const passedMs = nowMs - this.#countedAtMs;
    const memoryMs = this.#limits.lookEveryMs * paceMemory;
    if (this.#left === 0 && passedMs < memoryMs) return; // the first of a rush have not had time to leave
    const share = Math.min(1, passedMs / memoryMs);
    const newest = (this.#left * 1_000) / passedMs;
    this.#perSecond = Math.max(1, this.#perSecond + (newest - this.#perSecond) * share);
    [this.#left, this.#countedAtMs] = [0, nowMs];
  }
}
