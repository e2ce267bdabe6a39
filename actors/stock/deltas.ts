/**
 * What an event does to the levels: the one place where units move. `decide` projects these to answer and
 * to say what they mean; `apply` makes them so. Pure, reads the state as it is before the event.
 *
 * D1. A live part stands for max(its own units, the units of the line it absorbed), per location: counted
 *     once, and enough to give the line back its own when the part is released.
 * D2. Units of a line taken from a sale go back to that sale while it is open, else to available.
 */
import { unreachable } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import type { Piece, StockEvent } from './events.ts';
import { firstUnits, unitsAt } from './levels.ts';
import type { LevelDelta, LevelField } from './levels.ts';
import { absorbedLine, findPart, saleIsOpen } from './state.ts';
import type { Line, Part, StockState } from './state.ts';

class Deltas {
  readonly list: LevelDelta[] = [];

  add(location: string, field: LevelField, by: number): void {
    if (by !== 0) this.list.push({ location, field, by });
  }

  all(field: LevelField, sign: 1 | -1, allocations: readonly LocationQuantity[]): void {
    for (const { location, quantity } of allocations) this.add(location, field, sign * quantity);
  }

  allotted(sale: string, sign: 1 | -1, allocations: readonly LocationQuantity[]): void {
    for (const { location, quantity } of allocations) {
      if (quantity !== 0) this.list.push({ location, field: 'allotted', by: sign * quantity, sale });
    }
  }
}

function line(state: StockState, holdId: string | undefined): Line | undefined {
  return holdId === undefined ? undefined : state.holds?.lines.get(holdId);
}

/** A line lets go of units it does not sell (D2). */
function giveBack(state: StockState, deltas: Deltas, ended: Line): void {
  deltas.all('held', -1, ended.allocations);
  if (saleIsOpen(state, ended.sale)) deltas.allotted(ended.sale, 1, ended.allocations);
}

/** D1. */
export function unitsStoodFor(allocations: readonly LocationQuantity[], absorbed: Line | undefined): readonly LocationQuantity[] {
  if (absorbed === undefined) return allocations;
  const units = allocations.map(({ location, quantity }) => ({
    location,
    quantity: Math.max(quantity, unitsAt(absorbed.allocations, location)),
  }));
  for (const own of absorbed.allocations) if (unitsAt(allocations, own.location) === 0) units.push(own);
  return units;
}

function changeOfPart(deltas: Deltas, before: readonly LocationQuantity[], after: readonly LocationQuantity[]): void {
  deltas.all('held', -1, before);
  deltas.all('held', 1, after);
}

function commitPart(state: StockState, deltas: Deltas, part: Part): void {
  const absorbed = absorbedLine(state, part);
  deltas.all('held', -1, unitsStoodFor(part.allocations, absorbed));
  deltas.all('committed', 1, part.allocations);
  if (absorbed === undefined || !saleIsOpen(state, absorbed.sale)) return;
  const surplus = absorbed.allocations.map(({ location, quantity }) => ({
    location,
    quantity: Math.max(0, quantity - unitsAt(part.allocations, location)),
  }));
  deltas.allotted(absorbed.sale, 1, surplus);
}

function pieces(deltas: Deltas, list: readonly Piece[], ships: boolean): void {
  for (const piece of list) {
    deltas.all('committed', -1, piece.units);
    if (ships) deltas.all('shipped', -1, piece.units);
  }
}

function configure(state: StockState, deltas: Deltas, safetyStock: Readonly<Record<string, number>> | undefined): void {
  if (safetyStock === undefined) return;
  for (const level of state.levels) deltas.add(level.location, 'safetyStock', (safetyStock[level.location] ?? 0) - level.safetyStock);
}

