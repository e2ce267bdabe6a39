/** The state from its rows, the inverse of `rows.ts`: load(rows(fold)) = fold (K5). */
import { assert, holdLimits, type ActorId, type Instant, type Row, type Rows } from '../kernel/index.ts';
import type { Nearness } from '../stock/commands.ts';
import type { HoldLine, MultiHoldReply } from './commands.ts';
import { effectFor } from './effects.ts';
import { holdOutcomesTable, holdsTable } from './rows.ts';
import {
  initialState,
  owes,
  partId,
  type Change,
  type HoldStage,
  type HoldState,
  type LineRefusal,
  type Outcome,
  type Part,
} from './state.ts';

export function load(id: ActorId, rows: Rows, now: Instant): HoldState {
  const row = rows[holdsTable.name]?.[0];
  const state = initialState(id);
  if (row === undefined) return state;
  readIdentity(state, row);
  readTimes(state, row);
  for (const part of json<readonly Part[]>(row, 'parts')) {
    state.parts.set(partId(part), part);
    if (owes(part.status)) state.owed.set(partId(part), effectFor(state, part));
  }
  state.outcomes = outcomesOf(rows[holdOutcomesTable.name] ?? [], now);
  return state;
}

function readIdentity(state: HoldState, row: Row): void {
  state.version = number(row, 'version');
  state.status = text(row, 'status') as HoldStage;
  state.buyer = textOrNull(row, 'buyer');
  state.generation = number(row, 'generation');
  state.attempt = number(row, 'attempt');
  state.askedGeneration = number(row, 'asked_generation');
  state.askedAttempt = number(row, 'asked_attempt');
  state.commandId = text(row, 'command_id');
  state.fingerprint = text(row, 'fingerprint');
  state.waitingTicket = textOrNull(row, 'waiting_ticket');
  state.lines = json<readonly HoldLine[]>(row, 'lines');
  state.nearness = json<readonly Nearness[]>(row, 'nearness');
  state.change = json<Change | null>(row, 'change');
  state.refusal = json<LineRefusal | null>(row, 'refusal');
}

function readTimes(state: HoldState, row: Row): void {
  state.askedAt = number(row, 'asked_at');
  state.notAfter = number(row, 'not_after');
  state.takenAt = numberOrNull(row, 'taken_at');
  state.expiresAt = number(row, 'expires_at');
  state.firstExpiresAt = number(row, 'first_expires_at');
  state.endedAt = numberOrNull(row, 'ended_at');
}

/** The newest ones within the horizon, oldest first: what the fold remembers. */
function outcomesOf(rows: readonly Row[], now: Instant): readonly Outcome[] {
  return rows
    .map((row) => ({
      commandId: text(row, 'command_id'),
      fingerprint: text(row, 'fingerprint'),
      reply: json<MultiHoldReply>(row, 'reply'),
      at: number(row, 'at'),
      version: number(row, 'version'),
    }))
    .filter((outcome) => outcome.at >= now - holdLimits.holdRepeatHorizonMs)
    .sort((a, b) => a.version - b.version)
    .slice(-holdLimits.holdOutcomesMax);
}

// Rows are ours, but they come from outside the process: shapes are asserted again on reading.

function number(row: Row, column: string): number {
  const value = row[column];
  assert(typeof value === 'number', `holds.${column} is ${String(value)}, not a number`);
  return value;
}

function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column);
}

function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === 'string', `holds.${column} is ${String(value)}, not a text`);
  return value;
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** Written by `rows.ts` of this format; what is inside is trusted, that it is there is not. */
function json<Shape>(row: Row, column: string): Shape {
  const value = row[column];
  assert(value !== undefined, `holds.${column} is missing`);
  return value as unknown as Shape;
}
