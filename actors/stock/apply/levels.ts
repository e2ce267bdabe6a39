/** Levels and sales after an event: deltas made so, and asserted (I1). */
import type { Undo } from '../../kernel/index.ts';
import { assert } from '../../kernel/index.ts';
import { putSale } from '../book.ts';
import type { StockEvent } from '../events.ts';
import { assertLevel, byLocation, findLevel, projectedLevels, unitsAt } from '../levels.ts';
import type { LevelDelta } from '../levels.ts';
import { absorbedLine, findPart } from '../state.ts';
import type { Line, Sale, StockState } from '../state.ts';

/** The inverse stands with the other scalars: `levels` is replaced as a whole. */
export function applyLevels(state: StockState, deltas: readonly LevelDelta[]): void {
  if (deltas.length === 0) return;
  state.levels = projectedLevels(state.levels, deltas, state.settings.safetyStock);
  for (const delta of deltas) assertLevel(findLevel(state.levels, delta.location)!);
}

/** Called before the holds change: what a hold had taken from a sale is read from its line. */
export function applySales(state: StockState, event: StockEvent, deltas: readonly LevelDelta[], undo: Undo): void {
  if (event.type === 'stock.allotted') openSale(state, event.sale, undo);
  if (state.sales.size === 0) return;
  const line = endedLine(state, event);
  if (line !== undefined && line.sale !== null) changeHeld(state, line.sale, -line.quantity, undo);
  if (event.type === 'stock.held' && event.sale !== undefined) changeHeld(state, event.sale, event.quantity, undo);
  for (const delta of deltas) if (delta.sale !== undefined) changeUnits(state, delta.sale, delta, undo);
  if (event.type === 'stock.takenBack' && event.closes) closeSale(state, event.sale, undo);
}

const unknownSale: Sale = { open: false, units: [], held: 0 };

function openSale(state: StockState, name: string, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  if (!sale.open) putSale(state, name, { ...sale, open: true }, undo);
}

function closeSale(state: StockState, name: string, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  assert(
    sale.units.every((unit) => unit.quantity === 0),
    'a sale closes empty',
  );
  putSale(state, name, { open: false, units: [], held: sale.held }, undo);
}

function changeHeld(state: StockState, name: string, by: number, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  const held = sale.held + by;
  assert(held >= 0, 'units held from a sale are never negative');
  putSale(state, name, { ...sale, held }, undo);
}

/** A location the sale has had stays, with 0, until the sale closes: its row is there. */
function changeUnits(state: StockState, name: string, { location, by }: LevelDelta, undo: Undo): void {
  const sale = state.sales.get(name) ?? unknownSale;
  const others = sale.units.filter((unit) => unit.location !== location);
  const quantity = unitsAt(sale.units, location) + by;
  assert(quantity >= 0, 'units allotted to a sale are never negative');
  putSale(state, name, { ...sale, units: [...others, { location, quantity }].sort(byLocation) }, undo);
}

/** The line this event ends or sells. */
function endedLine(state: StockState, event: StockEvent): Line | undefined {
  const holdId = endedLineId(state, event);
  return holdId === undefined ? undefined : state.holds?.lines.get(holdId);
}

function endedLineId(state: StockState, event: StockEvent): string | undefined {
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