function addEvent(state: StockState, deltas: Deltas, event: StockEvent): void {
  switch (event.type) {
    case 'stock.received':
      deltas.add(event.location, 'received', event.quantity);
      return deltas.add(event.location, 'incoming', -event.expected);
    case 'stock.adjusted':
      return deltas.add(event.location, 'adjusted', event.delta);
    case 'stock.counted':
      // also when nothing changed: counting 0 units at a new location makes it known
      deltas.list.push({ location: event.location, field: 'adjusted', by: event.delta });
      return undefined;
    case 'stock.transferred':
      deltas.add(event.from, 'transferred', -event.quantity);
      return deltas.add(event.to, 'transferred', event.quantity);
    case 'stock.returned':
      deltas.add(event.location, 'returned', event.quantity);
      return deltas.add(event.location, 'damaged', event.condition === 'damaged' ? event.quantity : 0);
    case 'stock.expected':
      return deltas.add(event.location, 'incoming', event.delta);
    case 'stock.configured':
      return configure(state, deltas, event.settings.safetyStock);
    case 'stock.held': {
      const replaced = line(state, event.replaces);
      if (replaced !== undefined) giveBack(state, deltas, replaced);
      if (event.sale !== undefined) deltas.allotted(event.sale, -1, event.allocations);
      return deltas.all('held', 1, event.allocations);
    }
    case 'stock.released':
    case 'stock.expired': {
      const ended = line(state, event.holdId);
      return ended === undefined ? undefined : giveBack(state, deltas, ended);
    }
    case 'stock.committed': {
      const sold = line(state, event.holdId);
      deltas.all('held', -1, sold?.allocations ?? []);
      return deltas.all('committed', 1, sold?.allocations ?? []);
    }
    case 'stock.fulfilled':
      return pieces(deltas, event.pieces, true);
    case 'stock.uncommitted':
      return pieces(deltas, event.pieces, false);
    case 'stock.allotted':
      return deltas.allotted(event.sale, 1, event.allocations);
    case 'stock.takenBack':
      return deltas.allotted(event.sale, -1, event.allocations);
    case 'part.taken': {
      const absorbed = line(state, event.absorbs);
      return changeOfPart(deltas, absorbed?.allocations ?? [], unitsStoodFor(event.allocations, absorbed));
    }
    case 'part.released':
    case 'part.shrunk':
    case 'part.committed':
      return addPartEvent(state, deltas, event);
    case 'part.forestalled':
    case 'part.asked':
    case 'part.kept':
    case 'stock.extended':
    case 'stock.paused':
    case 'stock.resumed':
      return undefined;
    default:
      return unreachable(event);
  }
}

function addPartEvent(
  state: StockState,
  deltas: Deltas,
  event: Extract<StockEvent, { type: 'part.released' | 'part.shrunk' | 'part.committed' }>,
): void {
  const part = findPart(state, event);
  if (part === undefined) return;
  if (event.type === 'part.committed') return commitPart(state, deltas, part);
  const absorbed = absorbedLine(state, part);
  const before = unitsStoodFor(part.allocations, absorbed);
  if (event.type === 'part.shrunk')
    return changeOfPart(deltas, before, unitsStoodFor(firstUnits(part.allocations, event.quantity), absorbed));
  changeOfPart(deltas, before, absorbed?.allocations ?? []);
  if (absorbed !== undefined && event.expires !== undefined) giveBack(state, deltas, absorbed);
}

/** The usual hold: new units from one location's available. Null: the event is any other. */
function usualHold(event: StockEvent): readonly LevelDelta[] | null {
  if (event.type !== 'stock.held' || event.replaces !== undefined || event.sale !== undefined) return null;
  const only = event.allocations[0];
  if (only === undefined || event.allocations.length > 1 || only.quantity === 0) return null;
  return [{ location: only.location, field: 'held', by: only.quantity }];
}

export function deltasOf(state: StockState, event: StockEvent): readonly LevelDelta[] {
  return usualHold(event) ?? allDeltasOf(state, event);
}

/** What `deltasOf` says, worked out for any event alike. */
export function allDeltasOf(state: StockState, event: StockEvent): readonly LevelDelta[] {
  const deltas = new Deltas();
  addEvent(state, deltas, event);
  return deltas.list;
}
