/** What stock answers. The gateway turns these into the HTTP bodies of CONTRACTS. */
import type { Instant } from '../kernel/index.ts';
import type { HoldStatus, LocationQuantity, StockSettings } from './commands.ts';

export interface HoldReply {
  readonly type: 'hold';
  readonly holdId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly allocations: readonly LocationQuantity[];
  readonly status: HoldStatus;
  readonly expiresAt: Instant;
  readonly buyer: string | null;
  /** Units of a committed hold not yet fulfilled or uncommitted. */
  readonly remaining: number;
}

/** All quantities in units. `available` may be negative (a count below what is promised). */
export interface LevelView {
  readonly location: string;
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly allotted: number;
  readonly damaged: number;
  readonly safetyStock: number;
  readonly incoming: number;
}

export interface StockReply {
  readonly type: 'stock';
  readonly sku: string;
  /** Sum over locations of max(0, available): what a buyer may hold under `deny`. */
  readonly available: number;
  readonly version: number;
  /** Rises only when on_hand or settings change; compared by `If-Match`. */
  readonly countVersion: number;
  readonly paused: boolean;
  readonly settings: StockSettings;
  readonly levels: readonly LevelView[];
  readonly incoming: number;
  /** Units short of promises, per SKU: sum of max(0, -available). 0 = no shortfall to decide about. */
  readonly shortfall: number;
}

export interface PartReply {
  readonly type: 'part';
  readonly status: 'taken' | 'released' | 'committed' | 'kept';
  readonly allocations: readonly LocationQuantity[];
}

export interface SaleReply {
  readonly type: 'sale';
  readonly sale: string;
  readonly allotted: number;
  readonly available: number;
}

export interface TickReply {
  readonly type: 'tick';
}

export type StockReplyAny = HoldReply | StockReply | PartReply | SaleReply | TickReply;
