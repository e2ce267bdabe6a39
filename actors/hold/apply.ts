/**
 * What each event does to the state. Changes the state in place and records every inverse, so that a frame
 * the log refused leaves no trace.
 *
 * A1. Every event adds exactly 1 to `version`.
 * A2. A transition asserts the status it starts from: an event that does not fit is a broken invariant, not a guess.
 * A3. Whatever changes a part changes `owed` with it (S1).
 */
import { assert, holdLimits, unreachable, type Effect, type Instant, type Undo } from '../kernel/index.ts';
import { partsToAsk, surplusOf, switchedParts } from './change.ts';
import { effectFor } from './effects.ts';
import type { HoldEvent, HoldEventOf, PartName } from './events.ts';
import {
  demandsOf,
  firstReply,
  owes,
  partId,
  replyAs,
  type Change,
  type HoldStage,
  type HoldState,
  type Outcome,
  type Part,
} from './state.ts';

export function apply(state: HoldState, event: HoldEvent, at: Instant, undo: Undo): HoldState {
  set(state, undo, { version: state.version + 1 }); // A1
  switch (event.type) {
    case 'asked':
      return asked(state, event, at, undo);
    case 'partTaken':
      return partTaken(state, event, undo);
    case 'partRefused':
      return partRefused(state, event, undo);
    case 'partReleased':
      return partReleased(state, event, undo);
    case 'partShrunk':
      return partShrunk(state, event, undo);
    case 'partCommitted':
      return putPart(state, { ...partOf(state, event, 'committing'), status: 'committed' }, undo);
    case 'held':
      return held(state, at, undo);
    case 'refused':
      return ended(state, 'refusing', 'refused', at, undo);
    case 'changeAsked':
      return changeAsked(state, event, at, undo);
    case 'switched':
      return switched(state, at, undo);
    case 'changeRefused':
      return changeRefused(state, undo);
    case 'extended':
      return extended(state, event, at, undo);
    case 'committing':
      return committing(state, undo);
    case 'committed':
      return ended(state, 'committing', 'committed', at, undo);
    case 'releasing':
      return lettingGo(state, 'releasing', undo);
    case 'released':
      return ended(state, 'releasing', 'released', at, undo);
    case 'expiring':
      return lettingGo(state, 'expiring', undo);
    case 'expired':
      return ended(state, 'expiring', 'expired', at, undo);
    default:
      return unreachable(event);
  }
}

// --- asking -----------------------------------------------------------------------------------------

function asked(state: HoldState, event: HoldEventOf<'asked'>, at: Instant, undo: Undo): HoldState {
  expectStatus(state, 'none', 'refused', 'released', 'expired');
  assertNewPair(state, event);
  if (state.takenAt !== null) rememberNewest(state, at, undo);
  const { generation, attempt, commandId, fingerprint, lines, nearness, expiresAt, notAfter } = event;
  set(state, undo, {
    status: 'asking',
    generation,
    attempt,
    askedGeneration: generation,
    askedAttempt: attempt,
    commandId,
    fingerprint,
    waitingTicket: commandId,
    buyer: state.version === 1 ? event.buyer : state.buyer,
    lines,
    nearness,
    parts: new Map(),
    owed: new Map(),
    refusal: null,
    askedAt: at,
    notAfter,
    takenAt: null,
    expiresAt,
    firstExpiresAt: expiresAt,
    endedAt: null,
  });
  for (const part of partsToAsk([], demandsOf(lines), { generation, attempt, notAfter, role: 'own' })) putPart(state, part, undo);
  assert(state.owed.size > 0, 'a hold asks for at least one part');
  return state;
}

function partTaken(state: HoldState, event: HoldEventOf<'partTaken'>, undo: Undo): HoldState {
  expectStatus(state, 'asking', 'held');
  return putPart(state, { ...partOf(state, event, 'asked'), status: 'taken', allocations: event.allocations }, undo);
}

/** The first refusal turns everything asked for into something to release, the refused part included: a
 *  take that was delivered twice may have succeeded the second time. */
