/**
 * What a store as a whole knows.
 *
 * S1. `numbers` holds the numbers that are on their way, and for `notedKeepMs` those that were noted: a message that was
 *     long on its way must not take a second number for an order that has one.
 * S2. `noted` names the noted ones in the order in which they may be forgotten, `onTheirWay` counts the others.
 */
import type { ActorId, Instant } from '../kernel/index.ts';

export interface KnownNumber {
  readonly orderId: string;
  readonly number: number;
  /** null: on its way. */
  readonly notedAt: Instant | null;
}

export interface StoreState {
  readonly id: ActorId;
  version: number;
  nextNumber: number;
  onTheirWay: number;
  /** By order. */
  readonly numbers: Map<string, KnownNumber>;
  readonly noted: Set<string>;
}

export type StoreEvent =
  | { readonly type: 'numberTaken'; readonly orderId: string; readonly number: number }
  | { readonly type: 'numberNoted'; readonly orderId: string };

export const storeLimits = {
  /** Orders confirming at the same moment; a number is on its way for as long as two frames take. */
  onTheirWayMax: 10_000,
  fullRetryMs: 500,
  /** Longer than any copy of a message may be under way. */
  notedKeepMs: 300_000,
} as const;

export function initialState(id: ActorId): StoreState {
  return { id, version: 0, nextNumber: 1, onTheirWay: 0, numbers: new Map(), noted: new Set() };
}

export function isForgotten({ notedAt }: KnownNumber, at: Instant): boolean {
  return notedAt !== null && notedAt + storeLimits.notedKeepMs <= at;
}
