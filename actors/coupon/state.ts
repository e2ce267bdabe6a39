/**
 * What one coupon code knows: its terms and its uses.
 *
 * S1. `held` and `used` are the sums over `uses`, and `byBuyer` is the same by buyer: a decision never counts.
 * S2. `waiting` holds the names of held uses that are not asking, in the order in which they are to ask: uses are
 *     taken for about the same time, so that the first is the soonest, give or take what does not matter. `asking`
 *     holds the names of those that are.
 * S3. A committed use is remembered for ever: that is what keeps a buyer from a second one.
 */
import type { ActorId, Instant } from '../kernel/index.ts';
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
  /** null: not while it is held or committed. */
  readonly forgetAt: Instant | null;
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
  readonly byBuyer: Map<string, number>;
  readonly uses: Map<string, Use>;
  readonly waiting: Set<string>;
  readonly asking: Set<string>;
  /** Names of uses that will be forgotten, about in the order in which they may be. */
  readonly ended: Set<string>;
  /** Oldest first. */
  remembered: readonly Remembered[];
}

export const couponLimits = {
  /** Uses in memory; beyond that nothing new is taken. */
  usesMax: 1_000_000,
  definitionsMax: 100,
} as const;

export function initialState(id: ActorId): CouponState {
  return {
    id,
    version: 0,
    terms: null,
    held: 0,
    used: 0,
    byBuyer: new Map(),
    uses: new Map(),
    waiting: new Set(),
    asking: new Set(),
    ended: new Set(),
    remembered: [],
  };
}

/** Two numbers last, so that the text is unambiguous. */
export function useName({ holdId, generation, attempt }: PartKey): string {
  return `${holdId}/${generation}/${attempt}`;
}

export function useKeyOf(name: string): PartKey {
  const [, holdId, generation, attempt] = /^(.*)\/(\d+)\/(\d+)$/.exec(name) ?? [];
  return { holdId: holdId ?? '', generation: Number(generation), attempt: Number(attempt) };
}

/** A use that is forgotten counts as never heard of. */
export function useAt(state: CouponState, key: PartKey, at: Instant): Use | undefined {
  const use = state.uses.get(useName(key));
  return use !== undefined && (use.forgetAt === null || use.forgetAt > at) ? use : undefined;
}

export function buyerName(buyer: string | null): string {
  return buyer ?? '';
}

/** What counts against the limits. */
export function counted(use: Use | undefined): { readonly held: number; readonly used: number } {
  if (use?.status === 'held') return { held: use.quantity, used: 0 };
  return { held: 0, used: use?.status === 'committed' ? use.quantity : 0 };
}
