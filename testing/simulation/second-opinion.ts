/**
 * Decides again what was answered, on the state the log had at that position, and compares (I4): every
 * answer equals what the sequential fold would have answered.
 *
 * An answer names the frame and the index of its last event, but not how many events it caused; so the
 * actor's events of that frame are taken back one by one until a decision fits. One fold per actor moves
 * along with the answers; an answer from further back (a woken owner) is looked at on a fold of its own.
 *
 * What an order answers when it has come to a verdict, long after it was asked, is what a look at it shows there.
 *
 * An owner that has been replaced without knowing it may load an actor from rows that its successor wrote.
 * What it then answers is true, but newer than the position it states; that much is allowed to it alone.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type ActorCommand,
  type ActorState,
  actorKey,
  type AnyActorDefinition,
  BrokenInvariant,
  type Decision,
  type Instant,
  noUndo,
  UndoLog,
} from '../../actors/kernel/index.ts';
import type { AnswerPosition } from '../../runtime/router/port.ts';
import type { Act, Verdict } from './acts.ts';
import type { FoldedActor, Logged } from './log-fold.ts';
import { Violation } from './violation.ts';

/** Of orders: answered when the saga has come to a verdict. */
const mayWait: ReadonlySet<string> = new Set(['place', 'pay']);

type AnyDecision = Decision<{ readonly type: string }, unknown, { readonly code: string }>;

export class SecondOpinion {
  readonly #folds = new Map<string, MovingFold>();

  /** Throws `Violation` when the log does not bear the answer out. `actor` is absent when it has no events.
   *  True when the answered decision made events. */
  check(act: Act, verdict: Verdict, definition: AnyActorDefinition, actor: FoldedActor | undefined, isReplaced: boolean): boolean {
    const key = actorKey(act.actor);
    let fold = this.#folds.get(key);
    if (fold === undefined || fold.isPast(verdict.position)) {
      const isLate = fold !== undefined;
      fold = new MovingFold(definition, definition.initial(act.actor) as ActorState);
      if (!isLate) this.#folds.set(key, fold);
    }
    const logged = actor?.logged ?? [];
    try {
      return fold.compare(act.command, verdict, logged, key) > 0;
    } catch (problem) {
      if (isReplaced && this.#isTrueLater(act, verdict, definition, logged)) return false;
      throw problem;
    }
  }

  #isTrueLater(act: Act, verdict: Verdict, definition: AnyActorDefinition, logged: readonly Logged[]): boolean {
    let state = definition.initial(act.actor) as ActorState;
    for (const { event, at, frame } of logged) {
      state = definition.apply(state, event, at, noUndo) as ActorState;
      if (frame <= verdict.position.frame) continue;
      const decision = definition.decide(state, act.command, verdict.at) as AnyDecision;
      if (isSame(decision, verdict, [])) return true;
    }
    return false;
  }
}

class MovingFold {
  readonly #definition: AnyActorDefinition;
  /** All frames below the newest one asked about. */
  #state: ActorState;
  #next = 0;
  #frame = -1;

  constructor(definition: AnyActorDefinition, initial: ActorState) {
    this.#definition = definition;
    this.#state = initial;
  }

  isPast(position: AnswerPosition): boolean {
    return position.frame < this.#frame;
  }

