/**
 * The `coupon` actor: the uses of one code, held and committed like stock, so that a use is neither had twice nor lost
 * with an abandoned checkout.
 *
 *     take ─▶ held ─commit─▶ committed ─give back (a canceled order)─▶ given back
 *               │ └─past checkAt: asks its hold, and does what it says
 *               └─release─▶ released
 *
 * C1. At most `usesMax` uses are held and committed together, at most `usesPerBuyerMax` by one buyer, whatever happens
 *     at once: there is one owner and one order of decisions.
 * C2. A use has no expiry of its own: its hold has. No use outlives its hold (H2 of `hold`).
 * C3. What a code keeps in memory follows what lives, not what was ever sold: a day after its commit a use is folded
 *     into counts (S3, S4 of `state.ts`), and what is read back is what is kept.
 */
import type { ActorDefinition } from '../kernel/index.ts';
import { apply } from './apply.ts';
import { initialState } from './book.ts';
import type { CouponCommand, CouponRefusal, CouponReplyAny } from './commands.ts';
import { decide } from './decide.ts';
import { answered, deadline, pending } from './effects.ts';
import type { CouponEvent } from './events.ts';
import { broken, forbids } from './laws.ts';
import { canonical, couponTables, load, rows } from './rows.ts';
import type { CouponState } from './state.ts';

export * from './commands.ts';

export const couponDefinition: ActorDefinition<CouponState, CouponCommand, CouponEvent, CouponReplyAny, CouponRefusal> = {
  kind: 'coupon',
  format: 1,
  tables: couponTables,
  initial: initialState,
  decide,
  apply,
  deadline,
  tick: { type: 'tick' },
  pending,
  answered,
  rows,
  load,
  view: () => null,
  canonical,
  broken,
  forbids,
};
