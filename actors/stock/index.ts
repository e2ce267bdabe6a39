/**
 * `stock`: one SKU of one store, at all its locations. It alone decides units: levels, holds with expiry,
 * parts of multi-line holds, units allotted to sales, and the merchant's counts.
 *
 * Does not know carts, orders, prices or other SKUs.
 */
import type { ActorDefinition } from '../kernel/index.ts';
import { applyStock } from './apply.ts';
import { canonicalStock } from './canonical.ts';
import type { StockCommand, StockRefusal } from './commands.ts';
import { stockAnswered, stockDeadline, stockPending } from './deadlines.ts';
import { decideStock } from './decide.ts';
import type { StockEvent } from './events.ts';
import { brokenLaws } from './laws.ts';
import { loadStock } from './load.ts';
import { oversellOf } from './oversell.ts';
import type { StockReplyAny } from './replies.ts';
import { stockRows, stockTables } from './rows.ts';
import { initialStock } from './state.ts';
import type { StockState } from './state.ts';
import { stockView } from './view.ts';

export const stockDefinition: ActorDefinition<StockState, StockCommand, StockEvent, StockReplyAny, StockRefusal> = {
  kind: 'stock',
  format: 1,
  tables: stockTables,
  initial: initialStock,
  decide: decideStock,
  apply: applyStock,
  deadline: stockDeadline,
  tick: { type: 'tick' },
  pending: stockPending,
  answered: stockAnswered,
  rows: stockRows,
  load: loadStock,
  view: stockView,
  canonical: canonicalStock,
  broken: brokenLaws,
  forbids: oversellOf,
};

export type * from './commands.ts';
export type * from './events.ts';
export type * from './replies.ts';
export type { Level, LevelField, MovementKind } from './levels.ts';
export type { Extension, Line, Outcome, Part, Sale, StockState } from './state.ts';
