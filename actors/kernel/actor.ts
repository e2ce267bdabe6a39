/**
 * The contract between an actor and whoever hosts it.
 *
 * An actor is a pure state machine: no I/O, clock, randomness or await inside. Everything it needs to
 * know comes in as an argument, so that replaying its events gives the same state (I4).
 *
 * K1. `decide` never changes the state; only `apply` does, one event at a time.
 * K2. `apply` is total: every event ever logged can be applied.
 * K3. `apply` adds exactly 1 to `state.version`.
 * K4. `apply` may change large maps in place, if it records the inverse (see `undo.ts`).
 * K5. `load(id, rows of fold) = fold`, compared by `canonical`.
 */
import type { ActorId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Json, RowChange, Rows, TableDefinition } from './rows.ts';
import type { Undo } from './undo.ts';

export interface ActorState {
  /** How many events have been applied; 0 = the actor does not exist yet. */
  readonly version: number;
}

/** Events and rows carry a format version from day one: `f` is absent for format 1. */
export interface ActorEvent {
  readonly type: string;
  readonly f?: number;
}

export interface ActorCommand {
  readonly type: string;
}

/** One member of a closed union; `code` is what the outside sees. */
export interface ActorRefusal {
  readonly code: string;
}

/** The answer to a command that was answered `waiting` earlier. */
export interface Settled<Reply, Refusal> {
  readonly ticket: string;
  readonly outcome: { readonly reply: Reply } | { readonly refusal: Refusal };
}

export type Decision<Event, Reply, Refusal> =
  /** `events` may be empty (a read). */
  | {
      readonly kind: 'accepted';
      readonly events: readonly Event[];
      readonly reply: Reply;
      readonly settled?: readonly Settled<Reply, Refusal>[];
    }
  /** Answered by a later decision that settles `ticket`. If that never comes (crash), the caller's retry
   *  with the same id asks again. */
  | {
      readonly kind: 'waiting';
      readonly events: readonly Event[];
      readonly ticket: string;
      readonly settled?: readonly Settled<Reply, Refusal>[];
    }
  /** The command was decided before: the first answer again, nothing new (I5). */
  | { readonly kind: 'repeated'; readonly reply: Reply }
  /** Refused; nothing remembered, so a later retry may succeed. Internal commands that only
   *  record progress may be refused with events (`events`), such as a tombstone. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly events?: readonly Event[] };

/**
 * Work an actor owes to the outside, derived from its state. Delivered at least once: after the frame
 * that caused it is acknowledged, again on activation, and again after `effectTimeoutMs` with backoff
 * until the state no longer owes it. One effect, because the receiver knows the id (I5).
 */
export interface Effect {
  /** A function of the state; the same debt always has the same id. */
  readonly id: string;
  readonly to: ActorId;
  readonly command: ActorCommand;
  /** The receiver refuses the command after this instant. `null`: never too late (releases, commits). */
  readonly notAfter: Instant | null;
}

/** What came back for an effect. Anything that is not an answer (overload, timeout) is retried by the runtime. */
export type EffectOutcome = { readonly reply: unknown } | { readonly refusal: ActorRefusal };

/** What live pages are shown of an actor; only acknowledged state is ever published (I4). */
export interface LiveView {
  readonly channel: string;
  readonly store: string;
  readonly id: string;
  readonly version: number;
  /** Ready for the wire: the fields of one item. */
  readonly item: Readonly<Record<string, Json>>;
}

export interface ActorDefinition<
  State extends ActorState,
  Command extends ActorCommand,
  Event extends ActorEvent,
  Reply,
  Refusal extends ActorRefusal,
> {
  readonly kind: string;
  /** There are ever more of this kind (each order is one): they leave memory when nobody asks for them, and come back from
   *  rows. Without it an actor stays as long as there is room. */
  readonly restsInRows?: true;
  /** Format of events and rows this code writes; it reads that and every older one. */
  readonly format: number;
  readonly tables: readonly TableDefinition[];
  initial(id: ActorId): State;
  /** Pure. Order inside: repeat check, then refusals in their written order, then acceptance. */
  decide(state: State, command: Command, at: Instant): Decision<Event, Reply, Refusal>;
  apply(state: State, event: Event, at: Instant, undo: Undo): State;
  /** The next instant at which `tick` has something to do, or null. O(log n) at worst. */
  deadline(state: State): Instant | null;
  /** The command the runtime sends at the deadline. Must make progress: after finitely many ticks the
   *  deadline is later than `at`. */
  readonly tick: Command;
  pending(state: State): readonly Effect[];
  /** The command that carries an effect's outcome back to the actor that owed it. */
  answered(effect: Effect, outcome: EffectOutcome): Command;
  /** Rows changed by `events`, all of which have been applied: `after` is the state at the end of the
   *  frame. `events` come with the instant of their frame. Several changes of one row: the last one counts. */
  rows(id: ActorId, events: readonly StampedEvent<Event>[], after: State): readonly RowChange[];
  load(id: ActorId, rows: Rows, now: Instant): State;
  view(id: ActorId, state: State, at: Instant): LiveView | null;
  /** The whole state as plain JSON in one canonical order: what two folds are compared by. Repeats and
   *  ended things beyond their horizon at `at` are left out, since forgetting them is not a difference. */
  canonical(state: State, at: Instant): Json;
  /** Broken conservation (I1) and other laws of one state, in words; empty when all hold. */
  broken(state: State): readonly string[];
  /** Laws that `event` would break on the state before it (I2: a hold beyond what is available), in words.
   *  Checked by `verify` and the simulation on every event of the log; never in ordinary life. */
  forbids?(state: State, event: Event, at: Instant): readonly string[];
}

export interface StampedEvent<Event> {
  readonly event: Event;
  readonly version: number;
  readonly at: Instant;
}

/** An actor definition whose types the host does not need to know. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where a registry of differing actors is typed.
export type AnyActorDefinition = ActorDefinition<any, any, any, any, any>;
