/**
 * A state from its rows (K5): what `rows.ts` wrote is read back; what is derived (indexes, units held from
 * sales) is derived again. What a row claims is checked: a table changed by hand must not pass quietly.
 */
import { assert } from '../kernel/index.ts';
import type { ActorId, Instant, Row, Rows } from '../kernel/index.ts';
import { noUndo } from '../kernel/index.ts';
import { isForgottenOutcome, putLine, putOutcome, putPart, sharedAllocations } from './book.ts';
import type { HoldStatus, LocationQuantity, StockSettings } from './commands.ts';
import { assertLevel, byLocation } from './levels.ts';
import type { Level } from './levels.ts';
import { initialStock, isForgotten, isLiveLine } from './state.ts';
import type { Extension, Line, Part, Sale, StockState, Taking } from './state.ts';

export function loadStock(id: ActorId, rows: Rows, now: Instant): StockState {
  const state = initialStock(id);
  const sku = rows['stock_skus']?.[0];
  if (sku === undefined) return state;
  loadSku(state, sku);
  state.levels = (rows['stock_levels'] ?? []).map(levelOf).sort(byLocation);
  for (const row of rows['stock_holds'] ?? []) loadHold(state, row, now);
  for (const row of rows['command_outcomes'] ?? []) loadOutcome(state, row, now);
  state.sales = salesOf(rows['stock_allotments'] ?? [], [...(state.holds?.lines.values() ?? [])]);
  for (const level of state.levels) assertLevel(level);
  return state;
}

// --- columns -------------------------------------------------------------------------------------------

function whole(row: Row, column: string): number {
  const value = row[column];
  assert(typeof value === 'number' && Number.isSafeInteger(value), `column ${column} is a whole number`);
  return value;
}

function wholeOrNull(row: Row, column: string): number | null {
  return row[column] === null || row[column] === undefined ? null : whole(row, column);
}

function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `column ${column} is text`);
  return value;
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : text(row, column);
}

/** jsonb columns come back as they were written. */
function json<Value>(row: Row, column: string): Value {
  const value = row[column];
  assert(value !== undefined && value !== null, `column ${column} is there`);
  return value as Value;
}

// --- rows ------------------------------------------------------------------------------------------------

function loadSku(state: StockState, row: Row): void {
  state.version = whole(row, 'version');
  state.countVersion = whole(row, 'count_version');
  state.paused = row['paused'] === true;
  const policy = text(row, 'policy');
  assert(policy === 'deny' || policy === 'continue', 'a policy is deny or continue');
  const settings: StockSettings = {
    policy,
    safetyStock: json(row, 'safety_stock'),
    lowStockThreshold: wholeOrNull(row, 'low_stock_threshold'),
    perBuyerCap: wholeOrNull(row, 'per_buyer_cap'),
    perBuyerWindowMs: whole(row, 'per_buyer_window_ms'),
  };
  state.settings = sharedWhenDefault(state.settings, settings);
}

/** Most SKUs have no settings of their own: one object serves them all. */
function sharedWhenDefault(initial: StockSettings, settings: StockSettings): StockSettings {
  const same =
    settings.policy === initial.policy &&
    settings.lowStockThreshold === initial.lowStockThreshold &&
    settings.perBuyerCap === initial.perBuyerCap;
  const plain = settings.perBuyerWindowMs === initial.perBuyerWindowMs && Object.keys(settings.safetyStock).length === 0;
  return same && plain ? initial : settings;
}

function levelOf(row: Row): Level {
  return {
    location: text(row, 'location'),
    onHand: whole(row, 'on_hand'),
    held: whole(row, 'held'),
    committed: whole(row, 'committed'),
    allotted: whole(row, 'allotted'),
    damaged: whole(row, 'damaged'),
    safetyStock: whole(row, 'safety_stock'),
    incoming: whole(row, 'incoming'),
    received: whole(row, 'received'),
    shipped: whole(row, 'shipped'),
    returned: whole(row, 'returned'),
    adjusted: whole(row, 'adjusted'),
    transferred: whole(row, 'transferred'),
  };
}

function takingOf(row: Row): Taking {
  return {
    holdId: text(row, 'hold_id'),
    buyer: textOrNull(row, 'buyer'),
    quantity: whole(row, 'quantity'),
    allocations: json<readonly LocationQuantity[]>(row, 'allocations'),
    remaining: json<readonly LocationQuantity[]>(row, 'remaining'),
    fulfilled: whole(row, 'fulfilled'),
    status: text(row, 'status') as HoldStatus,
    takenAt: whole(row, 'taken_at'),
    endedAt: wholeOrNull(row, 'ended_at'),
    forgetAt: wholeOrNull(row, 'forget_at'),
  };
}

function lineOf(row: Row): Line {
  return {
    ...takingOf(row),
    fingerprint: text(row, 'fingerprint'),
    sale: textOrNull(row, 'sale'),
    firstExpiresAt: whole(row, 'first_expires_at'),
    expiresAt: whole(row, 'expires_at'),
    absorbedBy: textOrNull(row, 'absorbed_by'),
    extensions: json<readonly Extension[]>(row, 'extensions'),
  };
}

function partOf(row: Row): Part {
  return {
    ...takingOf(row),
    generation: whole(row, 'generation'),
    attempt: whole(row, 'attempt'),
    tombstone: row['kind'] === 'tombstone',
    checkAt: whole(row, 'check_at'),
    asking: row['asking'] === true,
    notAfter: whole(row, 'not_after'),
    absorbs: textOrNull(row, 'absorbs'),
  };
}

function loadHold(state: StockState, row: Row, now: Instant): void {
  if (row['kind'] === 'line') {
    const line = lineOf(row);
    if (!isForgotten(line, now)) putLine(state, withSharedUnits(state, line), noUndo);
    return;
  }
  const part = partOf(row);
  if (!isForgotten(part, now)) putPart(state, withSharedUnits(state, part), noUndo);
}

function withSharedUnits<Any extends Taking>(state: StockState, taking: Any): Any {
  const allocations = sharedAllocations(state, taking.allocations);
  return { ...taking, allocations, remaining: sharedAllocations(state, taking.remaining) };
}

function loadOutcome(state: StockState, row: Row, now: Instant): void {
  const outcome = {
    fingerprint: text(row, 'fingerprint'),
    reply: JSON.stringify(row['reply']),
    at: whole(row, 'at'),
    version: whole(row, 'version'),
  };
  if (!isForgottenOutcome(outcome, now)) putOutcome(state, text(row, 'command_id'), outcome, noUndo);
}

function salesOf(rows: readonly Row[], lines: readonly Line[]): ReadonlyMap<string, Sale> {
  const sales = new Map<string, Sale>();
  const saleOf = (name: string): Sale => sales.get(name) ?? { open: false, units: [], held: 0 };
  for (const row of rows) {
    if (row['open'] !== true) continue;
    const sale = saleOf(text(row, 'sale'));
    const units = [...sale.units, { location: text(row, 'location'), quantity: whole(row, 'quantity') }].sort(byLocation);
    sales.set(text(row, 'sale'), { ...sale, open: true, units });
  }
  for (const line of lines) {
    if (line.sale === null || !isLiveLine(line)) continue;
    const sale = saleOf(line.sale);
    sales.set(line.sale, { ...sale, held: sale.held + line.quantity });
  }
  return sales;
}
