/** Timers and debts of a coupon, derived from its state: when to ask, and which questions are open. */
import { actorId, type Effect, type EffectOutcome, type Instant } from '../kernel/index.ts';
import type { PartVerdict } from '../stock/commands.ts';
import type { CouponCommand } from './commands.ts';
import { type CouponState, findUse, type Use, useKeyOf, useName } from './state.ts';

/** O(log n), amortised: entries that are not true any more are dropped on the way. */
export function deadline(state: CouponState): Instant | null {
  return state.checks.first()?.instant ?? null;
}

const questionPrefix = 'askHold:';

/** In one order, whichever way the state came about. */
export function pending(state: CouponState): readonly Effect[] {
  if (state.asking.size === 0) return [];
  return [...state.asking].sort().flatMap((name) => {
    const use = findUse(state.uses, useKeyOf(name));
    return use === undefined ? [] : [questionOf(state, use)];
  });
}

function questionOf(state: CouponState, use: Use): Effect {
  const { holdId, generation, attempt } = use;
  const command = { type: 'askHold', kind: 'coupon', sku: state.id.id, holdId, generation, attempt } as const;
  return { id: questionPrefix + useName(use), to: actorId('hold', state.id.store, holdId), command, notAfter: null };
}

/** A hold nobody knows has no part: release. Any other refusal is no answer, and the question stays owed. */
export function answered(effect: Effect, outcome: EffectOutcome): CouponCommand {
  const key = useKeyOf(effect.id.slice(questionPrefix.length));
  if ('refusal' in outcome)
    return outcome.refusal.code === 'hold_unknown' ? { type: 'partVerdict', ...key, verdict: { kind: 'release' } } : { type: 'tick' };
  const { type, verdict } = outcome.reply as { readonly type?: unknown; readonly verdict?: PartVerdict };
  return type === 'verdict' && verdict !== undefined ? { type: 'partVerdict', ...key, verdict } : { type: 'tick' };
}
