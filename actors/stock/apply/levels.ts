/** Levels and sales after an event: deltas made so, and asserted (I1). */
import type { Undo } from '../../kernel/index.ts';
import { assert } from '../../kernel/index.ts';
import { putSale } from '../book.ts';
import type { LocationQuantity } from '../commands.ts';
import type { StockEvent } from '../events.ts';
import { assertLevel, byLocation, findLevel, projectedLevels, unitsAt } from '../levels.ts';
import type { LevelDelta } from '../levels.ts';
import { absorbedLine, findPart } from '../state.ts';
import type { Sale, StockState } from '../state.ts';

/** The inverse stands with the other scalars: `levels` is replaced as a whole. */
export function applyLevels(state: StockState, deltas: readonly LevelDelta[]): void {
  if (deltas.length === 0) return;
  state.levels = projectedLevels(state.levels, deltas, state.settings.safetyStock);
  for (const delta of deltas) assertLevel(findLevel(state.levels, delta.location)!);
}

/** Called before the holds change: what a hold had taken from a sale is read from its line. */
export function applySales(state: StockState, event: StockEvent, deltas: readonly LevelDelta[], undo: Undo): void {
  for (const [name, held] of heldBySale(state, event)) changeSale(state, name, [], held, undo);
  if (event.type === 'stock.allotted') openSale(state, event.sale, undo);
  const changes = new Map<string, LocationQuantity[]>();
  for (const delta of deltas) {
    if (delta.field !== 'allotted' || delta.sale === undefined) continue;
    const list = changes.get(delta.sale) ?? [];
    list.push({ location: delta.location, quantity: delta.by });
    changes.set(delta.sale, list);
  }
  for (const [name, units] of changes) changeSale(state, name, units, 0, undo);
  if (event.type === 'stock.takenBack' && event.closes) closeSale(state, event.sale, undo);
}

const unknownSale: Sale = { open: false, units: [], held: 0 };

function openSale(state: StockState, name: string, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  if (!sale.open) putSale(state, name, { ...sale, open: true }, undo);
}

function closeSale(state: StockState, name: string, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  assert(sale.units.every((unit) => unit.quantity === 0), 'a sale closes empty');
  putSale(state, name, { open: false, units: [], held: sale.held }, undo);
}

function changeSale(state: StockState, name: string, changes: readonly LocationQuantity[], held: number, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  const units = changes.reduce(withChange, sale.units);
  const after = { open: sale.open, units, held: sale.held + held };
  assert(after.held >= 0, 'units held from a sale are never negative');
  for (const unit of units) assert(unit.quantity >= 0, 'units allotted to a sale are never negative');
  putSale(state, name, after, undo);
}

/** A location the sale has had stays, with 0, until the sale closes: its row is there. */
function withChange(units: readonly LocationQuantity[], change: LocationQuantity): readonly LocationQuantity[] {
  const others = units.filter((unit) => unit.location !== change.location);
  return [...others, { location: change.location, quantity: unitsAt(units, change.location) + change.quantity }].sort(byLocation);
}

/** By how much the units in live lines of each sale change. */
function heldBySale(state: StockState, event: StockEvent): ReadonlyMap<string, number> {
  const changes = new Map<string, number>();
  const add = (sale: string | null | undefined, units: number) => {
    if (sale !== null && sale !== undefined) changes.set(sale, (changes.get(sale) ?? 0) + units);
  };
  const ended = endedLineOf(state, event);
  const line = ended === undefined ? undefined : state.holds?.lines.get(ended);
  if (line !== undefined) add(line.sale, -line.quantity);
  if (event.type === 'stock.held') add(event.sale, event.quantity);
  return changes;
}

/** The line this event ends or sells. */
function endedLineOf(state: StockState, event: StockEvent): string | undefined {
  switch (event.type) {
    case 'stock.held':
      return event.replaces;
    case 'stock.released':
    case 'stock.expired':
    case 'stock.committed':
      return event.holdId;
    case 'part.released':
      return event.expires;
    case 'part.committed': {
      const part = findPart(state, event);
      return part === undefined ? undefined : absorbedLine(state, part)?.holdId;
    }
    default:
      return undefined;
  }
}
