/** Taking a hold, and taking a live one anew as its next generation. */
import { assert, holdLimits, type Instant } from '../../kernel/index.ts';
import { partsToAsk, switchedParts } from '../change.ts';
import type { MultiHoldReply } from '../commands.ts';
import type { Asking, HoldEvent } from '../events.ts';
import { demandsOf, firstReply, replyWith, type HoldState, type Part } from '../state.ts';
import { accepted, ended, lineRefused, refused, refusedCaller, repeated, waiting, type CommandOf, type HoldDecision } from './decision.ts';

type Taking = CommandOf<'take'> | CommandOf<'retake'>;

/** The actor's id is derived from the command, so any other take here is the same key with other contents. */
export function decideTake(state: HoldState, command: CommandOf<'take'>, at: Instant): HoldDecision {
  const repeat = repeatOf(state, command);
  if (repeat !== null) return repeat;
  if (state.status === 'none') return ask(state, command, at);
  if (command.commandId !== state.commandId) return refused({ code: 'idempotency_key_reused' });
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  // Refused attempts reopen; what ended without ever being held was ended on purpose.
  if (state.status !== 'refused') return refused(ended(state, at));
  return command.once === true ? refused(lineRefused(state.refusal)) : ask(state, command, at);
}

export function decideRetake(state: HoldState, command: CommandOf<'retake'>, at: Instant): HoldDecision {
  const repeat = repeatOf(state, command);
  if (repeat !== null) return repeat;
  if (state.status === 'none') return ask(state, command, at);
  const caller = refusedCaller(state, command.buyer);
  if (caller !== null) return refused(caller);
  switch (state.status) {
    case 'committing':
    case 'committed':
      return refused({ code: 'already_committed' });
    case 'asking':
    case 'refusing':
    case 'releasing':
    case 'expiring':
      return refused({ code: 'hold_busy' });
    case 'refused':
    case 'released':
    case 'expired':
      return ask(state, command, at);
    case 'held':
      return changeHeld(state, command, at);
  }
}

/** The first answer again, the ticket of an answer still to come, or a key used for something else. Null: new work. */
function repeatOf(state: HoldState, command: Taking): HoldDecision | null {
  const { commandId, fingerprint } = command;
  const known = knownCommand(state, commandId);
  if (known === null) return null;
  if (known.fingerprint !== fingerprint) return refused({ code: 'idempotency_key_reused' });
  if (known.reply !== null) return repeated(known.reply);
  if (state.waitingTicket === commandId) return waiting(commandId);
  return null;
}

interface KnownCommand {
  readonly fingerprint: string;
  readonly reply: MultiHoldReply | null;
}

function knownCommand(state: HoldState, commandId: string): KnownCommand | null {
  if (state.status === 'none') return null;
  if (commandId === state.commandId) return { fingerprint: state.fingerprint, reply: state.takenAt === null ? null : firstReply(state) };
  if (commandId === state.change?.commandId) return { fingerprint: state.change.fingerprint, reply: null };
  return state.outcomes.find((outcome) => outcome.commandId === commandId) ?? null;
}

// --- asking where nothing is live -----------------------------------------------------------------------

function ask(state: HoldState, command: Taking, at: Instant): HoldDecision {
  const again = state.status === 'refused' && command.commandId === state.commandId;
  const asking = askingOf(state, command, at, again);
  return waiting(command.commandId, [{ type: 'asked', buyer: command.buyer, ...asking }]);
}

/** A part is asked for no longer than its hold would live: a hold is never held after its own expiry. */
function askingOf(state: HoldState, command: Taking, at: Instant, again: boolean): Asking {
  const { commandId, fingerprint, lines, nearness, ttlMs } = command;
  assert(lines.length >= 1, 'a hold has at least one line');
  assert(lines.length <= holdLimits.linesMax, `a hold has at most ${holdLimits.linesMax} lines`);
  const expiresAt = at + ttlMs;
  const notAfter = Math.min(at + holdLimits.partTakeWithinMs, expiresAt);
  return { ...nextPair(state, again), commandId, fingerprint, lines, nearness, expiresAt, notAfter };
}

/** S3: a generation that was asked for in vain goes on with its next attempt. */
function nextPair(state: HoldState, again: boolean): { generation: number; attempt: number } {
  const inVain = again || state.askedGeneration > state.generation;
  return inVain
    ? { generation: state.askedGeneration, attempt: state.askedAttempt + 1 }
    : { generation: state.askedGeneration + 1, attempt: 1 };
}

// --- changing what is held ----------------------------------------------------------------------------------

function changeHeld(state: HoldState, command: CommandOf<'retake'>, at: Instant): HoldDecision {
  // D3: the tick that ends this hold is on its way; so is the surplus of the last change.
  if (at >= state.expiresAt || state.change !== null || state.owed.size > 0) return refused({ code: 'hold_busy' });
  const retryAfterMs = memoryFullForMs(state, at);
  if (retryAfterMs > 0) return refused({ code: 'repeats_full', retryAfterMs });
  const asking = askingOf(state, command, at, false);
  // The hold that is being changed must outlive the change, or there is nothing left to change.
  const notAfter = Math.min(asking.notAfter, state.expiresAt);
  const events: HoldEvent[] = [{ type: 'changeAsked', ...asking, notAfter }];
  const { generation, attempt } = asking;
  const grows = partsToAsk(state.parts.values(), demandsOf(command.lines), { generation, attempt, notAfter, role: 'change' }).length > 0;
  if (grows) return waiting(command.commandId, events);
  return accepted([...events, { type: 'switched' }], switchedReply(state, asking, [...state.parts.values()]));
}

/** What a change is answered when the last of its parts is in. */
export function switchedReply(
  state: HoldState,
  change: Pick<Asking, 'generation' | 'lines' | 'expiresAt'>,
  taken: readonly Part[],
): MultiHoldReply {
  const { generation, lines, expiresAt } = change;
  const parts = switchedParts(taken, demandsOf(lines));
  return replyWith(state, state.buyer, { status: 'held', lines, parts, expiresAt, generation });
}

/** I7: how long until the oldest remembered answer may be forgotten for a new one; 0 = there is room. */
export function memoryFullForMs(state: HoldState, at: Instant): number {
  const [oldest] = state.outcomes;
  if (oldest === undefined || state.outcomes.length < holdLimits.holdOutcomesMax) return 0;
  return Math.max(0, oldest.at + holdLimits.holdRepeatHorizonMinMs - at);
}
