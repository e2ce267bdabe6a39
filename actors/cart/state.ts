/**
 * What one cart knows. Small, so that it is replaced whole with every event.
 *
 * S1. A line is one SKU (C2), in the order in which SKUs were first put; a code stands once.
 * S2. `askAt`, `asking` and `attempt` belong to a checkout: they are null, false and 0 outside of one.
 * S3. `ended` is the newest try that gave the cart back: a message of it, or of one before it, that was long on its way
 *     begins nothing.
 */
import type { ActorId, Instant } from '../kernel/index.ts';
import type { CartLine, CartStatus } from './commands.ts';

export interface CartState {
  readonly id: ActorId;
  readonly version: number;
  /** null: nobody in particular, the merchant's key. */
  readonly buyer: string | null;
  readonly status: CartStatus;
  readonly currency: string;
  readonly lines: readonly CartLine[];
  readonly codes: readonly string[];
  readonly fingerprint: string;
  readonly expiresAfterMs: number;
  /** What the expiry counts from (C3). */
  readonly changedAt: Instant;
  /** Who has it, while in checkout and once ordered. */
  readonly orderId: string | null;
  /** Which try of that order. */
  readonly attempt: number;
  readonly ended: { readonly orderId: string; readonly attempt: number } | null;
  readonly mergedInto: string | null;
  /** When the order is asked whether it still needs the cart. */
  readonly askAt: Instant | null;
  readonly asking: boolean;
}

export const cartLimits = {
  /** As many as one hold may have: a cart that cannot be held cannot be bought. */
  linesMax: 1_000,
  codesMax: 10,
  expiresAfterMs: 30 * 24 * 3_600_000,
  /** Longer than a checkout takes; the order is asked, not overruled. */
  askAfterMs: 15 * 60_000,
} as const;

export function initialState(id: ActorId): CartState {
  return {
    id,
    version: 0,
    buyer: null,
    status: 'open',
    currency: '',
    lines: [],
    codes: [],
    fingerprint: '',
    expiresAfterMs: cartLimits.expiresAfterMs,
    changedAt: 0,
    orderId: null,
    attempt: 0,
    ended: null,
    mergedInto: null,
    askAt: null,
    asking: false,
  };
}

export function expiresAt(state: CartState): Instant {
  return state.changedAt + state.expiresAfterMs;
}

/** An open cart past its expiry has ended, also before the tick has said so. */
export function statusAt(state: CartState, at: Instant): CartStatus {
  return state.status === 'open' && at >= expiresAt(state) ? 'expired' : state.status;
}

export function sameLine(a: CartLine, b: CartLine): boolean {
  return a.sku === b.sku && a.quantity === b.quantity && a.shownUnitPriceMinor === b.shownUnitPriceMinor && a.holdId === b.holdId;
}

/** S1: the newer line takes the older one's place. */
export function withLine(lines: readonly CartLine[], line: CartLine): readonly CartLine[] {
  const at = lines.findIndex(({ sku }) => sku === line.sku);
  return at < 0 ? [...lines, line] : lines.with(at, line);
}

/** The larger quantity counts, so that a repeat changes nothing. */
export function mergedLines(mine: readonly CartLine[], others: readonly CartLine[]): readonly CartLine[] {
  let lines = mine;
  for (const other of others) {
    const known = lines.find(({ sku }) => sku === other.sku);
    if (known === undefined || other.quantity > known.quantity) lines = withLine(lines, other);
  }
  return lines;
}
