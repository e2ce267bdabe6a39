/**
 * What the cross-check needs of every actor, and no more: a large store has millions of orders.
 *
 * F1. Taken from the fold of the log alone, shard after shard; on a running server therefore not all of one instant.
 */
import type { CouponState } from '../../../actors/coupon/state.ts';
import { holdIdOf, refundedMinor, refundingMinor, shippedUnits } from '../../../actors/order/state.ts';
import type { OrderState } from '../../../actors/order/index.ts';
import type { StockState } from '../../../actors/stock/state.ts';
import type { StoreState } from '../../../actors/store/state.ts';
import type { FoldedActor } from '../../../runtime/verify/fold.ts';

export interface OrderFacts {
  readonly store: string;
  readonly orderId: string;
  readonly version: number;
  readonly frame: number;
  readonly stage: OrderState['stage'];
  readonly holdStatus: OrderState['hold']['status'];
  /** Newest last; the newest is the one that may be committed. */
  readonly holdIds: readonly string[];
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly booked: number; readonly shipped: number }[];
  readonly codes: readonly string[];
  readonly number: number | null;
  readonly paymentStatus: OrderState['payment']['status'];
  readonly intentId: string | null;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly refundsUnderWay: boolean;
}

export interface Facts {
  /** By store and order. */
  readonly orders: Map<string, OrderFacts>;
  /** Committed units neither shipped nor given back, by store, hold and SKU. */
  readonly committed: Map<string, number>;
  /** Status of the newest use of a code, by store, hold and code. */
  readonly uses: Map<string, string>;
  /** Codes of which some uses are no longer known by name. */
  readonly foldedCodes: Set<string>;
  readonly numbers: Map<string, { readonly next: number; readonly onTheirWay: ReadonlySet<number> }>;
}

export function noFacts(): Facts {
  return { orders: new Map(), committed: new Map(), uses: new Map(), foldedCodes: new Set(), numbers: new Map() };
}

export const keyOf = (...parts: readonly string[]): string => parts.join('\n');

/** F1. */
export function collect(facts: Facts, { id, state, frame }: FoldedActor): void {
  switch (id.kind) {
    case 'order':
      return void facts.orders.set(keyOf(id.store, id.id), orderFacts(state as unknown as OrderState, frame));
    case 'stock':
      return collectStock(facts, id.store, id.id, state as unknown as StockState);
    case 'coupon':
      return collectCoupon(facts, id.store, id.id, state as unknown as CouponState);
    case 'store': {
      const { nextNumber, numbers } = state as unknown as StoreState;
      const onTheirWay = [...numbers.values()].filter(({ notedAt }) => notedAt === null).map(({ number }) => number);
      return void facts.numbers.set(id.store, { next: nextNumber, onTheirWay: new Set(onTheirWay) });
    }
    default:
  }
}

function orderFacts(state: OrderState, frame: number): OrderFacts {
  const booked = new Map(state.booked.map(({ sku, quantity }) => [sku, quantity]));
  const shipped = shippedUnits(state);
  const numbers = Array.from({ length: state.hold.number }, (_, index) => index + 1);
  return {
    store: state.id.store,
    orderId: state.id.id,
    version: state.version,
    frame,
    stage: state.stage,
    holdStatus: state.hold.status,
    holdIds: numbers.flatMap((number) => holdIdsOf(state, number)),
    lines: state.lines.map(({ sku, quantity }) => ({ sku, quantity, booked: booked.get(sku) ?? 0, shipped: shipped.get(sku) ?? 0 })),
    codes: state.codes,
    number: state.number,
    paymentStatus: state.payment.status,
    intentId: state.payment.intentId,
    capturedMinor: state.payment.capturedMinor,
    refundedMinor: refundedMinor(state),
    refundsUnderWay: refundingMinor(state) > refundedMinor(state),
  };
}

/** Which way an earlier attempt held its units is not remembered: under an id that never was there are none. */
function holdIdsOf(state: OrderState, number: number): readonly string[] {
  const { oneLine: _, ...several } = { ...state.hold, number };
  const isSure = state.hold.number === 1 && state.hold.oneLine === undefined;
  const ofOneLine = (isSure ? [] : state.lines).map(({ sku }) => ({ ...several, oneLine: { sku, notAfter: 0 } }));
  return [...ofOneLine, several].map((hold) => holdIdOf({ ...state, hold }));
}

function collectStock(facts: Facts, store: string, sku: string, { holds }: StockState): void {
  for (const { holdId, status, remaining } of holds?.lines.values() ?? [])
    if (status === 'committed') facts.committed.set(keyOf(store, holdId, sku), unitsOf(remaining));
  for (const [holdId, parts] of holds?.parts ?? []) {
    const units = parts.reduce((sum, { status, remaining }) => sum + (status === 'committed' ? unitsOf(remaining) : 0), 0);
    if (units > 0) facts.committed.set(keyOf(store, holdId, sku), units);
  }
}

function unitsOf(remaining: readonly { readonly quantity: number }[]): number {
  return remaining.reduce((sum, { quantity }) => sum + quantity, 0);
}

function collectCoupon(facts: Facts, store: string, code: string, { uses, folded }: CouponState): void {
  for (const [holdId, list] of uses) {
    const newest = list.at(-1);
    if (newest !== undefined) facts.uses.set(keyOf(store, holdId, code), newest.status);
  }
  if (folded > 0) facts.foldedCodes.add(keyOf(store, code));
}
