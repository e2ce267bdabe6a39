/**
 * The `store` actor: what belongs to a store as a whole and must be decided in one place. Today its order numbers; see
 * `commands.ts` for what is promised about them.
 *
 * An order that took a number asks for it again until it has heard it, and says so when it has recorded it. Between
 * the two the number is on its way and remembered here; after that, in the order alone.
 */
import type { ActorDefinition, ActorId, Json, Row, RowChange, Rows, StampedEvent, TableDefinition } from '../kernel/index.ts';
import { assert, unreachable } from '../kernel/index.ts';
import type { StoreCommand, StoreRefusal, StoreReply } from './commands.ts';
import { decide } from './decide.ts';
import { initialState, type StoreEvent, storeLimits, type StoreState } from './state.ts';

export * from './commands.ts';

export const storeCountersTable: TableDefinition = {
  name: 'store_counters',
  columns: {
    store_id: 'text',
    version: 'bigint',
    next_number: 'bigint',
    /** [{orderId, number}] */
    on_their_way: 'jsonb',
  },
  key: ['store_id'],
  actorColumn: 'store_id',
  loaded: true,
};

function apply(state: StoreState, event: StoreEvent): StoreState {
  const version = state.version + 1;
  switch (event.type) {
    case 'numberTaken': {
      const { orderId, number } = event;
      assert(number === state.nextNumber, `number ${number} is taken where ${state.nextNumber} is the next`);
      return { ...state, version, nextNumber: number + 1, onTheirWay: [...state.onTheirWay, { orderId, number }] };
    }
    case 'numberNoted':
      return { ...state, version, onTheirWay: state.onTheirWay.filter(({ orderId }) => orderId !== event.orderId) };
    default:
      return unreachable(event);
  }
}

function rows(id: ActorId, events: readonly StampedEvent<StoreEvent>[], after: StoreState): readonly RowChange[] {
  if (events.length === 0) return [];
  const row: Row = {
    store_id: id.store,
    version: after.version,
    next_number: after.nextNumber,
    on_their_way: after.onTheirWay as unknown as Json,
  };
  return [{ table: storeCountersTable.name, row }];
}

function load(id: ActorId, stored: Rows): StoreState {
  const row = stored[storeCountersTable.name]?.[0];
  if (row === undefined) return initialState(id);
  const { version, next_number: nextNumber, on_their_way: onTheirWay } = row;
  assert(typeof version === 'number' && typeof nextNumber === 'number', 'store_counters holds numbers');
  assert(Array.isArray(onTheirWay), 'store_counters.on_their_way is a list');
  return { id, version, nextNumber, onTheirWay };
}

/** N1, and what bounds the memory (I7). */
function broken({ nextNumber, onTheirWay }: StoreState): readonly string[] {
  const wrong: string[] = [];
  if (onTheirWay.some(({ number }, index) => number >= nextNumber || number <= (onTheirWay[index - 1]?.number ?? 0)))
    wrong.push('numbers on their way are not in order, or were never taken');
  if (new Set(onTheirWay.map(({ orderId }) => orderId)).size < onTheirWay.length) wrong.push('an order has two numbers');
  if (onTheirWay.length > storeLimits.onTheirWayMax) wrong.push(`${onTheirWay.length} numbers are on their way`);
  return wrong;
}

export const storeDefinition: ActorDefinition<StoreState, StoreCommand, StoreEvent, StoreReply, StoreRefusal> = {
  kind: 'store',
  format: 1,
  tables: [storeCountersTable],
  initial: initialState,
  decide,
  apply,
  deadline: () => null,
  tick: { type: 'tick' },
  pending: () => [],
  /** It owes nobody anything, so no answer ever comes. */
  answered: () => ({ type: 'tick' }),
  rows,
  load,
  view: () => null,
  canonical: ({ id, version, nextNumber, onTheirWay }) => ({
    store: id.store,
    version,
    nextNumber,
    onTheirWay: onTheirWay.map(({ orderId, number }) => ({ number, orderId })),
  }),
  broken,
};
