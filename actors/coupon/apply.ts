/**
 * What each event does to a coupon. Changes the state in place and records every inverse.
 *
 * A1. Every event adds exactly 1 to `version`.
 * A2. What may be forgotten is forgotten a few at a time, whenever something else happens: memory follows what lives.
 */
import { assert, holdLimits, type Instant, type Undo, unreachable } from '../kernel/index.ts';
import type { PartKey } from '../stock/commands.ts';
import { fold, forgetSome, put, unfold } from './book.ts';
import type { CouponEvent } from './events.ts';
import { couponLimits, type CouponState, findUse, type Use, useName } from './state.ts';

export function apply(state: CouponState, event: CouponEvent, at: Instant, undo: Undo): CouponState {
  set(state, undo, { version: state.version + 1 });
  forgetSome(state, at, undo); // A2
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
    case 'use.committed': {
      const use = liveUse(state, event);
      const forgetAt = Math.max(at + couponLimits.foldAfterMs, use.notAfter + holdLimits.tombstoneSkewMs);
      return put(state, { ...use, status: 'committed', asking: false, forgetAt }, undo);
    }
    case 'use.given_back':
      return givenBack(state, event, at, undo);
    case 'uses.folded':
      for (const use of event.uses) fold(state, use, event.counted, undo);
      return state;
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

function givenBack(state: CouponState, event: Extract<CouponEvent, { type: 'use.given_back' }>, at: Instant, undo: Undo): CouponState {
  const { holdId, generation, attempt, folded } = event;
  const forgetAt = at + couponLimits.giveBackRepeatHorizonMs;
  if (folded === undefined) {
    const use = findUse(state.uses, event);
    assert(use?.status === 'committed', 'only a committed use is given back');
    return put(state, { ...use, status: 'given_back', forgetAt }, undo);
  }
  const use = { holdId, generation, attempt, ...folded };
  unfold(state, use, undo);
  return put(state, { ...use, status: 'given_back', checkAt: at, asking: false, notAfter: at, forgetAt }, undo);
}

function liveUse(state: CouponState, key: PartKey): Use {
  const use = findUse(state.uses, key);
  assert(use?.status === 'held', `use ${useName(key)} is not held`);
  return use;
}

type Fields = { -readonly [K in 'version' | 'terms' | 'remembered']?: CouponState[K] };

function set(state: CouponState, undo: Undo, fields: Fields): CouponState {
  const before: Fields = {};
  for (const name of Object.keys(fields) as (keyof Fields)[]) Object.assign(before, { [name]: state[name] });
  undo.record(() => Object.assign(state, before));
  return Object.assign(state, fields);
}
