/**
 * The fold: what an event makes of the state. Total: every event ever logged can be applied (K2), and each
 * adds exactly 1 to the version (K3). Changes in place, each with its inverse (K4).
 *
 * Does not decide: what an event says is taken as it is. What must never be is asserted afterwards.
 */
import { assert } from '../kernel/index.ts';
import type { Instant, Undo } from '../kernel/index.ts';
import { applyCommand } from './apply/commands.ts';
import { applyLevels, applySales } from './apply/levels.ts';
import { applyHold } from './apply/holds.ts';
import { applyPart } from './apply/parts.ts';
import { forgetOld } from './book.ts';
import { deltasOf } from './deltas.ts';
import type { StockEvent } from './events.ts';
import type { StockState } from './state.ts';

export function applyStock(state: StockState, event: StockEvent, at: Instant, undo: Undo): StockState {
  recordScalars(state, undo);
  const deltas = deltasOf(state, event);
  applySales(state, event, deltas, undo);
  applyHold(state, event, at, undo);
  applyPart(state, event, at, undo);
  applySettings(state, event);
  applyLevels(state, deltas);
  state.version += 1; // K3
  if (changesCounts(event)) state.countVersion += 1;
  applyCommand(state, event, at, undo);
  forgetOld(state, at, undo);
  assert(state.countVersion <= state.version, 'counts change by events only');
  return state;
}

function recordScalars(state: StockState, undo: Undo): void {
  const { version, countVersion, paused, settings, levels } = state;
  undo.record(() => {
    state.version = version;
    state.countVersion = countVersion;
    state.paused = paused;
    state.settings = settings;
    state.levels = levels;
  });
}

function applySettings(state: StockState, event: StockEvent): void {
  if (event.type === 'stock.paused') state.paused = true;
  if (event.type === 'stock.resumed') state.paused = false;
  if (event.type !== 'stock.configured') return;
  state.settings = { ...state.settings, ...event.settings };
  // only a cap needs the index of buyers
  if (state.settings.perBuyerCap === null && state.holds !== null) state.holds.buyers = null;
}

/** on_hand or settings: what `If-Match` guards against. */
export function changesCounts(event: StockEvent): boolean {
  switch (event.type) {
    case 'stock.received':
    case 'stock.adjusted':
    case 'stock.transferred':
    case 'stock.returned':
    case 'stock.configured':
    case 'stock.fulfilled':
      return true;
    case 'stock.counted':
      return event.delta !== 0;
    default:
      return false;
  }
}
