/** The decisions of a store. Order: what is known already, then refusals, then acceptance. */
import { type Decision, type Instant, unreachable } from '../kernel/index.ts';
import type { StoreCommand, StoreRefusal, StoreReply } from './commands.ts';
import { isForgotten, storeLimits, type StoreEvent, type StoreState } from './state.ts';

export type StoreDecision = Decision<StoreEvent, StoreReply, StoreRefusal>;

export function decide(state: StoreState, command: StoreCommand, at: Instant): StoreDecision {
  switch (command.type) {
    case 'takeNumber':
      return takeNumber(state, command.orderId, at);
    case 'noteNumber':
      return noteNumber(state, command.orderId);
    case 'read':
      return accepted([], { type: 'store', nextNumber: state.nextNumber, onTheirWay: state.onTheirWay });
    case 'tick':
      return accepted([], { type: 'noted' });
    default:
      return unreachable(command);
  }
}

function accepted(events: readonly StoreEvent[], reply: StoreReply): StoreDecision {
  return { kind: 'accepted', events, reply };
}

/** N1. */
function takeNumber(state: StoreState, orderId: string, at: Instant): StoreDecision {
  const known = state.numbers.get(orderId);
  if (known !== undefined && !isForgotten(known, at)) return { kind: 'repeated', reply: { type: 'number', number: known.number } };
  if (state.onTheirWay >= storeLimits.onTheirWayMax)
    return { kind: 'refused', refusal: { code: 'numbers_full', retryAfterMs: storeLimits.fullRetryMs } };
  const number = state.nextNumber;
  return accepted([{ type: 'numberTaken', orderId, number }], { type: 'number', number });
}

/** N2. */
function noteNumber(state: StoreState, orderId: string): StoreDecision {
  const isOnItsWay = state.numbers.get(orderId)?.notedAt === null;
  return accepted(isOnItsWay ? [{ type: 'numberNoted', orderId }] : [], { type: 'noted' });
}
