/**
 * What must be true of every state of a coupon, and what no event may do.
 *
 * L1. The sums are the sums (S1), and every held use waits or asks (S2).
 * L2. I2 for coupons: no take goes beyond the uses there are, nor beyond a buyer's own.
 */
import type { Instant } from '../kernel/index.ts';
import type { CouponEvent } from './events.ts';
import { buyerName, counted, type CouponState } from './state.ts';

export function broken(state: CouponState): readonly string[] {
  const wrong: string[] = [];
  const byBuyer = new Map<string, number>();
  let [held, used, live] = [0, 0, 0];
  for (const [name, use] of state.uses) {
    const counts = counted(use);
    held += counts.held;
    used += counts.used;
    const both = counts.held + counts.used;
    if (both > 0) byBuyer.set(buyerName(use.buyer), (byBuyer.get(buyerName(use.buyer)) ?? 0) + both);
    if (use.status !== 'held') continue;
    live += 1;
    if (state.waiting.has(name) === use.asking || state.asking.has(name) !== use.asking) wrong.push(`use ${name} waits for nothing`);
  }
  if (held !== state.held || used !== state.used) wrong.push(`${held} held and ${used} used, the sums say ${state.held} and ${state.used}`);
  if (live !== state.waiting.size + state.asking.size)
    wrong.push(`${live} uses are held, ${state.waiting.size + state.asking.size} wait or ask`);
  for (const [buyer, has] of state.byBuyer) if (byBuyer.get(buyer) !== has) wrong.push(`buyer ${buyer} is said to have ${has} uses`);
  if (byBuyer.size !== state.byBuyer.size) wrong.push('a buyer with uses is not counted');
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
  const has = (state.byBuyer.get(buyerName(event.buyer)) ?? 0) + event.quantity;
  if (terms.usesPerBuyerMax !== null && has > terms.usesPerBuyerMax) wrong.push(`one buyer has ${has} uses of ${terms.usesPerBuyerMax}`);
  return wrong;
}
