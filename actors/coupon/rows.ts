/**
 * How a coupon is stored, and read back: load(rows(fold)) = fold (K5).
 *
 * R1. One row for the code, one for each use, for ever. Read back are held and committed uses, and what ended until it
 *     may be forgotten: a folded use is history.
 * R2. One row for each buyer of folded uses, while they are counted (S4 of state.ts).
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
import { initialState, put } from './book.ts';
import type { CouponTerms } from './commands.ts';
import type { CouponEvent } from './events.ts';
import {
  buyerName,
  type CouponState,
  everyUse,
  findUse,
  type FoldedUse,
  isForgotten,
  type Remembered,
  type Use,
  useName,
} from './state.ts';

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
    /** Of `used`: no longer known by name. */
    folded: 'bigint',
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
    /** As in memory, or `folded`. */
    status: 'text',
    buyer: 'text',
    quantity: 'bigint',
    check_at: 'bigint',
    asking: 'boolean',
    not_after: 'bigint',
    /** When it is forgotten, or may be folded; null: not while it is held. */
    forget_at: 'bigint',
  },
  key: ['store_id', 'code', 'hold_id', 'generation', 'attempt'],
  actorColumn: 'code',
  loaded: true,
  recent: { column: 'forget_at', keepMs: 0, unlessStatus: ['held', 'committed'] },
};

export const couponBuyersTable: TableDefinition = {
  name: 'coupon_buyers',
  columns: {
    store_id: 'text',
    code: 'text',
    /** '': nobody in particular. */
    buyer: 'text',
    version: 'bigint',
    folded: 'bigint',
  },
  key: ['store_id', 'code', 'buyer'],
  actorColumn: 'code',
  loaded: true,
};

export const couponTables: readonly TableDefinition[] = [couponsTable, couponUsesTable, couponBuyersTable];

export function rows(id: ActorId, events: readonly StampedEvent<CouponEvent>[], after: CouponState): readonly RowChange[] {
  if (events.length === 0) return [];
  const of = { store_id: id.store, code: id.id };
  const { version, terms, held, used, folded, remembered } = after;
  const code: Row = { ...of, version, terms: toJson(terms), held, used, folded, remembered: toJson(remembered) };
  const uses = new Map<string, Row>();
  const buyers = new Map<string, Row>();
  const noteBuyer = (buyer: string, eventVersion: number): void => {
    buyers.set(buyer, { ...of, buyer, version: eventVersion, folded: after.foldedByBuyer.get(buyer) ?? 0 });
  };
  for (const { event, version: eventVersion } of events) {
    if (event.type === 'defined') continue;
    if (event.type === 'uses.folded') {
      for (const use of event.uses) {
        uses.set(useName(use), { ...of, ...foldedRow(use, eventVersion) });
        if (event.counted) noteBuyer(buyerName(use.buyer), eventVersion);
      }
      continue;
    }
    if (event.type === 'use.given_back' && event.folded !== undefined) noteBuyer(buyerName(event.folded.buyer), eventVersion);
    const use = findUse(after.uses, event);
    // one that was forgotten within the frame leaves its older row, which nobody reads back
    if (use !== undefined) uses.set(useName(event), { ...of, ...useRow(use, eventVersion) });
  }
  return [
    { table: couponsTable.name, row: code },
    ...[...uses.values()].map((row) => ({ table: couponUsesTable.name, row })),
    ...[...buyers.values()].map((row) => ({ table: couponBuyersTable.name, row })),
  ];
}

/** Not read back: `forget_at` is long ago. */
function foldedRow({ holdId, generation, attempt, buyer, quantity }: FoldedUse, version: number): Row {
  const identity = { hold_id: holdId, generation, attempt, version, status: 'folded', buyer, quantity };
  return { ...identity, check_at: null, asking: false, not_after: null, forget_at: 0 };
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
  state.folded = number(row, 'folded');
  state.used = state.folded;
  for (const { buyer, folded } of stored[couponBuyersTable.name] ?? []) {
    assert(typeof buyer === 'string' && typeof folded === 'number', 'coupon_buyers has a count for each buyer');
    if (folded > 0) state.foldedByBuyer.set(buyer, folded);
  }
  const uses = (stored[couponUsesTable.name] ?? []).filter(({ status }) => status !== 'folded').map(useOf);
  for (const use of uses) if (!isForgotten(use, now)) put(state, use, noUndo);
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
  assert(typeof value === 'number', `${column} of a coupon is ${String(value)}, not a number`);
  return value;
}

function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `coupon_uses.${column} is ${String(value)}, not a text`);
  return value;
}

/** The whole state in one order; what may be forgotten at `at` is left out. */
export function canonical(state: CouponState, at: Instant): Json {
  const alive = [...everyUse(state)].filter((use) => !isForgotten(use, at));
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
    folded: state.folded,
    byBuyer: countsOf(state.byBuyer),
    foldedByBuyer: countsOf(state.foldedByBuyer),
    uses: alive.sort((a, b) => (useName(a) < useName(b) ? -1 : 1)).map((use) => useRow(use, 0)),
    remembered: toJson(state.remembered.filter((each) => each.at >= at - holdLimits.commandRepeatHorizonMs)),
  };
}

function countsOf(byBuyer: ReadonlyMap<string, number>): Json {
  return [...byBuyer].sort(([a], [b]) => (a < b ? -1 : 1)).map(([buyer, has]) => [buyer, has]);
}

/** All that a coupon keeps is plain data; only TypeScript cannot see that an interface is. */
function toJson(value: object | null): Json {
  return value as unknown as Json;
}
