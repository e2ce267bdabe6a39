/** The decisions of a store. Order: what is known already, then refusals, then acceptance. */
import { unreachable, type Decision } from '../kernel/index.ts';
import type { StoreCommand, StoreRefusal, StoreReply } from './commands.ts';
import { storeLimits, type StoreEvent, type StoreState } from './state.ts';

export type StoreDecision = Decision<StoreEvent, StoreReply, StoreRefusal>;

export function decide(state: StoreState, command: StoreCommand): StoreDecision {
  switch (command.type) {
    case 'takeNumber':
      return takeNumber(state, command.orderId);
    case 'noteNumber':
      return noteNumber(state, command.orderId);
    case 'read':
      return accepted([], { type: 'store', nextNumber: state.nextNumber, onTheirWay: state.onTheirWay.length });
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
function takeNumber(state: StoreState, orderId: string): StoreDecision {
  const known = state.onTheirWay.find((one) => one.orderId === orderId);
  if (known !== undefined) return { kind: 'repeated', reply: { type: 'number', number: known.number } };
  if (state.onTheirWay.length >= storeLimits.onTheirWayMax)
    return { kind: 'refused', refusal: { code: 'numbers_full', retryAfterMs: storeLimits.fullRetryMs } };
  const number = state.nextNumber;
  return accepted([{ type: 'numberTaken', orderId, number }], { type: 'number', number });
}

/** N2. An order asks for its number no more once it has recorded it, so forgetting it gives nobody a second one. */
function noteNumber(state: StoreState, orderId: string): StoreDecision {
  const isKnown = state.onTheirWay.some((one) => one.orderId === orderId);
  return accepted(isKnown ? [{ type: 'numberNoted', orderId }] : [], { type: 'noted' });
}
