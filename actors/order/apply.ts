/**
 * What each event does to the state: a new state every time (S1), so a frame the log refused leaves no trace.
 *
 * A1. Every event adds exactly 1 to `version`.
 * A2. A transition asserts what it starts from: an event that does not fit is a broken invariant, not a guess.
 */
import { assert, type Instant } from '../kernel/index.ts';
import * as goods from './apply/goods.ts';
import * as money from './apply/money.ts';
import * as saga from './apply/saga.ts';
import * as undoing from './apply/undoing.ts';
import type { HappeningOf, OrderEvent, OrderHappening } from './events.ts';
import type { OrderState } from './state.ts';

export type Change = Partial<Omit<OrderState, 'id' | 'version'>>;

export function apply(state: OrderState, event: OrderEvent, at: Instant): OrderState {
  return { ...state, ...changeOf(state, event, at), version: state.version + 1 }; // A1
}

export function applyAll(state: OrderState, events: readonly OrderEvent[], at: Instant): OrderState {
  return events.reduce((after, event) => apply(after, event, at), state);
}

type ChangeBy<Type extends OrderHappening['type']> = (state: OrderState, event: HappeningOf<Type>, at: Instant) => Change;

/** One line per event; the compiler misses none. */
const changes: { readonly [Type in OrderHappening['type']]: ChangeBy<Type> } = {
  'order.placed': saga.placed,
  'order.cart_opened': saga.cartOpened,
  'order.cart_refused': saga.cartRefused,
  'order.held': saga.held,
  'order.hold_refused': saga.holdRefused,
  'order.hold_asked_again': saga.holdAskedAgain,
  'order.priced': saga.priced,
  'order.hold_extended': saga.holdExtended,
  'order.committed': saga.committed,
  'order.confirmed': saga.confirmed,
  'order.number_noted': () => ({ numberNoted: true }),
  'order.cart_closed': () => ({ cart: 'closed' }),
  'payment.created': money.created,
  'payment.action_required': money.actionRequired,
  'payment.processing': (state, _event, at) => money.processing(state, at),
  'payment.failed': money.declined,
  'payment.retried': money.retried,
  'payment.looked_up': money.lookedUp,
  'payment.still_open': (state, _event, at) => money.stillOpen(state, at),
  'payment.authorised': money.authorised,
  'payment.captured': money.captured,
  'payment.capture_failed': money.captureFailed,
  'payment.tried_again': money.triedAgain,
  'refund.asked': money.refundAsked,
  'refund.done': money.refundDone,
  'refund.failed': money.refundFailed,
  'refund.returned': money.refundReturned,
  'refund.tried_again': money.refundTriedAgain,
  'order.refused': undoing.refused,
  'order.canceled': undoing.canceled,
  'order.hold_lost': undoing.holdEnded,
  'order.hold_released': undoing.holdEnded,
  'order.hold_found_committed': undoing.holdFoundCommitted,
  'order.units_given_back': undoing.unitsGivenBack,
  'payment.void_asked': undoing.voidAsked,
  'payment.void_failed': undoing.voidFailed,
  'payment.voided': undoing.voided,
  'payment.appeared': undoing.appeared,
  'payment.found_authorised': undoing.foundAuthorised,
  'order.rescued': (state, _event, at) => undoing.rescued(state, at),
  'order.closed': undoing.closed,
  'shipment.created': goods.shipped,
  'shipment.booked': goods.booked,
  'shipment.delivered': goods.delivered,
  'return.requested': goods.returnRequested,
  'return.received': goods.returnReceived,
  'return.booked': goods.returnBooked,
};

function changeOf(state: OrderState, event: OrderEvent, at: Instant): Change {
  const change = changes[event.type] as ChangeBy<OrderHappening['type']> | undefined;
  assert(change !== undefined, `an order has no event ${event.type}`);
  return change(state, event, at);
}
