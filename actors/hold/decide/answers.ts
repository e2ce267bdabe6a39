/**
 * What parts say: answers to what the hold owed them, and the question what became of it.
 *
 * Answers may come late, twice and in any order. Only an answer to what is owed *now* counts; every other
 * is noted and changes nothing. Each costs O(1), except the last of a phase, which answers whoever waits.
 */
import { assert, holdLimits, unreachable, type Instant } from '../../kernel/index.ts';
import type { LocationQuantity, PartVerdict } from '../../stock/commands.ts';
import type { HoldEvent, PartName } from '../events.ts';
import { partId, replyAs, replyWith, type HoldState, type Part } from '../state.ts';
import { commitTicket, lineRefused, noted, releaseTicket, type CommandOf, type HoldDecision, type HoldSettled } from './decision.ts';
import { tooLate } from './life.ts';
import { switchedReply } from './take.ts';

export function decidePartAnswered(state: HoldState, command: CommandOf<'partAnswered'>, at: Instant): HoldDecision {
  const { kind, sku, generation, attempt, outcome } = command;
  const name = { ...(kind === undefined ? {} : { kind }), sku, generation, attempt };
  const part = state.parts.get(partId(name));
  if (part === undefined) return noted();
  switch (command.step) {
    case 'take':
      return outcome.ok ? taken(state, part, name, outcome.allocations, at) : takeRefused(state, part, name, outcome.refusal);
    // The following cannot be refused. Should a SKU say no all the same, the debt stands and is delivered again.
    case 'release':
      return outcome.ok && part.status === 'releasing' ? done(state, { type: 'partReleased', ...name }) : noted();
    case 'commit':
      return outcome.ok && part.status === 'committing' ? done(state, { type: 'partCommitted', ...name }) : noted();
    case 'shrink':
      return outcome.ok && part.status === 'shrinking' && part.quantity === command.quantity
        ? noted([{ type: 'partShrunk', ...name }])
        : noted();
    default:
      return unreachable(command.step);
  }
}

function taken(state: HoldState, part: Part, name: PartName, allocations: readonly LocationQuantity[], at: Instant): HoldDecision {
  if (part.status !== 'asked') return noted();
  const late = tooLate(state, at);
  if (late !== null) return noted([late]);
  const event: HoldEvent = { type: 'partTaken', ...name, allocations };
  if (state.owed.size > 1) return noted([event]);
  const id = partId(name);
  const parts = [...state.parts].map(([each, before]): Part => (each === id ? { ...part, status: 'taken', allocations } : before));
  if (state.status === 'asking') {
    const { lines, expiresAt, generation } = state;
    const reply = replyWith(state, state.buyer, { status: 'held', lines, parts, expiresAt, generation });
    return noted([event, { type: 'held' }], settleTake(state, { reply }));
  }
  assert(state.change !== null, 'a part asked for belongs to an attempt or to a change');
  return noted([event, { type: 'switched' }], settleTake(state, { reply: switchedReply(state, state.change, parts) }));
}

/** While the releases are on their way a refusal of an earlier line still becomes the reason: the answer then
 *  depends less on who was quick. `too_late` does not, since our own release may have caused it. */
function takeRefused(state: HoldState, part: Part, name: PartName, cause: { readonly code: string }): HoldDecision {
  const event: HoldEvent = { type: 'partRefused', ...name, cause };
  if (part.status === 'asked') return noted([event]);
  const refusal = part.role === 'change' ? (state.change?.refusal ?? null) : state.status === 'refusing' ? state.refusal : null;
  const earlier = refusal !== null && part.role !== 'surplus' && part.line < refusal.line && cause.code !== 'too_late';
  return noted(earlier ? [event] : []);
}

/** A part is released or committed; the last one ends the phase. */
function done(state: HoldState, event: HoldEvent): HoldDecision {
  if (state.owed.size > 1) return noted([event]);
  switch (state.status) {
    case 'refusing': {
      const settled = settleTake(state, { refusal: lineRefused(state.refusal) });
      return noted(
        [event, { type: 'refused' }],
        [...settled, settleRelease(state, { refusal: { code: 'hold_ended', status: 'refused' } })],
      );
    }
    case 'held': {
      if (state.change === null) return noted([event]);
      return noted([event, { type: 'changeRefused' }], settleTake(state, { refusal: lineRefused(state.change.refusal) }));
    }
    case 'releasing': {
      const settled = settleTake(state, { refusal: { code: 'hold_ended', status: 'released' } });
      return noted([event, { type: 'released' }], [...settled, settleRelease(state, { reply: replyAs(state, 'released') })]);
    }
    case 'expiring':
      return noted([event, { type: 'expired' }], settleTake(state, { refusal: { code: 'hold_ended', status: 'expired' } }));
    case 'committing': {
      const settled: HoldSettled = { ticket: commitTicket(state), outcome: { reply: replyAs(state, 'committed') } };
      return noted([event, { type: 'committed' }], [settled, settleRelease(state, { refusal: { code: 'already_committed' } })]);
    }
    default:
      assert(false, `a hold that is ${state.status} owes nothing`);
  }
}

function settleTake(state: HoldState, outcome: HoldSettled['outcome']): HoldSettled[] {
  return state.waitingTicket === null ? [] : [{ ticket: state.waitingTicket, outcome }];
}

function settleRelease(state: HoldState, outcome: HoldSettled['outcome']): HoldSettled {
  return { ticket: releaseTicket(state), outcome };
}

// --- what became of this hold? --------------------------------------------------------------------------

/** Writes nothing, also about a hold nobody ever took: the verdict is the same until the hold itself moves on. */
export function decideAskHold(state: HoldState, command: CommandOf<'askHold'>, at: Instant): HoldDecision {
  const verdict = verdictOn(state, state.parts.get(partId(command)), at);
  return { kind: 'accepted', events: [], reply: { type: 'verdict', verdict } };
}

function verdictOn(state: HoldState, part: Part | undefined, at: Instant): PartVerdict {
  if (part === undefined || part.role === 'surplus') return { kind: 'release' };
  const checkAt = (expiresAt: Instant): Instant => Math.max(expiresAt, at) + holdLimits.partGraceMs;
  switch (state.status) {
    case 'asking':
      return at < state.notAfter ? { kind: 'keep', checkAt: checkAt(state.expiresAt) } : { kind: 'release' };
    case 'held': {
      // D3; a change that was refused or is overdue cannot become the hold any more.
      if (at >= state.expiresAt) return { kind: 'release' };
      if (part.role === 'own') return { kind: 'keep', checkAt: checkAt(state.expiresAt) };
      const { change } = state;
      return change !== null && change.refusal === null && at < change.notAfter
        ? { kind: 'keep', checkAt: checkAt(change.expiresAt) }
        : { kind: 'release' };
    }
    case 'committing':
      // Not before it has shrunk: a commit takes all the part has.
      return part.status === 'shrinking' ? { kind: 'keep', checkAt: checkAt(at) } : { kind: 'commit' };
    case 'committed':
      return { kind: 'commit' };
    default:
      return { kind: 'release' };
  }
}
