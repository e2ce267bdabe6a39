/** How much was bought in a world: a run in which nobody bought anything has tried nothing. */
import type { OrderReply } from '../../actors/order/index.ts';
import type { PaymentTotals } from '../../services/payments/memory.ts';
import { stands } from './checkout-books.ts';

/** What a world's orders and payments came to. */
export interface CheckoutTally {
  readonly orders: number;
  readonly confirmed: number;
  readonly failed: number;
  readonly canceled: number;
  readonly shipped: number;
  readonly payments: number;
  readonly captured: number;
  readonly voided: number;
  readonly refunded: number;
  readonly couponUses: number;
}

export const noCheckouts: CheckoutTally = {
  orders: 0,
  confirmed: 0,
  failed: 0,
  canceled: 0,
  shipped: 0,
  payments: 0,
  captured: 0,
  voided: 0,
  refunded: 0,
  couponUses: 0,
};

export function tallyOf(replies: readonly OrderReply[], totals: readonly PaymentTotals[]): CheckoutTally {
  const count = (fits: (reply: OrderReply) => boolean) => replies.filter(fits).length;
  return {
    orders: replies.length,
    confirmed: count(({ status }) => stands.has(status)),
    failed: count(({ status }) => status === 'failed'),
    canceled: count(({ status }) => status === 'canceled'),
    shipped: count(({ shipments }) => shipments.length > 0),
    payments: totals.length,
    captured: totals.filter(({ status }) => status === 'captured').length,
    voided: totals.filter(({ status }) => status === 'voided').length,
    refunded: totals.filter(({ refundedMinor }) => refundedMinor > 0).length,
    couponUses: count(({ status, quote }) => stands.has(status) && (quote?.applied.length ?? 0) > 0),
  };
}
