/** What is said of an order. Pure, and the same for the same events. */
import { assert, type ActorId, type Instant, type Json, type LiveView } from '../kernel/index.ts';
import type { OrderReply, OrderStatus, PaymentStatus } from './commands.ts';
import {
  hasFailedRefund,
  isFinal,
  refundedMinor,
  refundingMinor,
  returnedUnits,
  shippedUnits,
  unitsBySku,
  type OrderState,
} from './state.ts';

export function orderReply(state: OrderState): OrderReply {
  const { place, quote, payment } = state;
  assert(place !== null, 'an order that was never placed is not shown');
  const shipped = shippedUnits(state);
  const returned = returnedUnits(state);
  const prices = new Map(quote?.lines.map(({ sku, unitPriceMinor }) => [sku, unitPriceMinor]));
  return {
    type: 'order',
    orderId: state.id.id,
    number: state.number,
    attempt: state.attempt,
    status: statusOf(state),
    paymentStatus: paymentStatusOf(state),
    version: state.version,
    buyer: place.buyer,
    email: place.email,
    shippingAddress: place.shippingAddress,
    lines: state.lines.map(({ sku, quantity, prices: named }) => ({
      sku,
      quantity,
      ...(named === undefined ? {} : { prices: named }),
      unitPriceMinor: prices.get(sku) ?? null,
      shipped: shipped.get(sku) ?? 0,
      returned: returned.get(sku) ?? 0,
    })),
    quote,
    capturedMinor: payment.capturedMinor,
    refundedMinor: refundedMinor(state),
    shipments: state.shipments,
    returns: state.returns.map(({ requestedAt: _, ...each }) => ({ ...each, status: isReceived(each) ? 'received' : 'requested' })),
    refunds: state.refunds.map(({ refundId, status, amountMinor, reason }) => ({
      refundId,
      status: status === 'asked' ? 'pending' : status,
      amountMinor,
      reason,
    })),
    nextAction: state.stage === 'buyer' ? payment.action : null,
    refusal: state.refusal ?? declineOf(state),
    placedAt: state.placedAt,
    payBy: state.payBy,
    changed: state.changed,
  };
}

/** Of a declined payment that may still be tried again. */
export function declineOf(state: OrderState): OrderReply['refusal'] {
  const { decline } = state.payment;
  return state.stage === 'buyer' && decline !== null ? { code: 'payment_failed', ...decline } : null;
}

export function isReceived({ lines, received }: Pick<OrderState['returns'][number], 'lines' | 'received'>): boolean {
  const units = unitsBySku(received);
  return [...unitsBySku(lines)].every(([sku, quantity]) => (units.get(sku) ?? 0) >= quantity);
}

export function statusOf(state: OrderState): OrderStatus {
  switch (state.stage) {
    case 'failed':
    case 'canceled':
      return state.stage;
    case 'undoing':
      return state.goal === 'canceled' ? 'canceled' : 'pending';
    case 'confirmed':
      return statusOfConfirmed(state);
    case 'buyer':
      if (state.payment.status === 'requires_action') return 'requires_action';
      return state.payment.status === 'declined' ? 'failed' : 'pending';
    default:
      return 'pending';
  }
}

function statusOfConfirmed(state: OrderState): OrderStatus {
  const total = unitsIn(unitsBySku(state.lines));
  if (unitsIn(returnedUnits(state)) === total) return 'returned';
  const shipped = unitsIn(shippedUnits(state));
  if (shipped === 0) return 'confirmed';
  if (shipped < total) return 'partially_shipped';
  return state.shipments.every(({ deliveredAt }) => deliveredAt !== null) ? 'delivered' : 'shipped';
}

function unitsIn(units: Map<string, number>): number {
  return [...units.values()].reduce((sum, quantity) => sum + quantity, 0);
}

export function paymentStatusOf(state: OrderState): PaymentStatus {
  const { payment } = state;
  const earlier = state.refunds.filter(({ of }) => of !== undefined);
  if (earlier.some(({ status }) => status === 'asked')) return 'refunding';
  if (earlier.some(({ status }) => status === 'failed')) return 'refund_failed';
  switch (payment.status) {
    case 'creating':
    case 'confirming':
    case 'processing':
    case 'verifying':
      return 'pending';
    case 'capturing':
      return payment.tries > 0 ? 'capture_failed' : 'capturing';
    case 'captured': {
      const refunded = refundedMinor(state);
      if (refundingMinor(state) > refunded) return 'refunding';
      if (hasFailedRefund(state) || (isFinal(state.stage) && refunded < payment.capturedMinor)) return 'refund_failed';
      if (refunded === 0) return 'captured';
      return refunded >= payment.capturedMinor ? 'refunded' : 'partially_refunded';
    }
    default:
      return payment.status;
  }
}

/** Channel `order`: what a page that follows one order, and the merchant's list, are shown. */
export function viewOf(id: ActorId, state: OrderState, _at: Instant): LiveView | null {
  if (state.version === 0) return null;
  const item: Record<string, Json> = {
    orderId: id.id,
    status: statusOf(state),
    paymentStatus: paymentStatusOf(state),
    number: state.number,
    version: state.version,
  };
  return { channel: 'order', store: id.store, id: id.id, version: state.version, item };
}
