/**
 * The `order` actor: the checkout saga while it is young, and the order's whole life after that.
 *
 *     place ─▶ cart ─▶ hold ─▶ quote ─▶ intent ─▶ confirm ─▶ commit ─▶ number ─▶ confirmed ─▶ (capture, ship, return …)
 *                │       │        │        │         │ ▲        │                    │
 *                │       │        │        │       buyer (3-D Secure, declined)      │ cancel before shipping
 *                ▼       ▼        ▼        ▼         ▼          ▼                    ▼
 *             undoing: what is still out there is asked back, each by its exact id ─▶ failed (attempt n+1 may be placed)
 *                                                                                 ─▶ canceled
 *
 * O1. It owns no units, no prices and no money: it asks the cart, the hold, pricing, payments and the store, and
 *     remembers what they answered. Client, webhook and timer are all only messages to it.
 * O2. Never confirms a payment without a live hold, never captures before the commit, never takes a number before it.
 * O3. Going back is derived from facts, not from a list of steps: see `apply/undoing.ts`. Nothing asked is abandoned
 *     before it has answered.
 * O4. Whoever waits hears one verdict: confirmed, something to do, or refused with everything given back. Only where
 *     a store keeps units on a decline does that refusal come with a live hold, until `payBy`; elsewhere paying
 *     otherwise takes them again.
 * O5. Money that comes too late takes units again if it was only time that ran out, or goes back.
 * O6. Every state has a deadline, owes something, or is final (I9); `laws.ts` says so in code.
 * O7. A message that comes again moves nothing, for ever: an attempt is made once, and a failed order is placed again
 *     only by who names the next one.
 * O8. One order tries at most `paymentTriesMax` payments, over all attempts: it is no tool to find out which cards are good.
 *
 * The hold is taken for the whole time in which the buyer may pay plus a margin for the last look and the commit: it is
 * extended only when somebody pays again with little of that time left. Each taking has an id of its own,
 * `hold_<uuid>`, then `hold_<uuid>-2` …. Units of one SKU and nothing else are an ordinary hold of one line, asked of the
 * SKU's `stock`; everything else is asked of the `hold` actor. Either way a take that was refused is not reopened by a
 * message that was long on its way: the `hold` actor is asked `once`, and of the stock a refused hold is let go.
 */
import type { ActorDefinition } from '../kernel/index.ts';
import { apply } from './apply.ts';
import { canonical } from './canonical.ts';
import type { OrderCommand, OrderRefusal, OrderReplyAny } from './commands.ts';
import { decide } from './decide.ts';
import { answered, deadline, pending } from './effects.ts';
import type { OrderEvent } from './events.ts';
import { broken, forbids } from './laws.ts';
import { load } from './load.ts';
import { viewOf } from './reply.ts';
import { orderTables, rows } from './rows.ts';
import { initialState, type OrderState } from './state.ts';

export * from './commands.ts';
export type { OrderEvent } from './events.ts';
export * from './outside.ts';
export type { OrderState } from './state.ts';

export const orderDefinition: ActorDefinition<OrderState, OrderCommand, OrderEvent, OrderReplyAny, OrderRefusal> = {
  kind: 'order',
  restsInRows: true,
  format: 2,
  tables: orderTables,
  initial: initialState,
  decide,
  apply,
  deadline,
  tick: { type: 'tick' },
  pending,
  answered,
  rows,
  load,
  view: viewOf,
  canonical,
  broken,
  forbids,
};
