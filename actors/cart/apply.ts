/**
 * What each event does to a cart. The state is replaced, not changed, so that nothing needs an inverse.
 *
 * A1. Every event adds exactly 1 to `version` (K3).
 * A2. What a buyer does, and the end of a checkout, moves the expiry (C3); questions to the order do not.
 */
import { type Instant, unreachable } from '../kernel/index.ts';
import type { CartEvent } from './events.ts';
import { type CartState, withLine } from './state.ts';

type Change = Partial<Omit<CartState, 'id' | 'version'>>;

export function apply(state: CartState, event: CartEvent, at: Instant): CartState {
  return { ...state, ...changeOf(state, event, at), version: state.version + 1 };
}

const outOfCheckout = { askAt: null, asking: false, attempt: 0 } as const;

function changeOf(state: CartState, event: CartEvent, at: Instant): Change {
  switch (event.type) {
    case 'cart.created': {
      const { type: _, ...created } = event;
      return { ...created, status: 'open', changedAt: at };
    }
    case 'cart.line_put':
      return { lines: withLine(state.lines, event.line), changedAt: at };
    case 'cart.line_removed':
      return { lines: state.lines.filter(({ sku }) => sku !== event.sku), changedAt: at };
    case 'cart.code_added':
      return { codes: [...state.codes, event.code], changedAt: at };
    case 'cart.code_removed':
      return { codes: state.codes.filter((code) => code !== event.code), changedAt: at };
    case 'cart.claimed':
      return { buyer: event.buyer, changedAt: at };
    case 'cart.merged_in':
      return { lines: event.lines, codes: event.codes, changedAt: at };
    case 'cart.merged_into':
      return { status: 'merged', mergedInto: event.cartId, changedAt: at };
    case 'cart.emptied':
      return { lines: [], codes: [], changedAt: at };
    case 'checkout.begun':
      return { status: 'in_checkout', orderId: event.orderId, attempt: event.attempt, askAt: event.askAt, asking: false };
    case 'checkout.asked':
      return { asking: true };
    case 'checkout.kept':
      return { askAt: event.askAt, asking: false };
    case 'checkout.given_up':
      return { status: 'open', ended: endedOf(state), orderId: null, ...outOfCheckout, changedAt: at };
    case 'cart.ordered':
      return { status: 'ordered', ...outOfCheckout, changedAt: at };
    case 'cart.expired':
      return { status: 'expired' };
    default:
      return unreachable(event);
  }
}

/** S3 */
function endedOf({ orderId, attempt, ended }: CartState): CartState['ended'] {
  return orderId === null ? ended : { orderId, attempt };
}
