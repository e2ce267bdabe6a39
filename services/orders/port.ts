/**
 * Orders as write-behind has stored them: lists, search and the story of one order. The order itself is read from its
 * actor; what is here may be late by the write-behind lag.
 *
 * O1. Every call names its store and sees that store only (I6).
 * O2. Lists go by time placed, newest first, then id, and continue after a cursor whatever was placed meanwhile.
 */
import type { Instant, Json } from '../../actors/kernel/index.ts';

export interface OrderSummary {
  readonly orderId: string;
  readonly number: number | null;
  readonly status: string;
  readonly paymentStatus: string;
  readonly buyer: string | null;
  readonly email: string;
  readonly currency: string;
  /** Null until priced. */
  readonly totalMinor: number | null;
  /** What came in and went back, which is what sums of money are made of: `totalMinor` is only what was asked for. */
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly placedAt: Instant;
  readonly version: number;
}

export interface OrderFilter {
  readonly status: string | null;
  readonly buyer: string | null;
  /** Part of the order's number, id or e-mail address. */
  readonly search: string | null;
  readonly placedFrom: Instant | null;
  readonly placedUntil: Instant | null;
}

export interface OrderCursor {
  readonly placedAt: Instant;
  readonly orderId: string;
}

/** One thing that happened to an order, with what caused it. */
export interface StoryItem {
  /** Unique for ever; what webhooks and mails call it, too. */
  readonly eventId: string;
  readonly version: number;
  readonly type: string;
  readonly at: Instant;
  /** The command, effect, webhook or timer that caused it. */
  readonly cause: string | null;
  readonly payload: Json;
}

export interface OrderReads {
  /** At most `count`. Throws `OrdersUnavailable`, as do all. */
  list(storeId: string, filter: OrderFilter, after: OrderCursor | null, count: number): Promise<readonly OrderSummary[]>;
  /** Oldest first, versions after `after`. */
  story(storeId: string, orderId: string, after: number, count: number): Promise<readonly StoryItem[]>;
}

/** An operating fault: worth trying again. */
export class OrdersUnavailable extends Error {
  override readonly name = 'OrdersUnavailable';
}
