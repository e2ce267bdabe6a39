/**
 * What can be asked of a store as a whole: its order numbers. (Plan, totals and alert settings join it later.)
 *
 * N1. Numbers have no gap and no repeat: a number is taken only by an order that can no longer fail, and the same
 *     order always hears the same number.
 * N2. The store remembers an order's number until the order says that it has written it down (`noteNumber`): the
 *     memory holds only numbers on their way, never the history.
 */
import type { ActorRefusal } from '../kernel/index.ts';

export type StoreCommand =
  | { readonly type: 'takeNumber'; readonly orderId: string }
  /** The order has recorded its number. Unknown or repeated: nothing to do, and not an error. */
  | { readonly type: 'noteNumber'; readonly orderId: string; readonly number: number }
  | { readonly type: 'tick' }
  | { readonly type: 'read' };

export type StoreRefusal = ActorRefusal & {
  readonly code: 'numbers_full' /** too many numbers on their way: ask again */;
  readonly retryAfterMs: number;
};

export type StoreReply =
  | { readonly type: 'number'; readonly number: number }
  | { readonly type: 'noted' }
  | { readonly type: 'store'; readonly nextNumber: number; readonly onTheirWay: number };
