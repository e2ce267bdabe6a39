/** What is said of a state: the replies, built alike before an event (projected) and after it (applied). Pure. */
import type { Instant } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import { availableOfAll, levelView, shortfallOf, sumOf, unitsIn, withUnits } from './levels.ts';
import type { Level } from './levels.ts';
import type { HoldReply, PartReply, SaleReply, StockReply } from './replies.ts';
import { statusAt } from './state.ts';
import type { Line, Part, StockState, Taking } from './state.ts';

/** As much of a state as `stockReply` tells of. */
export type StockFacts = Pick<StockState, 'sku' | 'version' | 'countVersion' | 'paused' | 'settings' | 'levels'>;

export function stockReply(state: StockFacts): StockReply {
  return {
    type: 'stock',
    sku: state.sku,
    available: availableOfAll(state.levels),
    version: state.version,
    countVersion: state.countVersion,
    paused: state.paused,
    settings: state.settings,
    levels: state.levels.map(levelView),
    incoming: sumOf(state.levels, 'incoming'),
    shortfall: shortfallOf(state.levels),
  };
}

export function lineReply(sku: string, line: Line, at: Instant): HoldReply {
  return {
    type: 'hold',
    holdId: line.holdId,
    sku,
    quantity: line.quantity,
    allocations: line.allocations,
    status: statusAt(line, at),
    expiresAt: line.expiresAt,
    buyer: line.buyer,
    remaining: unitsIn(line.remaining),
  };
}

/** What the taking of this line was answered with, whatever became of it since. */
export function firstReply(sku: string, line: Line): HoldReply {
  return {
    type: 'hold',
    holdId: line.holdId,
    sku,
    quantity: line.quantity,
    allocations: line.allocations,
    status: 'held',
    expiresAt: line.firstExpiresAt,
    buyer: line.buyer,
    remaining: 0,
  };
}

/** The parts of one multi-line hold as one hold of this SKU; the last one's status speaks for all. */
export function partsReply(sku: string, parts: readonly Part[]): HoldReply {
  const last = parts.at(-1)!;
  const counted = parts.filter((part) => part.status === last.status);
  return {
    type: 'hold',
    holdId: last.holdId,
    sku,
    quantity: counted.reduce((sum, part) => sum + part.quantity, 0),
    allocations: counted.reduce<readonly LocationQuantity[]>((all, part) => withUnits(all, part.allocations), []),
    status: last.status,
    expiresAt: last.checkAt,
    buyer: last.buyer,
    remaining: counted.reduce((sum, part) => sum + unitsIn(part.remaining), 0),
  };
}

export function partReply(status: PartReply['status'], allocations: readonly LocationQuantity[]): PartReply {
  return { type: 'part', status, allocations };
}

export function saleReply(sale: string, allotted: number, levels: readonly Level[]): SaleReply {
  return { type: 'sale', sale, allotted, available: availableOfAll(levels) };
}

// --- takings as they are after units left them ------------------------------------------------------

export type UnitsLeft = Pick<Taking, 'remaining' | 'fulfilled' | 'status'>;

/** A committed taking after `units` were shipped or given back. */
export function afterPiece(taking: Taking, remaining: readonly LocationQuantity[], shippedUnits: number): UnitsLeft {
  const fulfilled = taking.fulfilled + shippedUnits;
  if (remaining.length > 0) return { remaining, fulfilled, status: 'committed' };
  return { remaining, fulfilled, status: fulfilled > 0 ? 'fulfilled' : 'uncommitted' };
}
