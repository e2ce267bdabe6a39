/**
 * The contents of each row, as `tables.ts` declares it; `load.ts` reads them back.
 *
 * C1. A row is one literal, all columns written out. There is one for every hold: an object put together by spreading
 *     others is many times slower to make, and slower to read ever after.
 */
import type { ActorId, Json, Row } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import { availableOf, availableOfAll } from './levels.ts';
import type { Level } from './levels.ts';
import type { Extension, Line, Part, StockState } from './state.ts';

/** Lists in a state are replaced, never changed (S1), and are plain JSON as they are: the types differ only in name. */
function jsonOf(list: readonly LocationQuantity[] | readonly Extension[]): Json {
  return list as unknown as Json;
}

export function skuRow(id: ActorId, state: StockState, at: number): Row {
  const { settings } = state;
  return {
    store_id: id.store,
    sku: id.id,
    version: state.version,
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

export function levelRow(id: ActorId, version: number, level: Level): Row {
  return {
    store_id: id.store,
    sku: id.id,
    location: level.location,
    version,
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

export function lineRow(id: ActorId, version: number, line: Line): Row {
  return {
    store_id: id.store,
    sku: id.id,
    hold_id: line.holdId,
    generation: 0,
    attempt: 0,
    kind: 'line',
    status: line.status,
    version,
    buyer: line.buyer,
    quantity: line.quantity,
    allocations: jsonOf(line.allocations),
    remaining: jsonOf(line.remaining),
    fulfilled: line.fulfilled,
    fingerprint: line.fingerprint,
    sale: line.sale,
    taken_at: line.takenAt,
    first_expires_at: line.firstExpiresAt,
    expires_at: line.expiresAt,
    check_at: null,
    asking: false,
    not_after: null,
    absorbs: null,
    absorbed_by: line.absorbedBy,
    extensions: jsonOf(line.extensions),
    ended_at: line.endedAt,
    forget_at: line.forgetAt,
  };
}

export function partRow(id: ActorId, version: number, part: Part): Row {
  return {
    store_id: id.store,
    sku: id.id,
    hold_id: part.holdId,
    generation: part.generation,
    attempt: part.attempt,
    kind: part.tombstone ? 'tombstone' : 'part',
    status: part.status,
    version,
    buyer: part.buyer,
    quantity: part.quantity,
    allocations: jsonOf(part.allocations),
    remaining: jsonOf(part.remaining),
    fulfilled: part.fulfilled,
    fingerprint: null,
    sale: null,
    taken_at: part.takenAt,
    first_expires_at: null,
    expires_at: null,
    check_at: part.checkAt,
    asking: part.asking,
    not_after: part.notAfter,
    absorbs: part.absorbs,
    absorbed_by: null,
    extensions: [],
    ended_at: part.endedAt,
    forget_at: part.forgetAt,
  };
}
