/**
 * Is there one order of what buyers of one SKU were told that a shop with a counter would have answered so? (See
 * testing/linearizability for what is asked; its search is for small histories. A sale has tens of thousands of answers.)
 *
 * O1. "yes" has a witness: an order, taken from the positions that answers carry, in which every answer is what the
 *     counter says, and nothing stands after what was asked only when it had been answered. Positions are believed in
 *     nothing else: a wrong one can cost the witness, never make one.
 * O2. "no" has a proof: more units out for certain than there were, or a refusal although too few can have been out at
 *     any moment between asking and answering. Everything else is "undecided".
 * O3. Sorting apart it takes one pass: what nobody saw (an expiry; an effect whose first answer was lost) is put where
 *     the next answer needs it.
 * O4. It ends: an order that is not found in time is not looked for any longer. "No" does not depend on how quick it is.
 */
import { readSaleFacts, type SaleEffect, type SaleFacts, type SaleRefusal } from './sale-facts.ts';
import type { Observation, Opening } from './observations.ts';

export type OneOrder = 'yes' | 'no' | 'undecided';

/** A hold's expiry is the server's time; the two clocks may differ by this much. */
const clockSkewMs = 2_000;

const looksMaxMs = 5_000;

/** `peak`: the most units that were certainly promised at one moment. */
export function oneOrder({ stock }: Opening, observations: readonly Observation[], peak: number, nowMs = monotonicMs): OneOrder {
  const facts = readSaleFacts(observations);
  if (peak > stock || refusedForNothing(stock, facts)) return 'no'; // O2
  const untilMs = nowMs() + looksMaxMs;
  return facts.isComplete && new Replay(stock, facts, () => nowMs() > untilMs).finds() ? 'yes' : 'undecided';
}

function monotonicMs(): number {
  return performance.now();
}

/** A refusal while fewer units than the stock can have been out from asking to answering. */
function refusedForNothing(stock: number, { effects, refusals, isComplete }: SaleFacts): boolean {
  if (!isComplete) return false;
  const taken = effects.filter(({ kind }) => kind === 'hold').map(({ calledAtMs }) => calledAtMs);
  const givenBack = effects.filter(({ kind, isKnown }) => kind === 'release' && isKnown).map(({ returnedAtMs }) => returnedAtMs);
  for (const times of [taken, givenBack]) times.sort((one, other) => one - other);
  return refusals.some(({ available, calledAtMs, returnedAtMs }) => {
    const outMost = countUpTo(taken, returnedAtMs, true) - countUpTo(givenBack, calledAtMs, false);
    return available !== null && stock - outMost > available;
  });
}

/** How many of the sorted times lie before `limit`, or at it. */
function countUpTo(times: readonly number[], limit: number, inclusive: boolean): number {
  let [from, to] = [0, times.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (times[middle]! < limit || (inclusive && times[middle] === limit)) from = middle + 1;
    else to = middle;
  }
  return from;
}

type Status = 'held' | 'released' | 'committed' | 'expired';

class Replay {
  readonly #facts: SaleFacts;
  readonly #statuses = new Map<string, Status>();
  readonly #placed = new Set<SaleEffect>();
  /** Not yet placed, by position: whoever is put before its turn is passed over when its turn comes. */
  readonly #next = { hold: 0, release: 0, commit: 0, expiry: 0 };
  readonly #of: Readonly<Record<'hold' | 'release' | 'commit', readonly SaleEffect[]>>;
  /** The earliest answer to this effect or a later one. */
  readonly #firstReturnFrom: Float64Array;
  readonly #isLate: () => boolean;
  #available: number;
  #held = 0;
  #latestCallMs = -Infinity;

  constructor(stock: number, facts: SaleFacts, isLate: () => boolean) {
    this.#facts = facts;
    this.#isLate = isLate;
    this.#available = stock;
    this.#firstReturnFrom = new Float64Array(facts.effects.length + 1).fill(Infinity);
    for (let from = facts.effects.length - 1; from >= 0; from -= 1)
      this.#firstReturnFrom[from] = Math.min(this.#firstReturnFrom[from + 1]!, facts.effects[from]!.returnedAtMs);
    const of = (kind: SaleEffect['kind']): SaleEffect[] => facts.effects.filter((effect) => effect.kind === kind);
    this.#of = { hold: of('hold'), release: of('release'), commit: of('commit') };
  }

