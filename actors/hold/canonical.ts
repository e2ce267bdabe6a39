/** The whole state in one order, whatever order its maps were filled in: what two folds are compared by. */
import { holdLimits, type Instant, type Json } from '../kernel/index.ts';
import { toJson } from './rows.ts';
import { partId, type HoldState } from './state.ts';

export function canonical(state: HoldState, at: Instant): Json {
  const { id, parts, owed, outcomes, ...fields } = state;
  const remembered = outcomes.filter((outcome) => outcome.at >= at - holdLimits.holdRepeatHorizonMs);
  return sortKeys({
    ...(toJson(fields) as Record<string, Json>),
    holdId: id.id,
    store: id.store,
    parts: [...parts.values()].sort((a, b) => (partId(a) < partId(b) ? -1 : 1)).map(toJson),
    owed: [...owed.keys()].sort(),
    outcomes: remembered.map(toJson),
  });
}

/** JSON columns come back with their keys in another order; that is no difference. */
function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sortKeys(inner)]));
}