function partRefused(state: HoldState, event: HoldEventOf<'partRefused'>, undo: Undo): HoldState {
  const part = state.parts.get(partId(event));
  assert(part !== undefined, `a refusal of a part never asked for: ${partId(event)}`);
  const { line, kind, sku } = part;
  const refusal = { line, ...(kind === undefined ? {} : { kind }), sku, cause: event.cause };
  if (part.role === 'own') {
    expectStatus(state, 'asking', 'refusing');
    const first = state.status === 'asking';
    set(state, undo, { status: 'refusing', refusal });
    if (first) putEach(state, undo, (own) => ({ ...own, status: 'releasing' }));
    return state;
  }
  const { change } = state;
  assert(part.role === 'change' && change !== null, 'only a part of the change in progress can be refused now');
  set(state, undo, { change: { ...change, refusal } });
  if (change.refusal === null) putEach(state, undo, (each) => (each.role === 'change' ? { ...each, status: 'releasing' } : each));
  return state;
}

function held(state: HoldState, at: Instant, undo: Undo): HoldState {
  expectStatus(state, 'asking');
  assert(state.owed.size === 0, 'a hold is held only when all parts are taken');
  return set(state, undo, { status: 'held', takenAt: at, waitingTicket: null });
}

// --- changing a live hold -----------------------------------------------------------------------------

function changeAsked(state: HoldState, event: HoldEventOf<'changeAsked'>, at: Instant, undo: Undo): HoldState {
  expectStatus(state, 'held');
  assertNewPair(state, event);
  assert(state.change === null && state.owed.size === 0, 'a hold changes once at a time, and owes nothing then');
  const { generation, attempt, commandId, fingerprint, lines, nearness, expiresAt, notAfter } = event;
  const change: Change = { generation, attempt, commandId, fingerprint, lines, nearness, askedAt: at, notAfter, expiresAt, refusal: null };
  set(state, undo, { change, askedGeneration: generation, askedAttempt: attempt, waitingTicket: commandId });
  const parts = partsToAsk(state.parts.values(), demandsOf(lines), { generation, attempt, notAfter, role: 'change' });
  for (const part of parts) putPart(state, part, undo);
  return state;
}

function switched(state: HoldState, at: Instant, undo: Undo): HoldState {
  expectStatus(state, 'held');
  const { change } = state;
  assert(change !== null && change.refusal === null, 'only a change that was not refused can switch');
  assert(state.owed.size === 0, 'a change switches only when all it asked for is taken');
  rememberNewest(state, at, undo);
  for (const part of switchedParts(state.parts.values(), demandsOf(change.lines))) putPart(state, part, undo);
  const { generation, attempt, commandId, fingerprint, lines, nearness, askedAt, notAfter, expiresAt } = change;
  return set(state, undo, {
    generation,
    attempt,
    commandId,
    fingerprint,
    lines,
    nearness,
    askedAt,
    notAfter,
    expiresAt,
    firstExpiresAt: expiresAt,
    takenAt: at,
    change: null,
    waitingTicket: null,
  });
}

function changeRefused(state: HoldState, undo: Undo): HoldState {
  expectStatus(state, 'held');
  assert(state.change !== null && state.change.refusal !== null, 'a change ends as refused only after a refusal');
  assert(state.owed.size === 0, 'a change is refused only when all its parts are released');
  return set(state, undo, { change: null, waitingTicket: null });
}

function partShrunk(state: HoldState, event: HoldEventOf<'partShrunk'>, undo: Undo): HoldState {
  expectStatus(state, 'held', 'committing');
  const part = partOf(state, event, 'shrinking');
  return putPart(state, { ...part, status: state.status === 'committing' ? 'committing' : 'taken' }, undo);
}

// --- ending -------------------------------------------------------------------------------------------

function extended(state: HoldState, event: HoldEventOf<'extended'>, at: Instant, undo: Undo): HoldState {
  expectStatus(state, 'held');
  assert(event.expiresAt >= state.expiresAt, 'an extension never shortens a hold');
  set(state, undo, { expiresAt: event.expiresAt });
  const { commandId, fingerprint } = event;
  return remember(state, { commandId, fingerprint, reply: replyAs(state, 'held'), at, version: state.version }, undo);
}

/** A part still to shrink is committed once it has shrunk: the other way round it would commit too much. */
function committing(state: HoldState, undo: Undo): HoldState {
  expectStatus(state, 'held');
  assert(state.change === null, 'a hold that is being changed cannot commit');
  putEach(state, undo, (part) => (part.role === 'own' && part.status === 'taken' ? { ...part, status: 'committing' } : part));
  return set(state, undo, { status: 'committing' });
}

