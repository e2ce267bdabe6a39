/**
 * What must be true of every state of a cart, and what no event may do.
 *
 * L1. A line is one SKU with at least one unit, a code stands once (C2), and there are not too many of either.
 * L2. A cart that an order has says which, and is asked about; any other is not (S2).
 * L3. While an order has the cart, and once it ended, nothing about it changes but the checkout itself (C1).
 */
import type { Instant } from '../kernel/index.ts';
import type { CartEvent } from './events.ts';
import { cartLimits, type CartState, statusAt } from './state.ts';

export function broken({ lines, codes, status, orderId, attempt, askAt, asking }: CartState): readonly string[] {
  const wrong: string[] = [];
  if (new Set(lines.map(({ sku }) => sku)).size !== lines.length) wrong.push('two lines of one SKU');
  if (lines.some(({ quantity }) => !(quantity >= 1))) wrong.push('a line without units');
  if (new Set(codes).size !== codes.length) wrong.push('a code stands twice');
  if (lines.length > cartLimits.linesMax || codes.length > cartLimits.codesMax) wrong.push('more lines or codes than there may be');
  const has = status === 'in_checkout' || status === 'ordered';
  if (has !== (orderId !== null)) wrong.push(`a cart that is ${status} has order ${orderId}`);
  if ((status === 'in_checkout') !== (askAt !== null)) wrong.push(`a cart that is ${status} asks at ${askAt}`);
  if ((status === 'in_checkout') !== attempt > 0) wrong.push(`a cart that is ${status} is in try ${attempt}`);
  if (asking && askAt === null) wrong.push('a question about no checkout');
  return wrong;
}

export function forbids(state: CartState, event: CartEvent, at: Instant): readonly string[] {
  if (event.type === 'checkout.begun' && state.status === 'in_checkout')
    return event.orderId === state.orderId && event.attempt > state.attempt ? [] : ['another checkout of a cart that is in one'];
  const needs = event.type === 'cart.created' ? null : neededFor(event);
  if (needs === null) return state.version === 0 ? [] : ['a cart is created once'];
  const status = event.type === 'cart.expired' ? state.status : statusAt(state, at);
  return state.version > 0 && status === needs ? [] : [`${event.type} of a cart that is ${status}`];
}

function neededFor(event: CartEvent): 'open' | 'in_checkout' {
  if (event.type === 'cart.ordered') return 'in_checkout';
  return event.type.startsWith('checkout.') && event.type !== 'checkout.begun' ? 'in_checkout' : 'open';
}
