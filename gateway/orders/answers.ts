/** How an order looks from outside, and how its refusals do. Pure. */
import { toIso, type Money } from '../../actors/kernel/index.ts';
import type { OrderRefusal, OrderReply, PriceChange } from '../../actors/order/commands.ts';
import type { Quote } from '../../actors/order/outside.ts';
import { jsonAnswer, type OpenAnswer } from '../http/answers.ts';

/** 201: it is decided, and yes. 202: not decided, or the buyer has something to do. */
export function checkoutStatusOf(reply: OrderReply): 201 | 202 {
  return reply.status === 'pending' || reply.status === 'requires_action' ? 202 : 201;
}

export function orderAnswer(status: number, reply: OrderReply, at: number): OpenAnswer {
  return jsonAnswer(status, { ...orderShown(reply), serverTime: toIso(at) });
}

export function orderShown(reply: OrderReply): Record<string, unknown> {
  const { quote } = reply;
  const money = (amountMinor: number): Money | null => (quote === null ? null : { amountMinor, currency: quote.currency });
  return {
    orderId: reply.orderId,
    number: reply.number,
    status: reply.status,
    paymentStatus: reply.paymentStatus,
    version: reply.version,
    email: reply.email,
    shippingAddress: reply.shippingAddress,
    lines: reply.lines.map((line, index) => ({ ...line, unitPriceMinor: undefined, ...lineShown(quote, index) })),
    ...changedShown(reply),
    ...(quote === null ? { total: null } : quoteShown(quote)),
    captured: money(reply.capturedMinor),
    refunded: money(reply.refundedMinor),
    shipments: reply.shipments.map((shipment) => ({
      ...shipment,
      shippedAt: toIso(shipment.shippedAt),
      deliveredAt: shipment.deliveredAt === null ? null : toIso(shipment.deliveredAt),
    })),
    returns: reply.returns.map(({ refundMinor, ...one }) => ({ ...one, refund: money(refundMinor) })),
    // why is between the merchant and their books
    refunds: reply.refunds.map(({ refundId, status, amountMinor }) => ({ refundId, status, amount: money(amountMinor) })),
    ...(reply.nextAction === null
      ? {}
      : { nextAction: { type: 'redirect', url: reply.nextAction.redirectUrl, clientSecret: reply.nextAction.clientSecret } }),
    ...(reply.refusal === null ? {} : { failure: { code: reply.refusal.code } }),
    placedAt: toIso(reply.placedAt),
    payBy: reply.payBy === null ? null : toIso(reply.payBy),
  };
}

/** In the words of `price_changed`: who named no total has bought at these prices. Nothing where none differs. */
function changedShown({ changed = [] }: OrderReply): { readonly changed?: readonly PriceChange[] } {
  return changed.length === 0 ? {} : { changed };
}

export function lineShown(quote: Quote | null, index: number): Record<string, unknown> {
  const line = quote?.lines[index];
  if (quote === null || line === undefined) return {};
  const money = (amountMinor: number): Money => ({ amountMinor, currency: quote.currency });
  return {
    title: line.title,
    unitPrice: money(line.unitPriceMinor),
    discount: money(line.discountMinor),
    tax: money(line.taxMinor),
    total: money(line.totalMinor),
  };
}

export function quoteShown(quote: Quote): Record<string, unknown> {
  const money = (amountMinor: number): Money => ({ amountMinor, currency: quote.currency });
  return {
    subtotal: money(quote.subtotalMinor),
    discount: money(quote.discountMinor),
    shipping: money(quote.shippingMinor),
    tax: money(quote.taxMinor),
    taxIncluded: quote.taxIncluded,
    total: money(quote.totalMinor),
    shippingMethod: quote.shippingMethod,
    deliverFrom: quote.deliverFrom,
    deliverBy: quote.deliverBy,
    discounts: quote.applied.map(({ code, name, amountMinor }) => ({ code, name, amount: money(amountMinor) })),
    discountsNotApplied: quote.notApplied,
  };
}

/** A refusal in the words of the outside: money as money, no quote in the raw; an order that can still be paid is named. */
export function refusalShown(refusal: OrderRefusal, orderId: string): OrderRefusal {
  if (refusal.code === 'payment_failed') return { ...refusal, orderId } as OrderRefusal;
  if (refusal.code !== 'price_changed') return refusal;
  const { quote, changed, code } = refusal;
  return { code, ...quoteShown(quote), changed } as unknown as OrderRefusal;
}