  /** How many events the decision made that gives exactly this answer here. */
  compare(command: ActorCommand, verdict: Verdict, logged: readonly Logged[], key: string): number {
    const { frame, index } = verdict.position;
    this.#advance(frame, logged);
    const seen: string[] = [];
    const made = this.#decideAt(command, verdict, logged, index, seen);
    if (made !== null) return made;
    if (mayWait.has(command.type) && this.#isShown(verdict, logged, index)) return 0;
    // Decided after its frame was sealed: it saw the whole frame, and the index says 0.
    if (index === 0 && this.#decideAt(command, verdict, logged, Infinity, seen) === 0) return 0;
    throw new Violation('I4', `${key}: ${JSON.stringify(command)} was answered ${show(verdict)}, but the log says ${seen.join(' | ')}`);
  }

  /** An order's verdict, as whoever looks there sees it. */
  #isShown(verdict: Verdict, logged: readonly Logged[], index: number): boolean {
    let state = this.#state;
    const undo = new UndoLog();
    for (const { event, at, frame, index: its } of logged.slice(this.#next))
      if (frame === this.#frame && its <= index) state = this.#definition.apply(state, event, at, undo) as ActorState;
    const look = this.#definition.decide(state, { type: 'read', buyer: null }, verdict.at) as AnyDecision;
    undo.rollBack(0);
    if (look.kind !== 'accepted') return false;
    const { refusal } = look.reply as { readonly refusal?: unknown };
    return isEqual(verdict.kind === 'reply' ? look.reply : refusal, verdict.kind === 'reply' ? verdict.reply : verdict.refusal);
  }

  #advance(frame: number, logged: readonly Logged[]): void {
    this.#frame = frame;
    for (let next = logged[this.#next]; next !== undefined && next.frame < frame; next = logged[this.#next]) {
      this.#state = this.#definition.apply(this.#state, next.event, next.at, noUndo) as ActorState;
      this.#next += 1;
    }
  }

  /** As `compare`, with the frame read up to `index`; null when no decision fits. Leaves the state as it was. */
  #decideAt(command: ActorCommand, verdict: Verdict, logged: readonly Logged[], index: number, seen: string[]): number | null {
    const undo = new UndoLog();
    const before: { state: ActorState; mark: number }[] = [];
    const applied: Logged[] = [];
    for (
      let next = logged[this.#next];
      next !== undefined && next.frame === this.#frame && next.index <= index;
      next = logged[this.#next + applied.length]
    ) {
      before.push({ state: this.#state, mark: undo.length });
      this.#state = this.#definition.apply(this.#state, next.event, next.at, undo) as ActorState;
      applied.push(next);
    }
    let made: number | null = null;
    for (let taken = 0; taken <= applied.length; taken += 1) {
      if (made === null) {
        const decision = decidedBetween(this.#definition, this.#state, command, verdict.at);
        if (decision !== null && isSame(decision, verdict, applied.slice(applied.length - taken))) made = taken;
        else seen.push(`(${taken} events back) ${decision === null ? 'nothing: no actor is ever asked there' : show(decision)}`);
      }
      const step = before.pop();
      if (step === undefined) break;
      undo.rollBack(step.mark);
      this.#state = step.state;
    }
    return made;
  }
}

/** Null: this is a state between two events of one decision, where the actor holds that nobody asks. */
function decidedBetween(definition: AnyActorDefinition, state: ActorState, command: ActorCommand, at: Instant): AnyDecision | null {
  try {
    return definition.decide(state, command, at);
  } catch (error) {
    if (error instanceof BrokenInvariant) return null;
    throw error;
  }
}

/** Does this decision, which would have logged `events`, give this answer? */
function isSame(decision: AnyDecision, verdict: Verdict, events: readonly Logged[]): boolean {
  const decided = decision.kind === 'repeated' ? [] : (decision.events ?? []);
  const isLastHere = events.length === 0 || events.at(-1)?.index === verdict.position.index;
  if (decision.kind === 'waiting') {
    // The answer came with a later decision, which this position names; that one is not ours to repeat.
    return events.length === 0 ? verdict.kind === 'refused' : isLastHere;
  }
  if (
    !isLastHere ||
    !isEqual(
      decided,
      events.map(({ event }) => event),
    )
  )
    return false;
  if (decision.kind === 'refused') return verdict.kind === 'refused' && isEqual(decision.refusal, verdict.refusal);
  // What settled a waiting answer looks like a repeat from here, so only the other direction is wrong.
  const isRepeatRight = decision.kind === 'repeated' || !(verdict.kind === 'reply' && verdict.repeated);
  return verdict.kind === 'reply' && isRepeatRight && isEqual(decision.reply, verdict.reply);
}

/** As they would be on the wire: absent and undefined are the same. */
function isEqual(one: unknown, other: unknown): boolean {
  const [oneText, otherText] = [JSON.stringify(one), JSON.stringify(other)];
  if (oneText === otherText) return true;
  return oneText !== undefined && otherText !== undefined && isDeepStrictEqual(JSON.parse(oneText), JSON.parse(otherText));
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 700 ? `${text.slice(0, 700)}…` : text;
}
