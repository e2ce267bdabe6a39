/**
 * What a store as a whole knows.
 *
 * S1. The state is immutable: every event makes a new one.
 * S2. `onTheirWay` holds numbers that their orders have not written down yet, oldest first.
 */
import type { ActorId } from '../kernel/index.ts';

export interface NumberOnItsWay {
  readonly orderId: string;
  readonly number: number;
}

export interface StoreState {
  readonly id: ActorId;
  readonly version: number;
  readonly nextNumber: number;
  readonly onTheirWay: readonly NumberOnItsWay[];
}

export type StoreEvent =
  | { readonly type: 'numberTaken'; readonly orderId: string; readonly number: number }
  | { readonly type: 'numberNoted'; readonly orderId: string };

export const storeLimits = {
  /** Orders confirming at the same moment; a number is on its way for as long as two frames take. */
  onTheirWayMax: 10_000,
  fullRetryMs: 500,
} as const;

export function initialState(id: ActorId): StoreState {
  return { id, version: 0, nextNumber: 1, onTheirWay: [] };
}
