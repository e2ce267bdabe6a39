/** What time brings: lines expire, parts ask after their hold. One decision ends a bounded number. */
import { holdLimits } from '../../kernel/index.ts';
import type { Instant } from '../../kernel/index.ts';
import type { StockEvent } from '../events.ts';
import { availableOfAll } from '../levels.ts';
import { partKeyOf } from '../state.ts';
import type { StockState } from '../state.ts';
import { accepted, levelsAfter, withFacts } from './shared.ts';
import type { StockDecision } from './shared.ts';

export function decideTick(state: StockState, at: Instant): StockDecision {
  const book = state.holds;
  if (book === null) return accepted([], { type: 'tick' });
  const max = holdLimits.endingsPerTickMax;
  const expired: readonly StockEvent[] = book.expiries.due(at, max).map((holdId) => ({ type: 'stock.expired', holdId }));
  const asked: readonly StockEvent[] = book.checks
    .due(at, max - expired.length)
    .map((name) => ({ type: 'part.asked', ...partKeyOf(name) }));
  return accepted([...asked, ...expiredWithFacts(state, expired)], { type: 'tick' });
}

function expiredWithFacts(state: StockState, expired: readonly StockEvent[]): readonly StockEvent[] {
  // units only come back here: worth telling only when there were none
  if (expired.length === 0 || availableOfAll(state.levels) > 0) return expired;
  return withFacts(state, expired, levelsAfter(state, expired));
}