function lettingGo(state: HoldState, status: 'releasing' | 'expiring', undo: Undo): HoldState {
  if (status === 'expiring') expectStatus(state, 'held');
  else expectStatus(state, 'asking', 'held');
  putEach(state, undo, (part) => (part.role === 'own' ? { ...part, status: 'releasing' } : surplusOf(part)));
  return set(state, undo, { status, change: null });
}

function partReleased(state: HoldState, event: HoldEventOf<'partReleased'>, undo: Undo): HoldState {
  const part = partOf(state, event, 'releasing');
  return part.role === 'own' ? putPart(state, { ...part, status: 'released' }, undo) : dropPart(state, part, undo);
}

function ended(state: HoldState, from: HoldStage, status: HoldStage, at: Instant, undo: Undo): HoldState {
  expectStatus(state, from);
  assert(state.owed.size === 0, `a hold is ${status} only when all parts have answered`);
  return set(state, undo, { status, endedAt: at, waitingTicket: null });
}

// --- remembering answers ----------------------------------------------------------------------------------

/** Before a newer take or change becomes the one the state itself remembers. */
function rememberNewest(state: HoldState, at: Instant, undo: Undo): HoldState {
  const { commandId, fingerprint, version } = state;
  return remember(state, { commandId, fingerprint, reply: firstReply(state), at, version }, undo);
}

function remember(state: HoldState, outcome: Outcome, undo: Undo): HoldState {
  const horizon = outcome.at - holdLimits.holdRepeatHorizonMs;
  const kept = state.outcomes.filter((each) => each.at >= horizon).slice(-(holdLimits.holdOutcomesMax - 1));
  return set(state, undo, { outcomes: [...kept, outcome] });
}

// --- the only functions that change a state ---------------------------------------------------------------

type Fields = { -readonly [K in keyof HoldState]?: HoldState[K] };

function set(state: HoldState, undo: Undo, fields: Fields): HoldState {
  const before: Fields = {};
  for (const name of Object.keys(fields) as (keyof HoldState)[]) Object.assign(before, { [name]: state[name] });
  undo.record(() => Object.assign(state, before));
  return Object.assign(state, fields);
}

function putEach(state: HoldState, undo: Undo, next: (part: Part) => Part): void {
  for (const part of [...state.parts.values()]) {
    const after = next(part);
    if (after !== part) putPart(state, after, undo);
  }
}

/** A3 */
function putPart(state: HoldState, part: Part, undo: Undo): HoldState {
  const id = partId(part);
  const { parts, owed } = state;
  const [before, owedBefore] = [parts.get(id), owed.get(id)];
  undo.record(() => restore(parts, owed, id, before, owedBefore));
  restore(parts, owed, id, part, owes(part.status) ? effectFor(state, part) : undefined);
  return state;
}

function dropPart(state: HoldState, part: Part, undo: Undo): HoldState {
  const id = partId(part);
  const { parts, owed } = state;
  const owedBefore = owed.get(id);
  undo.record(() => restore(parts, owed, id, part, owedBefore));
  restore(parts, owed, id, undefined, undefined);
  return state;
}

function restore(parts: HoldState['parts'], owed: HoldState['owed'], id: string, part: Part | undefined, effect: Effect | undefined): void {
  if (part === undefined) parts.delete(id);
  else parts.set(id, part);
  if (effect === undefined) owed.delete(id);
  else owed.set(id, effect);
}

function partOf(state: HoldState, name: PartName, status: Part['status']): Part {
  const part = state.parts.get(partId(name));
  assert(part !== undefined, `an event about a part never asked for: ${partId(name)}`);
  assert(part.status === status, `part ${partId(name)} is ${part.status}, the event needs ${status}`);
  return part;
}

/** A2 */
function expectStatus(state: HoldState, ...allowed: readonly HoldStage[]): void {
  assert(allowed.includes(state.status), `hold ${state.id.id} is ${state.status}, the event needs ${allowed.join(' or ')}`);
}

/** S3 */
function assertNewPair(state: HoldState, pair: { readonly generation: number; readonly attempt: number }): void {
  const newer = pair.generation > state.askedGeneration || (pair.generation === state.askedGeneration && pair.attempt > state.askedAttempt);
  assert(newer, `pair ${pair.generation}/${pair.attempt} was used before`);
}
