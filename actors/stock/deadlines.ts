/** Timers and debts, derived from the state (I8, I9): when to tick, and which questions are open. */
import { actorId, assert } from '../kernel/index.ts';
import type { Effect, EffectOutcome, Instant } from '../kernel/index.ts';
import type { PartVerdict, StockCommand } from './commands.ts';
import { findPart, partKeyOf, partName } from './state.ts';
import type { StockState } from './state.ts';

/** O(log n), amortised: entries that are not true any more are dropped on the way. */
export function stockDeadline(state: StockState): Instant | null {
  const book = state.holds;
  if (book === null) return null;
  const expiry = book.expiries.firstInstant();
  const check = book.checks.firstInstant();
  if (expiry === null || check === null) return expiry ?? check;
  return Math.min(expiry, check);
}

const questionPrefix = 'askHold:';

/** One question per part past its `checkAt`, in one order. It is never too late to ask. */
export function stockPending(state: StockState): readonly Effect[] {
  const book = state.holds;
  if (book === null || book.asking.size === 0) return [];
  const effects: Effect[] = [];
  for (const name of [...book.asking].sort()) {
    const part = findPart(state, partKeyOf(name));
    if (part?.status !== 'held' || !part.asking) {
      book.asking.delete(name);
      continue;
    }
    const { holdId, generation, attempt } = part;
    const command = { type: 'askHold', sku: state.sku, holdId, generation, attempt } as const;
    effects.push({ id: `${questionPrefix}${partName(part)}`, to: actorId('hold', state.store, holdId), command, notAfter: null });
  }
  return effects;
}

/** A hold nobody knows has no part: release. Any other refusal is no answer, and the question stays owed. */
export function stockAnswered(effect: Effect, outcome: EffectOutcome): StockCommand {
  assert(effect.id.startsWith(questionPrefix), 'stock owes questions alone');
  const key = partKeyOf(effect.id.slice(questionPrefix.length));
  if ('refusal' in outcome) {
    return outcome.refusal.code === 'hold_unknown' ? { type: 'partVerdict', ...key, verdict: { kind: 'release' } } : { type: 'tick' };
  }
  const verdict = verdictOf(outcome.reply);
  return verdict === null ? { type: 'tick' } : { type: 'partVerdict', ...key, verdict };
}

function verdictOf(reply: unknown): PartVerdict | null {
  if (typeof reply !== 'object' || reply === null) return null;
  const { type, verdict } = reply as { readonly type?: unknown; readonly verdict?: PartVerdict };
  return type === 'verdict' && verdict !== undefined ? verdict : null;
}
