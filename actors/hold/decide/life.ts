/** A hold's life after it was asked for: longer, committed, released, expired, or only looked at. */
import { holdLimits, type Instant } from '../../kernel/index.ts';
import type { HoldEvent } from '../events.ts';
import { demandsOf, partId, replyAs, statusAt, type HoldState } from '../state.ts';
import {
  accepted,
  commitTicket,
  ended,
  noted,
  refused,
  refusedCaller,
  releaseTicket,
  repeated,
  waiting,
  type CommandOf,
  type HoldDecision,
} from './decision.ts';
import { memoryFullForMs } from './take.ts';

/** No part hears of it: a part asks at its `checkAt` and is told the new one. */
export function decideExtend(state: HoldState, command: CommandOf<'extend'>, at: Instant): HoldDecision {
  const { commandId, fingerprint, ttlMs } = command;
  const known = state.outcomes.find((outcome) => outcome.commandId === commandId);
  if (known !== undefined) return known.fingerprint === fingerprint ? repeated(known.reply) : refused({ code: 'idempotency_key_reused' });
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  if (state.status === 'committing' || state.status === 'committed') return refused({ code: 'already_committed' });
  if (isOver(state, at)) return refused(ended(state, at));
  if (state.status !== 'held' || state.change !== null) return refused({ code: 'hold_busy' });
  const expiresAtMax = state.askedAt + holdLimits.holdLifeMaxMs;
  if (at + ttlMs > expiresAtMax) return refused({ code: 'hold_life_exceeded', expiresAtMax });
  const retryAfterMs = memoryFullForMs(state, at);
  if (retryAfterMs > 0) return refused({ code: 'repeats_full', retryAfterMs });
  const expiresAt = Math.max(state.expiresAt, at + ttlMs);
  return accepted([{ type: 'extended', commandId, fingerprint, expiresAt }], { ...replyAs(state, 'held'), expiresAt });
}

export function decideCommit(state: HoldState, command: CommandOf<'commit'>, at: Instant): HoldDecision {
  if (state.status === 'committed' && callerMayTouch(state, command.buyer)) return repeated(replyAs(state, 'committed'));
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  if (state.status === 'committing') return waiting(commitTicket(state));
  if (isOver(state, at)) return refused(ended(state, at));
  if (state.status !== 'held' || state.change !== null) return refused({ code: 'hold_busy' });
  return waiting(commitTicket(state), [{ type: 'committing' }]);
}

/** A release while the attempt is still asked for ends it, and the waiting take is told so. One that comes while the
 *  parts commit is told `already_committed` when all of them have: whoever hears it may give them back. */
export function decideRelease(state: HoldState, command: CommandOf<'release'>, at: Instant): HoldDecision {
  if (state.status === 'released' && callerMayTouch(state, command.buyer)) return repeated(replyAs(state, 'released'));
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  if (state.status === 'committed') return refused({ code: 'already_committed' });
  if (state.status === 'releasing' || state.status === 'refusing' || state.status === 'committing') return waiting(releaseTicket(state));
  if (isOver(state, at)) return refused(ended(state, at));
  return waiting(releaseTicket(state), [{ type: 'releasing' }]);
}

export function decideRead(state: HoldState, command: CommandOf<'read'>, at: Instant): HoldDecision {
  const caller = refusedCaller(state, command.buyer);
  return caller === null ? accepted([], replyAs(state, statusAt(state, at))) : refused(caller);
}

export function decideTick(state: HoldState, at: Instant): HoldDecision {
  if (state.status === 'held' && at >= state.expiresAt) return noted([{ type: 'expiring' }]);
  const late = tooLate(state, at);
  return noted(late === null ? [] : [late]);
}

/** The refusal of an attempt or change whose parts are not all in by `notAfter`: of its first line without an answer. */
export function tooLate(state: HoldState, at: Instant): HoldEvent | null {
  const asking = state.status === 'asking' ? state : state.change?.refusal === null ? state.change : null;
  if (asking === null || at < asking.notAfter) return null;
  for (const { kind, sku } of demandsOf(asking.lines)) {
    const name = { ...(kind === undefined ? {} : { kind }), sku, generation: asking.generation, attempt: asking.attempt };
    if (state.owed.has(partId(name))) return { type: 'partRefused', ...name, cause: { code: 'too_late' } };
  }
  return null;
}

function callerMayTouch(state: HoldState, buyer: string | null): boolean {
  return refusedCaller(state, buyer) === null;
}

/** D3 */
function isOver(state: HoldState, at: Instant): boolean {
  const status = statusAt(state, at);
  return status === 'refused' || status === 'releasing' || status === 'released' || status === 'expiring' || status === 'expired';
}
