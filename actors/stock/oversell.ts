/**
 * I2 as a law of one event: with policy `deny` nothing that takes units leaves available below 0 at a place
 * it took them from. Asked by `verify` of every event in the log. Works from the event and the levels before
 * it, not from the deltas that `decide` and `apply` share, so that it can find them wrong.
 */
import type { LocationQuantity } from './commands.ts';
import type { StockEvent } from './events.ts';
import { availableOf, findLevel, unitsAt } from './levels.ts';
import type { Line, StockState } from './state.ts';

export function oversellOf(state: StockState, event: StockEvent): readonly string[] {
  if (state.settings.policy !== 'deny') return [];
  switch (event.type) {
    case 'stock.held':
      return event.sale === undefined ? beyond(state, event.allocations, liveLine(state, event.replaces)) : [];
    case 'part.taken':
      return beyond(state, event.allocations, liveLine(state, event.absorbs));
    case 'stock.allotted':
      return beyond(state, event.allocations, undefined);
    default:
      return [];
  }
}

/** `own`: a hold of the same buyer whose units count for the new one. */
function beyond(state: StockState, taken: readonly LocationQuantity[], own: Line | undefined): readonly string[] {
  return taken.flatMap(({ location, quantity }) => {
    const level = findLevel(state.levels, location);
    const available = (level === undefined ? 0 : availableOf(level)) + unitsAt(own?.allocations ?? [], location);
    const short = quantity - available;
    return short > 0 ? [`oversold: ${quantity} units taken at ${location} where ${available} were available (I2)`] : [];
  });
}

/** Units of a sale are not available to others, not even to their own buyer. */
function liveLine(state: StockState, holdId: string | undefined): Line | undefined {
  const line = holdId === undefined ? undefined : state.holds?.lines.get(holdId);
  return line?.status === 'held' && line.sale === null ? line : undefined;
}
