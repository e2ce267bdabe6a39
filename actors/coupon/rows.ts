/**
 * How a coupon is stored, and read back: load(rows(fold)) = fold (K5).
 *
 * R1. One row for the code, one for each use. Committed uses stay for ever; released ones and tombstones are not read
 *     back once they may be forgotten.
 */
import {
  type ActorId,
  assert,
  holdLimits,
  type Instant,
  type Json,
  noUndo,
  type Row,
  type RowChange,
  type Rows,
  type StampedEvent,
  type TableDefinition,
} from '../kernel/index.ts';
import { put } from './apply.ts';
import type { CouponTerms } from './commands.ts';
import type { CouponEvent } from './events.ts';
import { type CouponState, initialState, type Remembered, type Use, useName } from './state.ts';

export const couponsTable: TableDefinition = {
  name: 'coupon_codes',
  columns: {
    store_id: 'text',
    code: 'text',
    version: 'bigint',
    /** {usesMax, usesPerBuyerMax, validFrom, validUntil, active} or null */
    terms: 'jsonb',
    held: 'bigint',
    used: 'bigint',
    /** [{commandId, fingerprint, at}] of `define` */
    remembered: 'jsonb',
  },
  key: ['store_id', 'code'],
  actorColumn: 'code',
  loaded: true,
};

export const couponUsesTable: TableDefinition = {
  name: 'coupon_uses',
  columns: {
    store_id: 'text',
    code: 'text',
    hold_id: 'text',
    generation: 'integer',
    attempt: 'integer',
    version: 'bigint',
    status: 'text',
    buyer: 'text',
    quantity: 'bigint',
    check_at: 'bigint',
    asking: 'boolean',
    not_after: 'bigint',
    /** null: not while it is held or committed. */
    forget_at: 'bigint',
  },
  key: ['store_id', 'code', 'hold_id', 'generation', 'attempt'],
  actorColumn: 'code',
  loaded: true,
  recent: { column: 'forget_at', keepMs: 0, unlessStatus: ['held', 'committed'] },
};

export const couponTables: readonly TableDefinition[] = [couponsTable, couponUsesTable];

export function rows(id: ActorId, events: readonly StampedEvent<CouponEvent>[], after: CouponState): readonly RowChange[] {
  if (events.length === 0) return [];
  const of = { store_id: id.store, code: id.id };
  const { version, terms, held, used, remembered } = after;
  const row: Row = { ...of, version, terms: toJson(terms), held, used, remembered: toJson(remembered) };
  const touched = new Map<string, RowChange>();
  for (const { event, version: eventVersion } of events) {
    if (event.type === 'defined') continue;
    const use = after.uses.get(useName(event));
    // one that was forgotten within the frame leaves its older row, which nobody reads back
    if (use !== undefined) touched.set(useName(event), { table: couponUsesTable.name, row: { ...of, ...useRow(use, eventVersion) } });
  }
  return [{ table: couponsTable.name, row }, ...touched.values()];
}

function useRow(use: Use, version: number): Row {
  return {
    hold_id: use.holdId,
    generation: use.generation,
    attempt: use.attempt,
    version,
    status: use.status,
    buyer: use.buyer,
    quantity: use.quantity,
    check_at: use.checkAt,
    asking: use.asking,
    not_after: use.notAfter,
    forget_at: use.forgetAt,
  };
}

export function load(id: ActorId, stored: Rows, now: Instant): CouponState {
  const row = stored[couponsTable.name]?.[0];
  const state = initialState(id);
  if (row === undefined) return state;
  assert(typeof row['version'] === 'number', 'coupon_codes.version is a number');
  state.version = row['version'];
  state.terms = (row['terms'] ?? null) as unknown as CouponTerms | null;
  state.remembered = (row['remembered'] ?? []) as unknown as readonly Remembered[];
  const uses = (stored[couponUsesTable.name] ?? []).map(useOf).filter(({ forgetAt }) => forgetAt === null || forgetAt > now);
  // in the order in which they are to ask, or to be forgotten (S2)
  const due = (use: Use): Instant => use.forgetAt ?? use.checkAt;
  for (const use of uses.sort((a, b) => due(a) - due(b) || (useName(a) < useName(b) ? -1 : 1))) put(state, use, noUndo);
  return state;
}

function useOf(row: Row): Use {
  return {
    holdId: text(row, 'hold_id'),
    generation: number(row, 'generation'),
    attempt: number(row, 'attempt'),
    buyer: row['buyer'] === null ? null : text(row, 'buyer'),
    quantity: number(row, 'quantity'),
    status: text(row, 'status') as Use['status'],
    checkAt: number(row, 'check_at'),
    asking: row['asking'] === true,
    notAfter: number(row, 'not_after'),
    forgetAt: row['forget_at'] === null ? null : number(row, 'forget_at'),
  };
}

function number(row: Row, column: string): number {
  const value = row[column];
  assert(typeof value === 'number', `coupon_uses.${column} is ${String(value)}, not a number`);
  return value;
}

function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `coupon_uses.${column} is ${String(value)}, not a text`);
  return value;
}

/** The whole state in one order; what may be forgotten at `at` is left out. */
export function canonical(state: CouponState, at: Instant): Json {
  const alive = [...state.uses.values()].filter(({ forgetAt }) => forgetAt === null || forgetAt > at);
  const { usesMax, usesPerBuyerMax, validFrom, validUntil, active } = state.terms ?? {};
  return {
    store: state.id.store,
    code: state.id.id,
    version: state.version,
    terms:
      state.terms === null
        ? null
        : { active: active!, usesMax: usesMax!, usesPerBuyerMax: usesPerBuyerMax!, validFrom: validFrom!, validUntil: validUntil! },
    held: state.held,
    used: state.used,
    byBuyer: [...state.byBuyer].sort(([a], [b]) => (a < b ? -1 : 1)).map(([buyer, has]) => [buyer, has]),
    uses: alive.sort((a, b) => (useName(a) < useName(b) ? -1 : 1)).map((use) => useRow(use, 0)),
    remembered: toJson(state.remembered.filter((each) => each.at >= at - holdLimits.commandRepeatHorizonMs)),
  };
}

/** All that a coupon keeps is plain data; only TypeScript cannot see that an interface is. */
function toJson(value: object | null): Json {
  return value as unknown as Json;
}
