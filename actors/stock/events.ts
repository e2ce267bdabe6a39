/**
 * What happened to one SKU's stock. The log holds these for ever: `apply` must take every one ever written.
 *
 * Each event is one step of the version (K3). What it meant for the shop (low, short, back in stock)
 * travels with it as `facts`, for reactions; `apply` does not need them.
 */
import type { Instant } from '../kernel/index.ts';
import type { LocationQuantity, Once, PartKey, SettingsChange } from './commands.ts';

export type StockFact =
  /** Available fell to or below the SKU's threshold. */
  | { readonly type: 'stock.low'; readonly available: number; readonly threshold: number }
  /** A count found fewer units than are promised; somebody must decide about them. */
  | { readonly type: 'stock.shortfall'; readonly short: readonly LocationQuantity[] }
  /** Available rose from 0: whoever waits for the SKU may be told. */
  | { readonly type: 'stock.replenished'; readonly available: number };

interface Meaning {
  readonly facts?: readonly StockFact[];
}

/** Units taken from or given back by one record of a hold: a line is generation 0, attempt 0. */
export interface Piece {
  readonly generation: number;
  readonly attempt: number;
  readonly units: readonly LocationQuantity[];
}

export type CountEvent =
  | ({
      readonly type: 'stock.received';
      readonly location: string;
      readonly quantity: number /** taken off incoming */;
      readonly expected: number;
    } & Once &
      Meaning)
  | ({ readonly type: 'stock.adjusted'; readonly location: string; readonly delta: number; readonly reason: string } & Once & Meaning)
  /** A count: `delta` is what it changed, and may be 0. */
  | ({ readonly type: 'stock.counted'; readonly location: string; readonly delta: number } & Once & Meaning)
  | ({ readonly type: 'stock.transferred'; readonly from: string; readonly to: string; readonly quantity: number } & Once & Meaning)
  | ({
      readonly type: 'stock.returned';
      readonly location: string;
      readonly quantity: number;
      readonly condition: 'restock' | 'damaged';
      readonly holdId?: string;
    } & Once &
      Meaning)
  | ({ readonly type: 'stock.expected'; readonly location: string; readonly delta: number } & Once & Meaning)
  | ({ readonly type: 'stock.configured'; readonly settings: SettingsChange } & Once & Meaning)
  | ({ readonly type: 'stock.paused' } & Once & Meaning)
  | ({ readonly type: 'stock.resumed' } & Once & Meaning);

export type HoldEvent =
  | ({
      readonly type: 'stock.held';
      readonly holdId: string;
      readonly fingerprint: string;
      readonly buyer: string | null;
      readonly quantity: number;
      readonly allocations: readonly LocationQuantity[];
      readonly expiresAt: Instant;
      readonly replaces?: string;
      readonly sale?: string;
    } & Meaning)
  | ({ readonly type: 'stock.extended'; readonly holdId: string; readonly expiresAt: Instant } & Once & Meaning)
  | ({ readonly type: 'stock.released'; readonly holdId: string } & Meaning)
  | ({ readonly type: 'stock.expired'; readonly holdId: string } & Meaning)
  | ({ readonly type: 'stock.committed'; readonly holdId: string } & Meaning)
  | ({ readonly type: 'stock.fulfilled'; readonly holdId: string; readonly pieces: readonly Piece[] } & Once & Meaning)
  | ({ readonly type: 'stock.uncommitted'; readonly holdId: string; readonly pieces: readonly Piece[] } & Once & Meaning);

export type SaleEvent =
  | ({ readonly type: 'stock.allotted'; readonly sale: string; readonly allocations: readonly LocationQuantity[] } & Once & Meaning)
  /** `closes`: the sale ends; `allocations` then names every location it had, also those with 0 left. */
  | ({
      readonly type: 'stock.takenBack';
      readonly sale: string;
      readonly allocations: readonly LocationQuantity[];
      readonly closes: boolean;
    } & Once &
      Meaning);

export type PartEvent =
  | ({
      readonly type: 'part.taken';
      readonly buyer: string | null;
      readonly quantity: number;
      readonly allocations: readonly LocationQuantity[];
      readonly checkAt: Instant;
      readonly notAfter: Instant;
      readonly absorbs?: string;
    } & PartKey &
      Meaning)
  /** `revives` and `expires`: what becomes of the one-line hold it had absorbed; at most one is there. */
  | ({ readonly type: 'part.released'; readonly revives?: string; readonly expires?: string } & PartKey & Meaning)
  /** A release that came before its take: remembered, so that the take is refused. */
  | ({ readonly type: 'part.forestalled'; readonly until: Instant } & PartKey & Meaning)
  | ({ readonly type: 'part.shrunk'; readonly quantity: number } & PartKey & Meaning)
  /** `ends`: the one-line hold it had absorbed, whose units are now sold in it. */
  | ({ readonly type: 'part.committed'; readonly ends?: string } & PartKey & Meaning)
  | ({ readonly type: 'part.asked' } & PartKey & Meaning)
  | ({ readonly type: 'part.kept'; readonly checkAt: Instant } & PartKey & Meaning);

export type StockEvent = CountEvent | HoldEvent | SaleEvent | PartEvent;
