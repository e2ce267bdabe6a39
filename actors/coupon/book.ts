/**
 * Remembering, folding and forgetting uses: every change of them, each with its inverse (K4), and the indexes beside them.
 *
 * B1. The map of uses is the truth. A heap may hold too much, never too little: every put, and every inverse of one,
 *     enters what it puts back. So an undo, a reload and the life before give the same deadline.
 * B2. `put` and `fold` alone change uses, and with them the sums that stand for them (S1 of state.ts).
 * B3. Memory is pruned a few entries per event, by frame time, so that replay forgets alike.
 */
import { type ActorId, assert, InstantHeap, type Instant, type Undo } from '../kernel/index.ts';
import {
  buyerName,
  compareUses,
  counted,
  couponLimits,
  type CouponState,
  findUse,
  type FoldedUse,
  isForgotten,
  type Use,
  useKeyOf,
  useName,
} from './state.ts';

/** More than one event adds, so memory shrinks under load, too. */
const forgottenAtOnceMax = 4;

export function initialState(id: ActorId): CouponState {
  const uses = new Map<string, readonly Use[]>();
  const indexed = (isHere: (use: Use, instant: Instant) => boolean): InstantHeap =>
    new InstantHeap((instant, name) => {
      const use = findUse(uses, useKeyOf(name));
      return use !== undefined && isHere(use, instant);
    });
  return {
    id,
    version: 0,
    terms: null,
    held: 0,
    used: 0,
    folded: 0,
    byBuyer: new Map(),
    foldedByBuyer: new Map(),
    uses,
    useCount: 0,
    asking: new Set(),
    checks: indexed(({ status, asking, checkAt }, instant) => status === 'held' && !asking && checkAt === instant),
    folds: indexed(({ status, forgetAt }, instant) => status === 'committed' && forgetAt === instant),
    endings: indexed(({ status, forgetAt }, instant) => status !== 'committed' && forgetAt === instant),
    remembered: [],
  };
}

/** B2 */
export function put(state: CouponState, use: Use, undo: Undo): CouponState {
  const before = findUse(state.uses, use);
  undo.record(() => replace(state, use, before));
  replace(state, before, use);
  return state;
}

function drop(state: CouponState, use: Use, undo: Undo): void {
  undo.record(() => replace(state, undefined, use));
  replace(state, use, undefined);
}

/** Its own inverse with before and after the other way round; one of them is there. */
function replace(state: CouponState, before: Use | undefined, after: Use | undefined): void {
  for (const [use, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (use === undefined) continue;
    const { held, used } = counted(use);
    state.held += sign * held;
    state.used += sign * used;
    state.useCount += sign;
    add(state.byBuyer, buyerName(use.buyer), sign * (held + used));
  }
  const key = (after ?? before)!;
  const others = (state.uses.get(key.holdId) ?? []).filter((use) => compareUses(use, key) !== 0);
  if (after === undefined && others.length === 0) state.uses.delete(key.holdId);
  else state.uses.set(key.holdId, after === undefined ? others : [...others, after]);
  state.asking.delete(useName(key));
  if (after !== undefined) index(state, after);
}

function index(state: CouponState, use: Use): void {
  const name = useName(use);
  if (use.status === 'held' && use.asking) {
    state.asking.add(name);
    return;
  }
  if (use.status === 'held') return enter(state.checks, use.checkAt, name, state.held);
  assert(use.forgetAt !== null, 'what is held no more is forgotten some day');
  if (use.status === 'committed') enter(state.folds, use.forgetAt, name, state.used - state.folded);
  else enter(state.endings, use.forgetAt, name, state.useCount);
}

/** `currentMax`: so many entries may be true, at most. */
function enter(heap: InstantHeap, instant: Instant, name: string, currentMax: number): void {
  heap.push(instant, name);
  heap.compact(currentMax);
}

function add(counts: Map<string, number>, buyer: string, by: number): void {
  const count = (counts.get(buyer) ?? 0) + by;
  assert(count >= 0, 'nobody has fewer than no uses');
  if (count === 0) counts.delete(buyer);
  else counts.set(buyer, count);
}

// --- folding ------------------------------------------------------------------------------------------------

/** S3, S4 */
export function fold(state: CouponState, { buyer, quantity, ...key }: FoldedUse, isCounted: boolean, undo: Undo): void {
  const use = findUse(state.uses, key);
  assert(use?.status === 'committed', 'only a committed use is folded');
  assert(use.quantity === quantity, 'a use is folded whole');
  drop(state, use, undo);
  countFolded(state, { buyer, quantity: isCounted ? quantity : 0, total: quantity }, undo);
}

/** One that is known by its count alone. */
export function unfold(state: CouponState, { buyer, quantity }: FoldedUse, undo: Undo): void {
  assert(state.folded >= quantity, 'nothing is given back that was not folded');
  const has = state.foldedByBuyer.get(buyerName(buyer)) ?? 0;
  countFolded(state, { buyer, quantity: -Math.min(has, quantity), total: -quantity }, undo);
}

interface FoldedCount {
  readonly buyer: string | null;
  readonly quantity: number;
  readonly total: number;
}

function countFolded(state: CouponState, { buyer, quantity, total }: FoldedCount, undo: Undo): void {
  const count = (sign: 1 | -1): void => {
    state.folded += sign * total;
    state.used += sign * total;
    add(state.foldedByBuyer, buyerName(buyer), sign * quantity);
  };
  undo.record(() => count(-1));
  count(1);
}

/** Committed uses that may be folded now: a whole batch of them, or as many as there are when memory is full. */
export function foldable(state: CouponState, at: Instant): readonly FoldedUse[] {
  const { foldBatch, foldedBuyersMax, foldAfterMs, foldAfterMinMs } = couponLimits;
  if (state.folds.size < foldBatch && !isFull(state)) return [];
  if (countsByBuyer(state) && state.foldedByBuyer.size + foldBatch > foldedBuyersMax) return [];
  const cutBy = isFull(state) ? foldAfterMs - foldAfterMinMs : 0;
  const names = state.folds.due(at + cutBy, foldBatch);
  if (names.length < foldBatch && !isFull(state)) return [];
  return names.map((name) => {
    const { holdId, generation, attempt, buyer, quantity } = findUse(state.uses, useKeyOf(name))!;
    return { holdId, generation, attempt, buyer, quantity };
  });
}

/** S4 */
export function countsByBuyer({ terms }: CouponState): boolean {
  return terms?.usesPerBuyerMax !== null;
}

export function isFull(state: CouponState): boolean {
  return state.useCount >= couponLimits.usesMax;
}

/** How long new work must wait for room when there is none. */
export function fullForMs(state: CouponState, at: Instant): number {
  const { foldAfterMs, foldAfterMinMs } = couponLimits;
  const fold = (state.folds.first()?.instant ?? Infinity) - foldAfterMs + foldAfterMinMs;
  const next = Math.min(fold, state.endings.first()?.instant ?? Infinity) - at;
  return next > 0 && next < Infinity ? next : foldAfterMinMs;
}

// --- forgetting -----------------------------------------------------------------------------------------------

/** B3 */
export function forgetSome(state: CouponState, at: Instant, undo: Undo): void {
  if (state.endings.size === 0) return;
  for (const name of state.endings.due(at, forgottenAtOnceMax)) {
    const use = findUse(state.uses, useKeyOf(name));
    assert(use !== undefined && isForgotten(use, at), `use ${name} may not be forgotten yet`);
    drop(state, use, undo);
  }
}
