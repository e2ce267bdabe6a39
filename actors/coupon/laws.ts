/**
 * What must be true of every state of a coupon, and what no event may do.
 *
 * L1. The sums are the sums (S1), and the indexes know what is due first: every held use waits or asks.
 * L2. I2 for coupons: no take goes beyond the uses there are, nor beyond a buyer's own.
 */
import type { Instant } from '../kernel/index.ts';
import type { CouponEvent } from './events.ts';
import { buyerName, counted, type CouponState, everyUse, useName, usesOfBuyer } from './state.ts';

export function broken(state: CouponState): readonly string[] {
  return [...brokenSums(state), ...brokenIndexes(state)];
}

function brokenSums(state: CouponState): string[] {
  const wrong: string[] = [];
  const byBuyer = new Map<string, number>();
  let [held, used, count, foldedCounted] = [0, state.folded, 0, 0];
  for (const use of everyUse(state)) {
    count += 1;
    const counts = counted(use);
    held += counts.held;
    used += counts.used;
    const both = counts.held + counts.used;
    if (both > 0) byBuyer.set(buyerName(use.buyer), (byBuyer.get(buyerName(use.buyer)) ?? 0) + both);
  }
  if (held !== state.held || used !== state.used) wrong.push(`${held} held and ${used} used, the sums say ${state.held} and ${state.used}`);
  if (count !== state.useCount) wrong.push(`${count} uses are known, the count says ${state.useCount}`);
  for (const [buyer, has] of state.byBuyer) if (byBuyer.get(buyer) !== has) wrong.push(`buyer ${buyer} is said to have ${has} uses`);
  if (byBuyer.size !== state.byBuyer.size) wrong.push('a buyer with uses is not counted');
  for (const has of state.foldedByBuyer.values()) foldedCounted += has;
  if (foldedCounted > state.folded) wrong.push(`${foldedCounted} folded uses are counted by buyer, ${state.folded} in all`);
  return wrong;
}

function brokenIndexes(state: CouponState): string[] {
  const wrong: string[] = [];
  let [checks, folds, endings, asking] = [Infinity, Infinity, Infinity, 0];
  for (const use of everyUse(state)) {
    const { status, checkAt, forgetAt } = use;
    if (use.asking !== state.asking.has(useName(use))) wrong.push(`use ${useName(use)} is asking, or not, against what the index says`);
    if (use.asking) asking += 1;
    else if (status === 'held') checks = Math.min(checks, checkAt);
    else if (status === 'committed') folds = Math.min(folds, forgetAt!);
    else endings = Math.min(endings, forgetAt!);
  }
  for (const [what, heap, first] of [
    ['to ask', state.checks, checks],
    ['to be folded', state.folds, folds],
    ['to be forgotten', state.endings, endings],
  ] as const)
    if ((heap.first()?.instant ?? Infinity) !== first) wrong.push(`the first use ${what} is due at ${first}, the index says otherwise`);
  if (asking !== state.asking.size) wrong.push(`${state.asking.size} uses are said to ask, ${asking} do`);
  return wrong;
}

/** L2 */
export function forbids(state: CouponState, event: CouponEvent, _at: Instant): readonly string[] {
  if (event.type !== 'use.taken') return [];
  const { terms } = state;
  if (terms === null) return ['a use of a code nobody defined'];
  const wrong: string[] = [];
  const taken = state.held + state.used + event.quantity;
  if (terms.usesMax !== null && taken > terms.usesMax) wrong.push(`${taken} uses of ${terms.usesMax}`);
  const has = usesOfBuyer(state, event.buyer) + event.quantity;
  if (terms.usesPerBuyerMax !== null && has > terms.usesPerBuyerMax) wrong.push(`one buyer has ${has} uses of ${terms.usesPerBuyerMax}`);
  return wrong;
}
