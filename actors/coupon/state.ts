/**
 * What one coupon code knows: its terms and its uses.
 *
 * S1. `held` and `used` are sums over all uses, folded ones included, and the two maps by buyer are the same by buyer:
 *     a decision never counts.
 * S2. A use that ended and whose `forgetAt` has come is not there, whether it was pruned yet or not: a state that was
 *     folded from its events and one that was loaded decide alike (I4).
 * S3. A committed use counts for ever, but is known by name only for a time. From `forgetAt` on it may be *folded*: its
 *     name goes, its count stays. Else a code would remember every order it was ever part of, could take nothing more
 *     once its memory were full, and would read a million rows before its first answer.
 * S4. What was folded is counted by buyer only while the terms have a limit per buyer: a code without one needs no
 *     memory for its past at all. A limit set later counts from then on, and what was not folded yet.
 *
 * The heaps are indexes, not truth (see kernel/instant-heap.ts); `book.ts` alone keeps them.
 */
import type { ActorId, Instant, InstantHeap } from '../kernel/index.ts';
import type { PartKey } from '../stock/commands.ts';
import type { CouponTerms } from './commands.ts';

export interface Use extends PartKey {
  /** null: nobody in particular, the merchant's key. All of them together are one buyer. */
  readonly buyer: string | null;
  readonly quantity: number;
  readonly status: 'held' | 'committed' | 'given_back' | 'released';
  readonly checkAt: Instant;
  /** Its hold has been asked what became of it. */
  readonly asking: boolean;
  /** A late copy of its take is refused until then. */
  readonly notAfter: Instant;
  /** null: held. From then on a committed use may be folded, and one that ended is forgotten. */
  readonly forgetAt: Instant | null;
}

/** A committed use whose name is forgotten. */
export interface FoldedUse extends PartKey {
  readonly buyer: string | null;
  readonly quantity: number;
}

export interface Remembered {
  readonly commandId: string;
  readonly fingerprint: string;
  readonly at: Instant;
}

export interface CouponState {
  readonly id: ActorId;
  version: number;
  terms: CouponTerms | null;
  held: number;
  used: number;
  /** Of `used`: committed, and no longer known by name (S3). */
  folded: number;
  /** Held and committed, known by name. */
  readonly byBuyer: Map<string, number>;
  /** Folded, as far as they are counted (S4). */
  readonly foldedByBuyer: Map<string, number>;
  /** By hold: parts of several generations of one hold live side by side. */
  readonly uses: Map<string, readonly Use[]>;
  useCount: number;
  readonly asking: Set<string>;
  /** Held uses that are not asking, by `checkAt`. */
  readonly checks: InstantHeap;
  /** Committed uses, by when they may be folded. */
  readonly folds: InstantHeap;
  /** Ended uses, by when they are forgotten. */
  readonly endings: InstantHeap;
  /** Oldest first. */
  remembered: readonly Remembered[];
}

export const couponLimits = {
  /** Uses known by name, not quite 600 bytes each; beyond that nothing new is taken until some are folded or
   *  forgotten. */
  usesMax: 500_000,
  /** Buyers of a code with a limit per buyer whose folded uses are counted, about 90 bytes each: the one thing that grows with its past. */
  foldedBuyersMax: 2_000_000,
  definitionsMax: 100,
  /** How long a committed use is known by name, so that giving it back and repeats are told apart exactly. */
  foldAfterMs: 24 * 3_600_000,
  /** The least of it, when memory is full; longer than a take may be late. */
  foldAfterMinMs: 60_000,
  /** Folded in one go, when so many are due. */
  foldBatch: 16,
  /** Only a repeat within this finds that a use was given back already. An order stops asking once it was answered:
   *  so this is how long its shard may have been away in between. */
  giveBackRepeatHorizonMs: 30 * 24 * 3_600_000,
} as const;

/** Two numbers last, so that the text is unambiguous. */
export function useName({ holdId, generation, attempt }: PartKey): string {
  return `${holdId}/${generation}/${attempt}`;
}

export function useKeyOf(name: string): PartKey {
  const last = name.lastIndexOf('/');
  const middle = name.lastIndexOf('/', last - 1);
  return { holdId: name.slice(0, middle), generation: Number(name.slice(middle + 1, last)), attempt: Number(name.slice(last + 1)) };
}

export function compareUses(a: PartKey, b: PartKey): number {
  return a.generation - b.generation || a.attempt - b.attempt;
}

/** Whether it was pruned yet or not. */
export function findUse(uses: CouponState['uses'], key: PartKey): Use | undefined {
  return uses.get(key.holdId)?.find((use) => compareUses(use, key) === 0);
}

/** S2: one that is forgotten counts as never heard of. */
export function usesAt(state: CouponState, holdId: string, at: Instant): readonly Use[] {
  return (state.uses.get(holdId) ?? []).filter((use) => !isForgotten(use, at));
}

export function useAt(state: CouponState, key: PartKey, at: Instant): Use | undefined {
  const use = findUse(state.uses, key);
  return use !== undefined && !isForgotten(use, at) ? use : undefined;
}

export function isForgotten({ status, forgetAt }: Use, at: Instant): boolean {
  return (status === 'released' || status === 'given_back') && forgetAt !== null && forgetAt <= at;
}

export function* everyUse(state: CouponState): Generator<Use> {
  for (const uses of state.uses.values()) yield* uses;
}

export function buyerName(buyer: string | null): string {
  return buyer ?? '';
}

/** What counts against a buyer's limit. */
export function usesOfBuyer(state: CouponState, buyer: string | null): number {
  return (state.byBuyer.get(buyerName(buyer)) ?? 0) + (state.foldedByBuyer.get(buyerName(buyer)) ?? 0);
}

/** What counts against the limits. */
export function counted(use: Use | undefined): { readonly held: number; readonly used: number } {
  if (use?.status === 'held') return { held: use.quantity, used: 0 };
  return { held: 0, used: use?.status === 'committed' ? use.quantity : 0 };
}
