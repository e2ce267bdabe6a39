/** How a cart is stored and read back: one row, load(rows(fold)) = fold (K5). */
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
import type { CartLine, CartStatus } from './commands.ts';
import type { CartEvent } from './events.ts';
import { type CartState, expiresAt, initialState } from './state.ts';

export const cartsTable: TableDefinition = {
  name: 'carts',
  columns: {
    store_id: 'text',
    cart_id: 'text',
    version: 'bigint',
    buyer: 'text',
    status: 'text',
    currency: 'text',
    /** [{sku, quantity, shownUnitPriceMinor, holdId}] */
    lines: 'jsonb',
    codes: 'jsonb',
    fingerprint: 'text',
    expires_after_ms: 'bigint',
    changed_at: 'bigint',
    /** For whoever looks for abandoned carts. */
    expires_at: 'bigint',
    order_id: 'text',
    attempt: 'integer',
    /** {orderId, attempt} or null */
    ended: 'jsonb',
    merged_into: 'text',
    ask_at: 'bigint',
    asking: 'boolean',
  },
  key: ['store_id', 'cart_id'],
  actorColumn: 'cart_id',
  loaded: true,
};

export const cartTables: readonly TableDefinition[] = [cartsTable];

export function rows(id: ActorId, events: readonly StampedEvent<CartEvent>[], after: CartState): readonly RowChange[] {
  return events.length === 0 ? [] : [{ table: cartsTable.name, row: { store_id: id.store, cart_id: id.id, ...columnsOf(after) } }];
}

function columnsOf(state: CartState): Row {
  return {
    version: state.version,
    buyer: state.buyer,
    status: state.status,
    currency: state.currency,
    lines: state.lines.map(lineJson),
    codes: state.codes,
    fingerprint: state.fingerprint,
    expires_after_ms: state.expiresAfterMs,
    changed_at: state.changedAt,
    expires_at: expiresAt(state),
    order_id: state.orderId,
    attempt: state.attempt,
    ended: state.ended === null ? null : { attempt: state.ended.attempt, orderId: state.ended.orderId },
    merged_into: state.mergedInto,
    ask_at: state.askAt,
    asking: state.asking,
  };
}

/** With its keys in one order: JSON columns come back with theirs in another. */
export function lineJson({ sku, quantity, shownUnitPriceMinor, holdId }: CartLine): Record<string, Json> {
  return { sku, quantity, shownUnitPriceMinor, holdId };
}

export function load(id: ActorId, stored: Rows): CartState {
  const row = stored[cartsTable.name]?.[0];
  if (row === undefined) return initialState(id);
  return {
    id,
    version: number(row, 'version'),
    buyer: textOrNull(row, 'buyer'),
    status: text(row, 'status') as CartStatus,
    currency: text(row, 'currency'),
    lines: row['lines'] as unknown as readonly CartLine[],
    codes: row['codes'] as readonly string[],
    fingerprint: text(row, 'fingerprint'),
    expiresAfterMs: number(row, 'expires_after_ms'),
    changedAt: number(row, 'changed_at'),
    orderId: textOrNull(row, 'order_id'),
    attempt: number(row, 'attempt'),
    ended: row['ended'] as CartState['ended'],
    mergedInto: textOrNull(row, 'merged_into'),
    askAt: row['ask_at'] === null ? null : number(row, 'ask_at'),
    asking: row['asking'] === true,
  };
}

function number(row: Row, column: string): Instant {
  const value = row[column];
  assert(typeof value === 'number', `carts.${column} is ${String(value)}, not a number`);
  return value;
}

function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `carts.${column} is ${String(value)}, not a text`);
  return value;
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function canonical(state: CartState): Json {
  return { store: state.id.store, cart: state.id.id, ...columnsOf(state) };
}
