/**
 * The tables of the `stock` actor. Every key starts with `store_id`; instants are milliseconds; levels
 * and quantities are whole units.
 *
 * Rows are inserted and updated, never taken away: what has ended carries `forget_at`, and is read back
 * only until then. `available` is stored for readers of the table and ignored when loading: it is derived.
 */
import { holdLimits } from '../kernel/index.ts';
import type { TableDefinition } from '../kernel/index.ts';

const stockSkus: TableDefinition = {
  name: 'stock_skus',
  columns: {
    store_id: 'text',
    sku: 'text',
    version: 'bigint',
    count_version: 'bigint',
    paused: 'boolean',
    policy: 'text',
    /** {location: units}, also of locations the SKU does not have yet. */
    safety_stock: 'jsonb',
    low_stock_threshold: 'bigint',
    per_buyer_cap: 'bigint',
    per_buyer_window_ms: 'bigint',
    available: 'bigint',
    changed_at: 'bigint',
  },
  key: ['store_id', 'sku'],
  actorColumn: 'sku',
  loaded: true,
};

const stockLevels: TableDefinition = {
  name: 'stock_levels',
  columns: {
    store_id: 'text',
    sku: 'text',
    location: 'text',
    version: 'bigint',
    on_hand: 'bigint',
    available: 'bigint',
    held: 'bigint',
    committed: 'bigint',
    allotted: 'bigint',
    damaged: 'bigint',
    safety_stock: 'bigint',
    incoming: 'bigint',
    // I1: on_hand = received + shipped + returned + adjusted + transferred, each the signed sum of its movements
    received: 'bigint',
    shipped: 'bigint',
    returned: 'bigint',
    adjusted: 'bigint',
    transferred: 'bigint',
  },
  key: ['store_id', 'sku', 'location'],
  actorColumn: 'sku',
  loaded: true,
};

/** One-line holds, parts of multi-line holds, and tombstones of parts, told apart by `kind`. */
const stockHolds: TableDefinition = {
  name: 'stock_holds',
  columns: {
    store_id: 'text',
    sku: 'text',
    hold_id: 'text',
    /** 0 and 0 for one-line holds. */
    generation: 'integer',
    attempt: 'integer',
    /** line | part | tombstone */
    kind: 'text',
    status: 'text',
    version: 'bigint',
    buyer: 'text',
    quantity: 'bigint',
    /** [{location, quantity}] as first taken (of a part: as it holds now). */
    allocations: 'jsonb',
    /** What is left of them once committed: neither fulfilled nor uncommitted. */
    remaining: 'jsonb',
    fulfilled: 'bigint',
    fingerprint: 'text',
    sale: 'text',
    taken_at: 'bigint',
    first_expires_at: 'bigint',
    expires_at: 'bigint',
    check_at: 'bigint',
    asking: 'boolean',
    not_after: 'bigint',
    /** Of a part: the one-line hold it named. */
    absorbs: 'text',
    /** Of a one-line hold: the multi-line hold that has its units. */
    absorbed_by: 'text',
    /** [{commandId, fingerprint, expiresAt, at}]: answers of `extend`. */
    extensions: 'jsonb',
    ended_at: 'bigint',
    forget_at: 'bigint',
  },
  key: ['store_id', 'sku', 'hold_id', 'generation', 'attempt'],
  actorColumn: 'sku',
  loaded: true,
  recent: { column: 'forget_at', keepMs: 0, unlessStatus: ['held', 'committed', 'absorbed'] },
};

const stockMovements: TableDefinition = {
  name: 'stock_movements',
  columns: {
    store_id: 'text',
    sku: 'text',
    version: 'bigint',
    location: 'text',
    /** received | shipped | returned | adjusted | transferred */
    kind: 'text',
    /** Signed: what it did to on_hand. */
    quantity: 'bigint',
    /** Why it was adjusted, or in which condition it came back. */
    reason: 'text',
    command_id: 'text',
    hold_id: 'text',
    at: 'bigint',
  },
  key: ['store_id', 'sku', 'version', 'location'],
  actorColumn: 'sku',
  loaded: false,
};

const stockAllotments: TableDefinition = {
  name: 'stock_allotments',
  columns: {
    store_id: 'text',
    sku: 'text',
    sale: 'text',
    location: 'text',
    version: 'bigint',
    quantity: 'bigint',
    /** false: the sale was closed; its row stays as history. */
    open: 'boolean',
  },
  key: ['store_id', 'sku', 'sale', 'location'],
  actorColumn: 'sku',
  loaded: true,
};

/** Answers to the merchant's commands, for repeats (I5). One table for all kinds of actor. */
function commandOutcomes(kind: string): TableDefinition {
  return {
    name: 'command_outcomes',
    columns: {
      store_id: 'text',
      kind: 'text',
      actor_id: 'text',
      command_id: 'text',
      version: 'bigint',
      fingerprint: 'text',
      reply: 'jsonb',
      at: 'bigint',
    },
    key: ['store_id', 'kind', 'actor_id', 'command_id'],
    actorColumn: 'actor_id',
    where: { kind },
    loaded: true,
    recent: { column: 'at', keepMs: holdLimits.commandRepeatHorizonMs },
  };
}

export const stockTables: readonly TableDefinition[] = [
  stockSkus,
  stockLevels,
  stockHolds,
  stockMovements,
  stockAllotments,
  commandOutcomes('stock'),
];