  finds(): boolean {
    const { effects, refusals } = this.#facts;
    let refusal = 0;
    for (let effect = 0; effect < effects.length || refusal < refusals.length; ) {
      const frame = Math.min(effects[effect]?.frame ?? Infinity, refusals[refusal]?.frame ?? Infinity);
      if (frame === Infinity) break; // what is left was never heard of, and need not have happened
      // Within a frame a refusal may stand anywhere: its numbers say where.
      const waiting = new Set<SaleRefusal>();
      for (; refusals[refusal]?.frame === frame; refusal += 1) waiting.add(refusals[refusal]!);
      this.#placeMatching(waiting, effect);
      for (; effects[effect]?.frame === frame; effect += 1) {
        if (effects[effect]!.kind === 'commit' && !this.#placeBeforeCommit(waiting)) return false;
        if (this.#isLate() || !this.#place(effects[effect]!)) return false; // O4
        this.#placeMatching(waiting, effect + 1);
      }
      for (const left of waiting) if (this.#isLate() || !this.#adapt(left) || !this.#inTime(left)) return false;
    }
    return true;
  }

  /** The same numbers may come again: who asked only when an effect still to come had been answered stands after it. */
  #placeMatching(waiting: Set<SaleRefusal>, nextEffect: number): void {
    const firstReturnMs = this.#firstReturnFrom[nextEffect]!;
    for (const refusal of waiting) {
      const isBeforeNext = refusal.calledAtMs <= firstReturnMs;
      if (isBeforeNext && this.#matches(refusal) && this.#inTime(refusal)) waiting.delete(refusal);
    }
  }

  /** Available and held units together are the stock less what was committed: who was told of this many stands before. */
  #placeBeforeCommit(waiting: Set<SaleRefusal>): boolean {
    for (const refusal of waiting) {
      if ((refusal.available ?? 0) + (refusal.held ?? 0) !== this.#available + this.#held) continue;
      if (!this.#adapt(refusal) || !this.#inTime(refusal)) return false;
      waiting.delete(refusal);
    }
    return true;
  }

  #matches({ available, held }: SaleRefusal): boolean {
    return this.#available === available && this.#held === held;
  }

  /** O1: nothing placed before was asked only after this had been answered. */
  #inTime({ calledAtMs, returnedAtMs }: { readonly calledAtMs: number; readonly returnedAtMs: number }): boolean {
    if (this.#latestCallMs > returnedAtMs) return false;
    this.#latestCallMs = Math.max(this.#latestCallMs, calledAtMs);
    return true;
  }

  #place(effect: SaleEffect): boolean {
    if (this.#placed.has(effect)) return true;
    const before = this.#statuses.get(effect.holdId);
    if (effect.kind === 'hold') return (this.#available > 0 || this.#bringBack(effect.returnedAtMs)) && this.#take(effect);
    if (before === undefined) {
      const hold = this.#of.hold.find(({ holdId }) => holdId === effect.holdId);
      return hold !== undefined && this.#place(hold) && this.#place(effect);
    }
    if (effect.kind === 'release' && (before === 'expired' || before === 'released')) return this.#done(effect);
    if (before !== 'held') return false;
    this.#held -= 1;
    if (effect.kind === 'release') this.#available += 1;
    this.#statuses.set(effect.holdId, effect.kind === 'release' ? 'released' : 'committed');
    return this.#done(effect);
  }

  #take(hold: SaleEffect): boolean {
    this.#available -= 1;
    this.#held += 1;
    this.#statuses.set(hold.holdId, 'held');
    return this.#done(hold);
  }

  #done(effect: SaleEffect): boolean {
    this.#placed.add(effect);
    return this.#inTime(effect);
  }

  /** O3: a unit that came back unseen by then: of a hold that was due, or let go without a word. */
  #bringBack(untilMs: number): boolean {
    const { leftAlone } = this.#facts;
    while (this.#statuses.get(leftAlone[this.#next.expiry]?.holdId ?? '') === 'released') this.#next.expiry += 1;
    const due = leftAlone[this.#next.expiry];
    if (due !== undefined && due.expiresAtMs - clockSkewMs <= untilMs && this.#statuses.get(due.holdId) === 'held') {
      this.#next.expiry += 1;
      this.#statuses.set(due.holdId, 'expired');
      this.#available += 1;
      this.#held -= 1;
      this.#latestCallMs = Math.max(this.#latestCallMs, due.expiresAtMs - clockSkewMs);
      return true;
    }
    return this.#placeEarly('release', untilMs);
  }

  /** O3: whatever else must have happened for this refusal to be true. */
  #adapt(refusal: SaleRefusal): boolean {
    const { available, held, returnedAtMs } = refusal;
    for (let goesOn = true; goesOn && !this.#matches(refusal); ) {
      if (available === null || held === null) return false;
      if (this.#available > available) goesOn = this.#placeEarly('hold', returnedAtMs);
      else if (this.#available < available) goesOn = this.#bringBack(returnedAtMs);
      else goesOn = this.#held > held && this.#placeEarly('commit', returnedAtMs);
    }
    return this.#matches(refusal);
  }

  #placeEarly(kind: 'hold' | 'release' | 'commit', untilMs: number): boolean {
    const list = this.#of[kind];
    while (this.#next[kind] < list.length && this.#placed.has(list[this.#next[kind]]!)) this.#next[kind] += 1;
    const last = Math.min(list.length, this.#next[kind] + lookaheadMax);
    for (let index = this.#next[kind]; index < last; index += 1) {
      const effect = list[index]!;
      const isPossible = kind === 'hold' || this.#statuses.get(effect.holdId) === 'held';
      if (!this.#placed.has(effect) && isPossible && effect.calledAtMs <= untilMs) return this.#place(effect);
    }
    return false;
  }
}

/** A request that was sent again has its position soon after its effect. */
const lookaheadMax = 2_000;
