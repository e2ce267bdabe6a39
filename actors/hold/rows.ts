/**
 * How a multi-line hold is stored: one row of its own and one per remembered command.
 *
 * Owns the persistence shape of `hold`; knows nothing of SQL. All instants are ms since 1970 (bigint).
 *
 * R1. One hold is one row, with its lines and parts as JSON: they change together and are only ever read together.
 * R2. Ended holds stay: a GET and a repeated command find them for ever, without anything in memory.
 */
import { holdLimits, type ActorId, type Json, type Row, type RowChange, type StampedEvent, type TableDefinition } from '../kernel/index.ts';
import type { HoldEvent } from './events.ts';
import type { HoldState, Outcome } from './state.ts';

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
    /** [{kind?, sku, quantity, absorbs?}] as the client sent them; no kind: units of an SKU. */
    lines: 'jsonb',
    /** [{location, rank}] */
    nearness: 'jsonb',
    /** [{kind?, sku, generation, attempt, line, quantity, absorbs?, notAfter, role, status, allocations}] */
    parts: 'jsonb',
    /** The change in progress (generation g+1), or null. */
    change: 'jsonb',
    /** {line, kind?, sku, cause} of a refused attempt, or null. */
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
    version: 'bigint',
    fingerprint: 'text',
    reply: 'jsonb',
    at: 'bigint',
  },
  key: ['store_id', 'kind', 'actor_id', 'command_id'],
  actorColumn: 'actor_id',
  where: { kind: 'hold' },
  loaded: true,
  recent: { column: 'at', keepMs: holdLimits.holdRepeatHorizonMs },
};

export const holdTables: readonly TableDefinition[] = [holdsTable, holdOutcomesTable];

/** One row however many events; and one for each answer they made the hold remember. */
export function rows(id: ActorId, events: readonly StampedEvent<HoldEvent>[], after: HoldState): readonly RowChange[] {
  const [first] = events;
  if (first === undefined) return [];
  const answers = after.outcomes.filter((outcome) => outcome.version >= first.version);
  return [
    { table: holdsTable.name, row: holdRow(id, after), isNew: first.version === 1 },
    ...answers.map((outcome) => ({ table: holdOutcomesTable.name, row: outcomeRow(id, outcome) })),
  ];
}

function holdRow(id: ActorId, state: HoldState): Row {
  return {
    store_id: id.store,
    hold_id: id.id,
    version: state.version,
    status: state.status,
    buyer: state.buyer,
    generation: state.generation,
    attempt: state.attempt,
    asked_generation: state.askedGeneration,
    asked_attempt: state.askedAttempt,
    command_id: state.commandId,
    fingerprint: state.fingerprint,
    waiting_ticket: state.waitingTicket,
    lines: toJson(state.lines),
    nearness: toJson(state.nearness),
    parts: toJson([...state.parts.values()]),
    change: toJson(state.change),
    refusal: toJson(state.refusal),
    asked_at: state.askedAt,
    not_after: state.notAfter,
    taken_at: state.takenAt,
    expires_at: state.expiresAt,
    first_expires_at: state.firstExpiresAt,
    ended_at: state.endedAt,
  };
}

function outcomeRow(id: ActorId, outcome: Outcome): Row {
  const { commandId, fingerprint, reply, at, version } = outcome;
  return { store_id: id.store, kind: 'hold', actor_id: id.id, command_id: commandId, fingerprint, reply: toJson(reply), at, version };
}

/** All that a hold keeps is plain data (events are logged as JSON, too); only TypeScript cannot see that an interface is. */
export function toJson(value: object | null): Json {
  return value as unknown as Json;
}
