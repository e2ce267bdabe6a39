/**
 * What each event does to the state: a new state every time (S1), so a frame the log refused leaves no trace.
 *
 * A1. Every event adds exactly 1 to `version`.
 * A2. A transition asserts what it starts from: an event that does not fit is a broken invariant, not a guess.
 */
import { unreachable, type Instant } from '../kernel/index.ts';
import * as goods from './apply/goods.ts';
import * as money from './apply/money.ts';
import * as saga from './apply/saga.ts';
import * as undoing from './apply/undoing.ts';
import type { OrderEvent } from './events.ts';
import type { OrderState } from './state.ts';

export type Change = Partial<Omit<OrderState, 'id' | 'version'>>;

export function apply(state: OrderState, event: OrderEvent, at: Instant): OrderState {
  return { ...state, ...changeOf(state, event, at), version: state.version + 1 }; // A1
}

export function applyAll(state: OrderState, events: readonly OrderEvent[], at: Instant): OrderState {
  return events.reduce((after, event) => apply(after, event, at), state);
}

// A flat table: one line per event.
function changeOf(state: OrderState, event: OrderEvent, at: Instant): Change {
  switch (event.type) {
    case 'order.placed':
      return saga.placed(state, event, at);
    case 'order.cart_opened':
      return saga.cartOpened(state, event);
    case 'order.cart_refused':
      return saga.cartRefused(state);
    case 'order.held':
      return saga.held(state, event, at);
    case 'order.hold_refused':
      return saga.holdRefused(state);
    case 'order.priced':
      return saga.priced(state, event);
    case 'order.hold_extended':
      return saga.holdExtended(state, event);
    case 'order.committed':
      return saga.committed(state);
    case 'order.confirmed':
      return saga.confirmed(state, event, at);
    case 'order.number_noted':
      return { numberNoted: true };
    case 'order.cart_closed':
      return { cart: 'closed' };
    case 'payment.created':
      return money.created(state, event);
    case 'payment.action_required':
      return money.actionRequired(state, event, at);
    case 'payment.processing':
      return money.processing(state, at);
    case 'payment.failed':
      return money.declined(state, event);
    case 'payment.retried':
      return money.retried(state, event);
    case 'payment.looked_up':
      return money.lookedUp(state, event);
    case 'payment.still_open':
      return money.stillOpen(state, at);
    case 'payment.authorised':
      return money.authorised(state);
    case 'payment.captured':
      return money.captured(state, event);
    case 'payment.capture_failed':
      return money.captureFailed(state, event);
    case 'payment.tried_again':
      return money.triedAgain(state);
    case 'refund.asked':
      return money.refundAsked(state, event, at);
    case 'refund.done':
      return money.refundDone(state, event, at);
    case 'refund.failed':
      return money.refundFailed(state, event);
    case 'refund.tried_again':
      return money.refundTriedAgain(state, event);
    case 'order.refused':
      return undoing.refused(state, event);
    case 'order.canceled':
      return undoing.canceled(state);
    case 'order.hold_lost':
    case 'order.hold_released':
      return { hold: { ...state.hold, status: 'released', left: [] } };
    case 'order.hold_found_committed':
      return undoing.holdFoundCommitted(state);
    case 'order.units_given_back':
      return undoing.unitsGivenBack(state, event);
    case 'payment.void_asked':
      return undoing.voidAsked(state);
    case 'payment.void_failed':
      return undoing.voidFailed(state, event);
    case 'payment.voided':
      return { payment: { ...state.payment, status: 'voided', dueAt: null, action: null } };
    case 'payment.appeared':
      return undoing.appeared(state, event);
    case 'payment.found_authorised':
      return undoing.foundAuthorised(state);
    case 'order.rescued':
      return undoing.rescued(state, at);
    case 'order.closed':
      return undoing.closed(state);
    case 'shipment.created':
      return goods.shipped(state, event, at);
    case 'shipment.booked':
      return goods.booked(state, event);
    case 'shipment.delivered':
      return goods.delivered(state, event, at);
    case 'return.requested':
      return goods.returnRequested(state, event, at);
    case 'return.received':
      return goods.returnReceived(state, event, at);
    case 'return.booked':
      return goods.returnBooked(state, event);
    default:
      return unreachable(event);
  }
}
