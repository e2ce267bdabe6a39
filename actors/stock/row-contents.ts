/** The contents of each row, as `tables.ts` declares it; `load.ts` reads them back. Keys of the actor are added by `rows.ts`. */
import type { Json, Row } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import { availableOf, availableOfAll } from './levels.ts';
import type { Level } from './levels.ts';
import type { Line, Part, StockState, Taking } from './state.ts';

/** A list of units as JSON: the types differ only in name. */
function jsonOf(units: readonly LocationQuantity[]): Json {
  return units.map(({ location, quantity }) => ({ location, quantity }));
}

export function skuRow(state: StockState, at: number): Row {
  const { settings } = state;
  return {
    count_version: state.countVersion,
    paused: state.paused,
    policy: settings.policy,
    safety_stock: { ...settings.safetyStock },
    low_stock_threshold: settings.lowStockThreshold,
    per_buyer_cap: settings.perBuyerCap,
    per_buyer_window_ms: settings.perBuyerWindowMs,
    available: availableOfAll(state.levels),
    changed_at: at,
  };
}

export function levelRow(level: Level): Row {
  return {
    location: level.location,
    on_hand: level.onHand,
    available: availableOf(level),
    held: level.held,
    committed: level.committed,
    allotted: level.allotted,
    damaged: level.damaged,
    safety_stock: level.safetyStock,
    incoming: level.incoming,
    received: level.received,
    shipped: level.shipped,
    returned: level.returned,
    adjusted: level.adjusted,
    transferred: level.transferred,
  };
}

function takingRow(taking: Taking): Row {
  return {
    hold_id: taking.holdId,
    status: taking.status,
    buyer: taking.buyer,
    quantity: taking.quantity,
    allocations: jsonOf(taking.allocations),
    remaining: jsonOf(taking.remaining),
    fulfilled: taking.fulfilled,
    taken_at: taking.takenAt,
    ended_at: taking.endedAt,
    forget_at: taking.forgetAt,
  };
}

export function lineRow(line: Line): Row {
  return {
    ...takingRow(line),
    kind: 'line',
    generation: 0,
    attempt: 0,
    fingerprint: line.fingerprint,
    sale: line.sale,
    first_expires_at: line.firstExpiresAt,
    expires_at: line.expiresAt,
    check_at: null,
    asking: false,
    not_after: null,
    absorbs: null,
    absorbed_by: line.absorbedBy,
    extensions: line.extensions.map(({ commandId, fingerprint, expiresAt, at }) => ({ commandId, fingerprint, expiresAt, at })),
  };
}

export function partRow(part: Part): Row {
  return {
    ...takingRow(part),
    kind: part.tombstone ? 'tombstone' : 'part',
    generation: part.generation,
    attempt: part.attempt,
    fingerprint: null,
    sale: null,
    first_expires_at: null,
    expires_at: null,
    check_at: part.checkAt,
    asking: part.asking,
    not_after: part.notAfter,
    absorbs: part.absorbs,
    absorbed_by: null,
    extensions: [],
  };
}
