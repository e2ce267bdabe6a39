/**
 * The router carries commands to whoever owns the actor, and brings the answer back once it may leave (I3).
 */
import type { ActorCommand, ActorId, ActorRefusal, LiveView } from '../../actors/kernel/index.ts';

export interface Envelope {
  readonly actor: ActorId;
  readonly command: ActorCommand;
  /** Internal commands have room of their own in the mailbox and go first. */
  readonly class: 'client' | 'internal';
  /** It gives things back (a release) or writes nothing (a read): taken even when the log or write-behind has little room left. */
  readonly frees?: true;
  /** How long the sender waits, ms from now. Later: 503 `not_done` or `outcome_unknown`. */
  readonly waitMs: number;
}

/** Where in the log the answer stands: `Onhand-Position: incarnation.shard.epoch.frame.index`. */
export interface AnswerPosition {
  readonly incarnation: string;
  readonly shard: number;
  readonly epoch: number;
  readonly frame: number;
  readonly index: number;
}

export type UnavailableCode =
  /** The mailbox, the log or write-behind is full: not done, try later. */
  | 'overloaded'
  /** Not done, for certain, within the time allowed. */
  | 'not_done'
  /** Not known: try again with the same key. */
  | 'outcome_unknown'
  /** The shard has no owner right now (starting, taking over, draining). */
  | 'not_ready'
  /** Rows needed to load the actor cannot be read now. */
  | 'rows_unavailable'
  /** The actor stopped itself on a broken invariant. */
  | 'actor_stopped';

export type Outcome =
  | { readonly kind: 'reply'; readonly reply: unknown; readonly repeated: boolean; readonly position: AnswerPosition; readonly at: number }
  | { readonly kind: 'refused'; readonly refusal: ActorRefusal; readonly position: AnswerPosition; readonly at: number }
  | { readonly kind: 'unavailable'; readonly code: UnavailableCode; readonly retryAfterMs: number };

export interface Router {
  /** Calls `answer` exactly once. */
  send(envelope: Envelope, answer: (outcome: Outcome) => void): void;
}

/** Promise form of `send`, for everything that is not the hot path. */
export function ask(router: Router, envelope: Envelope): Promise<Outcome> {
  return new Promise((resolve) => router.send(envelope, resolve));
}

/** Acknowledged views as they change (live fan-out). Items of one call belong to one frame. */
export interface LiveFeed {
  subscribe(listener: (views: readonly LiveView[], position: AnswerPosition) => void): () => void;
}
