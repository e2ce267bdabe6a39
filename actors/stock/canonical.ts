/** A state as plain JSON in one order: what two folds are compared by. What is forgotten at `at` is left out. */
import type { Instant, Json } from '../kernel/index.ts';
import { isForgottenOutcome } from './book.ts';
import { isForgotten, partName } from './state.ts';
import type { StockState } from './state.ts';

/** Also puts the keys of objects in order. `undefined` does not occur: absent things are null. */
function sorted(value: unknown): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value as Json;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function byName(entries: readonly (readonly [string, unknown])[]): Json {
  return sorted(Object.fromEntries(entries));
}

export function canonicalStock(state: StockState, at: Instant): Json {
  const lines = [...(state.holds?.lines.values() ?? [])].filter((line) => !isForgotten(line, at));
  const parts = [...(state.holds?.parts.values() ?? [])].flat().filter((part) => !isForgotten(part, at));
  const outcomes = [...(state.outcomes?.byCommand ?? [])].filter(([, outcome]) => !isForgottenOutcome(outcome, at));
  return {
    version: state.version,
    countVersion: state.countVersion,
    paused: state.paused,
    settings: sorted(state.settings),
    levels: sorted(state.levels),
    lines: byName(lines.map((line) => [line.holdId, line])),
    parts: byName(parts.map((part) => [partName(part), part])),
    sales: byName([...state.sales]),
    outcomes: byName(
      outcomes.map(([commandId, { fingerprint, reply, at: decidedAt, version }]) => [
        commandId,
        { fingerprint, reply: JSON.parse(reply), at: decidedAt, version },
      ]),
    ),
  };
}
