/**
 * How long an order waits for whom. The hold must outlive the payment: it is taken for the whole time in which the
 * buyer may pay, the last look at the payment and the commit, so that the usual order never extends it.
 */
import { assert, holdLimits } from '../kernel/index.ts';

export const orderLimits = {
  linesMax: holdLimits.linesMax,
  /** From the placing on: the cart must be ours and the units held by then. */
  startWithinMs: 60_000,
  holdTtlMs: 900_000,
  /** A payment is given up this long before its hold expires: what is authorised by then can still commit. */
  commitMarginMs: 30_000,
  /** Before giving up the payment provider is asked once more, this early. */
  lastLookMs: 15_000,
  /** Payments tried for one order, over all its attempts: nobody finds out with it which of many cards are good. */
  paymentTriesMax: 20,
  /** Paying again with less time than this left extends the hold first. */
  payTimeMinMs: 180_000,
  /** Between two questions what became of a payment that waits for the buyer; doubles up to the second. */
  lookEveryMs: 5_000,
  lookEveryMaxMs: 60_000,
  /** Between two tries of a capture, void or refund that was refused; doubles up to the second. */
  retryMs: 1_000,
  retryMaxMs: 3_600_000,
  /** A capture refused so often, or still refused so long after the confirmation, ends in a cancellation. */
  captureTriesMax: 8,
  captureWithinMs: 3_600_000,
  /** A refund the merchant asked for, in two minutes. Of one that gives back a whole order that is when they are told. */
  refundTriesMax: 8,
  /** One that gives back a whole order: an empty balance fills, a dispute ends. In about a week, at growing distances. */
  wholeRefundTriesMax: 23,
  wholeRefundPauseMaxMs: 86_400_000,
  /** Before a refund that came back is made again, where the order has ended; doubles. So often, in about two days. */
  returnedRefundPauseMs: 600_000,
  refundReturnsMax: 8,
  /** Commands after the sale whose repeats one order recognises, and news of payments. */
  repeatsMax: 500,
  newsMax: 64,
  busyRetryMs: 500,
} as const;

assert(orderLimits.holdTtlMs <= holdLimits.holdTtlMaxMs, 'the hold of an order is an ordinary hold');
assert(
  orderLimits.payTimeMinMs + orderLimits.lastLookMs + orderLimits.commitMarginMs < orderLimits.holdTtlMs,
  'a fresh hold leaves time to pay',
);
assert(orderLimits.refundTriesMax < orderLimits.wholeRefundTriesMax, 'who is told early can do something before it is over');
assert(orderLimits.startWithinMs > holdLimits.partTakeWithinMs, 'the units have answered before the start is given up');

/** 1, 2, 4 … times `firstMs`, at most `maxMs`. */
export function backoffMs(tries: number, firstMs: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(tries, 30));
}
