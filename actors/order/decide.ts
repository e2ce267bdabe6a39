/**
 * The decisions of an order, one function per command in `decide/`.
 *
 * D1. Nothing is changed here. What follows from a decision (the way back, who is answered) is worked out on the
 *     state that its events make, never by guessing.
 * D2. The repeat check comes first, then the refusals in the order of `OrderRefusal`, then acceptance.
 * D3. Whoever waits is answered exactly once: in the decision after which nobody waits any more.
 */
import { assert, unreachable, type Instant } from '../kernel/index.ts';
import type { OrderCommand, OrderRefusal } from './commands.ts';
import {
  decideDeliver,
  decideFulfil,
  decideReceiveReturn,
  decideRefund,
  decideRequestReturn,
  decideRetryRefund,
} from './decide/after-sales.ts';
import { decideStepAnswered } from './decide/answers.ts';
import { complete } from './decide/complete.ts';
import { decidePaymentNews } from './decide/payment.ts';
import { decideCancel, decidePay, decidePlace, decideRead } from './decide/place.ts';
import { type OrderDecision, type OrderSettled, type Step } from './decide/step.ts';
import { decideTick } from './decide/tick.ts';
import type { OrderEvent } from './events.ts';
import { declineOf, orderReply } from './reply.ts';
import type { OrderState } from './state.ts';

export function decide(state: OrderState, command: OrderCommand, at: Instant): OrderDecision {
  const step = stepOf(state, command, at);
  if (step.kind === 'refused') return { kind: 'refused', refusal: step.refusal };
  if (step.kind === 'repeated') return { kind: 'repeated', reply: orderReply(state) };
  const cause = causeOf(command);
  const caused = step.events.map((event): OrderEvent => ({ ...event, cause }));
  const { events, after } = complete(state, caused, at);
  const settled = settledBy(state, after);
  const answered = settled.length === 0 ? {} : { settled };
  if (step.kind === 'waiting') return { kind: 'waiting', events, ticket: step.ticket, ...answered };
  return { kind: 'accepted', events, reply: replyTo(step, after), ...answered };
}

function replyTo(step: Step, after: OrderState) {
  return step.kind === 'shown' ? orderReply(after) : ({ type: 'noted' } as const);
}

function stepOf(state: OrderState, command: OrderCommand, at: Instant): Step {
  switch (command.type) {
    case 'place':
      return decidePlace(state, command);
    case 'cancel':
      return decideCancel(state, command);
    case 'pay':
      return decidePay(state, command, at);
    case 'fulfil':
      return decideFulfil(state, command, at);
    case 'deliver':
      return decideDeliver(state, command, at);
    case 'requestReturn':
      return decideRequestReturn(state, command, at);
    case 'receiveReturn':
      return decideReceiveReturn(state, command, at);
    case 'refund':
      return decideRefund(state, command, at);
    case 'retryRefund':
      return decideRetryRefund(state, command, at);
    case 'paymentNews':
      return decidePaymentNews(state, command, at);
    case 'stepAnswered':
      return decideStepAnswered(state, command, at);
    case 'tick':
      return decideTick(state, at);
    case 'read':
      return decideRead(state, command);
    default:
      return unreachable(command);
  }
}

/** For the order's story. */
function causeOf(command: OrderCommand): string {
  switch (command.type) {
    case 'stepAnswered':
      return `effect ${command.effectId}`;
    case 'paymentNews':
      return `webhook ${command.eventId}`;
    case 'tick':
      return 'timer';
    default:
      return 'commandId' in command ? `${command.type} ${command.commandId}` : command.type;
  }
}

/** D3 */
function settledBy(before: OrderState, after: OrderState): readonly OrderSettled[] {
  const ticket = before.waitingTicket;
  if (ticket === null || after.waitingTicket === ticket) return [];
  assert(after.waitingTicket === null, 'nobody waits in the place of somebody else');
  const refusal = verdictOn(after);
  return [{ ticket, outcome: refusal === null ? { reply: orderReply(after) } : { refusal } }];
}

/** Null: it is an order, or the buyer has something to do. */
function verdictOn(state: OrderState): OrderRefusal | null {
  return state.goal === null ? declineOf(state) : state.refusal;
}
