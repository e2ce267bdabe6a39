/** The whole state in one order, whatever way it came about: what two folds are compared by. */
import { holdLimits, type Instant, type Json } from '../kernel/index.ts';
import { toJson } from './rows.ts';
import type { OrderState } from './state.ts';

export function canonical(state: OrderState, at: Instant): Json {
  const { id, remembered, ...fields } = state;
  const horizon = at - holdLimits.commandRepeatHorizonMs;
  return sortKeys({
    ...(toJson(fields) as Record<string, Json>),
    orderId: id.id,
    store: id.store,
    remembered: toJson(remembered.filter((each) => each.at >= horizon)),
  });
}

/** JSON columns come back with their keys in another order; that is no difference. */
function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sortKeys(inner)]));
}
