/**
 * How a store is stored: a row for its counter, and one for each number that is on its way or was noted lately.
 *
 * R1. A number that may be forgotten is not read back, and taken away in time: the history of numbers is the orders'.
 */
import {
  type ActorId,
  assert,
  type Instant,
  type Json,
  type Row,
  type RowChange,
  type Rows,
  type StampedEvent,
  type TableDefinition,
} from '../kernel/index.ts';
import { replace } from './apply.ts';
import { initialState, isForgotten, type KnownNumber, type StoreEvent, storeLimits, type StoreState } from './state.ts';

export const storeCountersTable: TableDefinition = {
  name: 'store_counters',
  columns: { store_id: 'text', version: 'bigint', next_number: 'bigint' },
  key: ['store_id'],
  actorColumn: 'store_id',
  loaded: true,
};

export const storeNumbersTable: TableDefinition = {
  name: 'store_numbers',
  columns: { store_id: 'text', order_id: 'text', version: 'bigint', number: 'bigint', status: 'text', noted_at: 'bigint' },
  key: ['store_id', 'order_id'],
  actorColumn: 'store_id',
  loaded: true,
  recent: { column: 'noted_at', keepMs: storeLimits.notedKeepMs, unlessStatus: ['on_its_way'] },
};

export const storeTables: readonly TableDefinition[] = [storeCountersTable, storeNumbersTable];

export function rows(id: ActorId, events: readonly StampedEvent<StoreEvent>[], after: StoreState): readonly RowChange[] {
  if (events.length === 0) return [];
  const counter: Row = { store_id: id.store, version: after.version, next_number: after.nextNumber };
  const touched = new Map(events.map(({ event, version }) => [event.orderId, version]));
  const taken = new Set(events.flatMap(({ event }) => (event.type === 'numberTaken' ? [event.orderId] : [])));
  const numbers = [...touched].flatMap(([orderId, version]): RowChange[] => {
    const known = after.numbers.get(orderId);
    return known === undefined ? [] : [{ table: storeNumbersTable.name, row: numberRow(id, known, version), isNew: taken.has(orderId) }];
  });
  return [{ table: storeCountersTable.name, row: counter }, ...numbers];
}

function numberRow(id: ActorId, { orderId, number, notedAt }: KnownNumber, version: number): Row {
  const status = notedAt === null ? 'on_its_way' : 'noted';
  return { store_id: id.store, order_id: orderId, version, number, status, noted_at: notedAt };
}

export function load(id: ActorId, stored: Rows, now: Instant): StoreState {
  const row = stored[storeCountersTable.name]?.[0];
  const state = initialState(id);
  if (row === undefined) return state;
  const { version, next_number: nextNumber } = row;
  assert(typeof version === 'number' && typeof nextNumber === 'number', 'store_counters holds numbers');
  state.version = version;
  state.nextNumber = nextNumber;
  const known = (stored[storeNumbersTable.name] ?? []).map(knownOf).filter((one) => !isForgotten(one, now));
  for (const one of known.sort((a, b) => (a.notedAt ?? 0) - (b.notedAt ?? 0) || a.number - b.number))
    replace(state, one.orderId, undefined, one);
  return state;
}

function knownOf(row: Row): KnownNumber {
  const { order_id: orderId, number, noted_at: notedAt } = row;
  assert(typeof orderId === 'string' && typeof number === 'number', 'store_numbers names orders and numbers');
  return { orderId, number, notedAt: typeof notedAt === 'number' ? notedAt : null };
}

export function canonical({ id, version, nextNumber, onTheirWay, numbers }: StoreState, at: Instant): Json {
  const known = [...numbers.values()].filter((one) => !isForgotten(one, at)).sort((a, b) => a.number - b.number);
  return {
    store: id.store,
    version,
    nextNumber,
    onTheirWay,
    numbers: known.map(({ orderId, number, notedAt }) => ({ number, orderId, notedAt })),
  };
}
