/**
 * The feed of a store: everything that happened to its orders which the outside may know, in one order, numbered
 * without gap. Webhooks, mails and `GET /v1/admin/events` all read it, each from a number of its own.
 *
 * F1. An event has one id and one number for ever: numbering again what was numbered changes nothing (I5).
 * F2. Numbers of a store rise by one, and what a reader has seen below a number is all there will ever be below it. Once
 *     the data was restored from a backup, they go on far above all that were given before, and ids of what happens then
 *     carry the new life of the data: nothing new looks like something that was told and then lost.
 * F3. Events of one order stand in the order in which they happened; of two orders, in the order in which they became
 *     rows.
 * F4. Every call names its store and sees that store only (I6); only the numbering itself goes over all.
 */
import type { Instant, Json } from '../../../actors/kernel/index.ts';

/** The envelope that consumers outside are given. */
export interface FeedEvent {
  readonly number: number;
  readonly eventId: string;
  /** `order.placed`, `order.confirmed`, `order.canceled`, `payment.failed` … */
  readonly type: string;
  readonly at: Instant;
  /** `order_created_{orderId}` and the like: the same fact always has the same key. */
  readonly idempotencyKey: string;
  readonly storeId: string;
  readonly orderId: string;
  /** Format of `data`. */
  readonly version: 1;
  readonly data: Json;
}

export interface FeedReads {
  /** Numbers above `after`, in order, at most `count`. Throws `FeedUnavailable`, as do all. */
  list(storeId: string, after: number, count: number): Promise<readonly FeedEvent[]>;
  /** 0: nothing yet. */
  newest(storeId: string): Promise<number>;
}

export interface Numbering {
  /** Gives numbers to what has none yet, a batch in one transaction. One numbers at a time. */
  number(): Promise<Numbered>;
}

export interface Numbered {
  /** Those that have news. */
  readonly stores: readonly string[];
  /** As much as fits into one transaction: there may be more. */
  readonly isFull: boolean;
}

/** An operating fault: worth trying again. */
export class FeedUnavailable extends Error {
  override readonly name = 'FeedUnavailable';
}
