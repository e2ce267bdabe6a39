/** What each event does to a store. Changes the state in place and records every inverse. */
import { assert, type Instant, type Undo, unreachable } from '../kernel/index.ts';
import { isForgotten, type KnownNumber, type StoreEvent, type StoreState } from './state.ts';

/** Forgetting keeps pace with taking, two for one. */
const forgottenAtOnceMax = 2;

export function apply(state: StoreState, event: StoreEvent, at: Instant, undo: Undo): StoreState {
  const { version, nextNumber } = state;
  undo.record(() => Object.assign(state, { version, nextNumber }));
  state.version = version + 1;
  forgetSome(state, at, undo);
  switch (event.type) {
    case 'numberTaken': {
      const { orderId, number } = event;
      assert(number === nextNumber, `number ${number} is taken where ${nextNumber} is the next`);
      state.nextNumber = number + 1;
      return put(state, orderId, { orderId, number, notedAt: null }, undo);
    }
    case 'numberNoted': {
      const known = state.numbers.get(event.orderId);
      assert(known?.notedAt === null, `the number of ${event.orderId} is not on its way`);
      return put(state, event.orderId, { ...known, notedAt: at }, undo);
    }
    default:
      return unreachable(event);
  }
}

function forgetSome(state: StoreState, at: Instant, undo: Undo): void {
  let forgotten = 0;
  for (const orderId of state.noted) {
    const known = state.numbers.get(orderId);
    if (forgotten === forgottenAtOnceMax || known === undefined || !isForgotten(known, at)) return;
    forgotten += 1;
    put(state, orderId, undefined, undo);
  }
}

/** Undone, what was forgotten stands last and not first among the noted: it is only forgotten a little later. */
function put(state: StoreState, orderId: string, after: KnownNumber | undefined, undo: Undo): StoreState {
  const before = state.numbers.get(orderId);
  undo.record(() => replace(state, orderId, after, before));
  replace(state, orderId, before, after);
  return state;
}

/** Its own inverse. */
export function replace(state: StoreState, orderId: string, before: KnownNumber | undefined, after: KnownNumber | undefined): void {
  if (before?.notedAt === null) state.onTheirWay -= 1;
  if (after?.notedAt === null) state.onTheirWay += 1;
  state.noted.delete(orderId);
  if (after === undefined) state.numbers.delete(orderId);
  else {
    state.numbers.set(orderId, after);
    if (after.notedAt !== null) state.noted.add(orderId);
  }
}
