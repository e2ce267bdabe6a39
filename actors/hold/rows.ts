/**
 * How a multi-line hold is stored: one row of its own and one per remembered command.
 *
 * Owns the persistence shape of `hold`; knows nothing of SQL. All instants are ms since 1970 (bigint).
 *
 * R1. One hold is one row, with its lines and parts as JSON: they change together and are only ever read together.
 * R2. Ended holds stay: a GET and a repeated command find them for ever, without anything in memory.
 */
import { holdLimits, type TableDefinition } from '../kernel/index.ts';

export const holdsTable: TableDefinition = {
  name: 'holds',
  columns: {
    store_id: 'text',
    hold_id: 'text',
    version: 'bigint',
    status: 'text',
    /** null: taken with the merchant's secret key. */
    buyer: 'text',
    generation: 'integer',
    attempt: 'integer',
    /** The newest pair ever asked for; ahead of (generation, attempt) while or after a change is refused. */
    asked_generation: 'integer',
    asked_attempt: 'integer',
    command_id: 'text',
    fingerprint: 'text',
    /** The ticket somebody may still wait on for a take or a change; null once answered. */
    waiting_ticket: 'text',
    /** [{sku, quantity, absorbs?}] as the client sent them. */
    lines: 'jsonb',
    /** [{location, rank}] */
    nearness: 'jsonb',
    /** [{sku, generation, attempt, line, quantity, absorbs?, notAfter, role, status, allocations}] */
    parts: 'jsonb',
    /** The change in progress (generation g+1), or null. */
    change: 'jsonb',
    /** {line, sku, cause} of a refused attempt, or null. */
    refusal: 'jsonb',
    asked_at: 'bigint',
    /** Parts must be taken by then. */
    not_after: 'bigint',
    /** When all parts were in; null: never held. */
    taken_at: 'bigint',
    expires_at: 'bigint',
    /** Expiry as first answered: repeats of the take say this one. */
    first_expires_at: 'bigint',
    ended_at: 'bigint',
  },
  key: ['store_id', 'hold_id'],
  actorColumn: 'hold_id',
  loaded: true,
};

/** Shared with `stock` (same columns, other `kind`). */
export const holdOutcomesTable: TableDefinition = {
  name: 'command_outcomes',
  columns: {
    store_id: 'text',
    kind: 'text',
    actor_id: 'text',
    command_id: 'text',
    fingerprint: 'text',
    reply: 'jsonb',
    at: 'bigint',
    version: 'bigint',
  },
  key: ['store_id', 'kind', 'actor_id', 'command_id'],
  actorColumn: 'actor_id',
  where: { kind: 'hold' },
  loaded: true,
  recent: { column: 'at', keepMs: holdLimits.holdRepeatHorizonMs },
};

export const holdTables: readonly TableDefinition[] = [holdsTable, holdOutcomesTable];
