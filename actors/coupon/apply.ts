/**
 * What each event does to a coupon. Changes the state in place and records every inverse.
 *
 * A1. Every event adds exactly 1 to `version`.
 * A2. `put` alone changes uses, and with them the sums that stand for them (S1).
 * A3. What may be forgotten is forgotten a few at a time, whenever something else happens: memory follows what lives.
 */
import { assert, holdLimits, type Instant, type Undo, unreachable } from '../kernel/index.ts';
import type { PartKey } from '../stock/commands.ts';
import type { CouponEvent } from './events.ts';
import { buyerName, counted, couponLimits, type CouponState, type Use, useName } from './state.ts';

const forgottenAtOnceMax = 4;

export function apply(state: CouponState, event: CouponEvent, at: Instant, undo: Undo): CouponState {
  set(state, undo, { version: state.version + 1 });
  forgetSome(state, at, undo);
  switch (event.type) {
    case 'defined':
      return defined(state, event, at, undo);
    case 'use.taken': {
      const { type: _, ...use } = event;
      return put(state, { ...use, status: 'held', asking: false, forgetAt: null }, undo);
    }
    case 'use.forestalled': {
      const { holdId, generation, attempt, until } = event;
      const tombstone = { holdId, generation, attempt, buyer: null, quantity: 0, status: 'released', checkAt: at, asking: false } as const;
      return put(state, { ...tombstone, notAfter: until, forgetAt: until }, undo);
    }
    case 'use.released': {
      const use = liveUse(state, event);
      const forgetAt = Math.max(at + holdLimits.holdRepeatHorizonMs, use.notAfter + holdLimits.tombstoneSkewMs);
      return put(state, { ...use, status: 'released', asking: false, forgetAt }, undo);
    }
    case 'use.shrunk':
      return put(state, { ...liveUse(state, event), quantity: event.quantity }, undo);
    case 'use.committed':
      return put(state, { ...liveUse(state, event), status: 'committed', asking: false }, undo);
    case 'use.given_back': {
      const use = state.uses.get(useName(event));
      assert(use?.status === 'committed', 'only a committed use is given back');
      return put(state, { ...use, status: 'given_back', forgetAt: at + holdLimits.commandRepeatHorizonMs }, undo);
    }
    case 'use.asked':
      return put(state, { ...liveUse(state, event), asking: true }, undo);
    case 'use.kept':
      return put(state, { ...liveUse(state, event), asking: false, checkAt: event.checkAt }, undo);
    default:
      return unreachable(event);
  }
}

function defined(state: CouponState, event: Extract<CouponEvent, { type: 'defined' }>, at: Instant, undo: Undo): CouponState {
  const { commandId, fingerprint, terms } = event;
  const horizon = at - holdLimits.commandRepeatHorizonMs;
  const kept = state.remembered.filter((each) => each.at >= horizon).slice(-(couponLimits.definitionsMax - 1));
  return set(state, undo, { terms, remembered: [...kept, { commandId, fingerprint, at }] });
}

function liveUse(state: CouponState, key: PartKey): Use {
  const use = state.uses.get(useName(key));
  assert(use?.status === 'held', `use ${useName(key)} is not held`);
  return use;
}

type Fields = { -readonly [K in 'version' | 'terms' | 'held' | 'used' | 'remembered']?: CouponState[K] };

function set(state: CouponState, undo: Undo, fields: Fields): CouponState {
  const before: Fields = {};
  for (const name of Object.keys(fields) as (keyof Fields)[]) Object.assign(before, { [name]: state[name] });
  undo.record(() => Object.assign(state, before));
  return Object.assign(state, fields);
}

/** A2 */
export function put(state: CouponState, use: Use, undo: Undo): CouponState {
  const before = state.uses.get(useName(use));
  undo.record(() => replace(state, useName(use), use, before));
  replace(state, useName(use), before, use);
  return state;
}

/** Its own inverse with before and after the other way round. */
function replace(state: CouponState, name: string, before: Use | undefined, after: Use | undefined): void {
  for (const [use, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (use === undefined) continue;
    const { held, used } = counted(use);
    state.held += sign * held;
    state.used += sign * used;
    const buyer = buyerName(use.buyer);
    const has = (state.byBuyer.get(buyer) ?? 0) + sign * (held + used);
    if (has === 0) state.byBuyer.delete(buyer);
    else state.byBuyer.set(buyer, has);
  }
  state.waiting.delete(name);
  state.asking.delete(name);
  state.ended.delete(name);
  if (after === undefined) state.uses.delete(name);
  else state.uses.set(name, after);
  if (after?.status === 'held') (after.asking ? state.asking : state.waiting).add(name);
  if (after !== undefined && after.forgetAt !== null) state.ended.add(name);
}

/** A3 */
function forgetSome(state: CouponState, at: Instant, undo: Undo): void {
  let looked = 0;
  for (const name of state.ended) {
    const use = state.uses.get(name);
    if (use === undefined || use.forgetAt === null || use.forgetAt > at || ++looked > forgottenAtOnceMax) return;
    undo.record(() => replace(state, name, undefined, use));
    replace(state, name, use, undefined);
  }
}
