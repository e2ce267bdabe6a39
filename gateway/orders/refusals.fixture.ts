/** Every refusal of orders, carts and coupons beside the problem it is shown as. */
import type { ActorRefusal } from '../../actors/kernel/index.ts';
import type { ProblemCode } from '../problems.ts';

/** A checkout that is well formed. */
export const checkoutBody = {
  lines: [{ sku: 'a', quantity: 1 }],
  email: 'ada@shop.example',
  shippingAddress: { name: 'Ada', line1: '1 Dock St', city: 'London', postalCode: 'E1 8JN', country: 'GB' },
  paymentMethod: 'pm_card_visa',
};
const quote = {
  currency: 'USD',
  lines: [],
  subtotalMinor: 500,
  discountMinor: 0,
  shippingMinor: 0,
  shippingTaxMinor: 0,
  taxMinor: 0,
  taxIncluded: false,
  totalMinor: 500,
  shippingMethod: 'standard',
  deliverFrom: null,
  deliverBy: null,
  applied: [],
  notApplied: [],
};

/** What actors refuse, the code it is shown as, and what else the answer says. */
export const orderRefusals: readonly (readonly [ActorRefusal & Record<string, unknown>, ProblemCode, Record<string, unknown>])[] = [
  [{ code: 'in_progress', retryAfterMs: 1_500 }, 'in_progress', {}],
  [{ code: 'order_unknown' }, 'order_unknown', {}],
  [{ code: 'order_foreign' }, 'order_unknown', {}],
  [{ code: 'cart_unknown' }, 'cart_unknown', {}],
  [{ code: 'cart_empty' }, 'cart_empty', {}],
  [{ code: 'cart_checked_out', orderId: 'order_1' }, 'cart_checked_out', { orderId: 'order_1' }],
  [{ code: 'cart_foreign' }, 'cart_unknown', {}],
  [{ code: 'cart_ended', status: 'merged', cartId: 'cart_1' }, 'cart_ended', { cartStatus: 'merged', cartId: 'cart_1' }],
  [{ code: 'lines_exceeded', linesMax: 1_000 }, 'lines_exceeded', { linesMax: 1_000 }],
  [{ code: 'codes_exceeded', codesMax: 10 }, 'codes_exceeded', { codesMax: 10 }],
  [{ code: 'code_invalid', discountCode: 'X', why: 'over' }, 'code_invalid', { discountCode: 'X', why: 'over' }],
  [{ code: 'line_refused', kind: 'coupon', sku: 'X', cause: { code: 'coupon_unknown' } }, 'coupon_unknown', { discountCode: 'X' }],
  [{ code: 'line_refused', kind: 'coupon', sku: 'X', cause: { code: 'coupon_inactive', why: 'over' } }, 'coupon_inactive', { why: 'over' }],
  [{ code: 'line_refused', kind: 'coupon', sku: 'X', cause: { code: 'coupon_used_up', final: true } }, 'coupon_used_up', { final: true }],
  [{ code: 'line_refused', kind: 'coupon', sku: 'X', cause: { code: 'coupon_buyer_limit', cap: 1 } }, 'coupon_buyer_limit', { cap: 1 }],
  [{ code: 'price_unavailable', sku: 'a' }, 'price_unavailable', { sku: 'a' }],
  [{ code: 'shipping_unavailable' }, 'shipping_unavailable', {}],
  [{ code: 'price_changed', quote, changed: [] }, 'price_changed', { total: { amountMinor: 500, currency: 'USD' }, changed: [] }],
  [{ code: 'payment_failed', decline: 'generic_decline', message: 'no' }, 'payment_failed', { decline: 'generic_decline' }],
  [{ code: 'payment_attempts_exceeded', attemptsMax: 20 }, 'payment_attempts_exceeded', { attemptsMax: 20 }],
  [{ code: 'attempt_over', attempt: 2, refusal: { code: 'cart_empty' } }, 'cart_empty', {}],
  [{ code: 'checkout_expired' }, 'checkout_expired', {}],
  [{ code: 'order_ended', status: 'canceled' }, 'order_ended', { orderStatus: 'canceled' }],
  [{ code: 'already_shipped' }, 'already_shipped', {}],
  [{ code: 'not_shipped' }, 'not_shipped', {}],
  [{ code: 'units_exceeded', sku: 'a', left: 1 }, 'units_exceeded', { left: 1 }],
  [{ code: 'shipment_unknown' }, 'shipment_unknown', {}],
  [{ code: 'return_unknown' }, 'return_unknown', {}],
  [{ code: 'refund_unknown' }, 'refund_unknown', {}],
  [{ code: 'refund_exceeds_captured', leftMinor: 3 }, 'refund_exceeds_captured', { leftMinor: 3 }],
];
