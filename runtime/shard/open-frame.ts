/**
 * A frame while it fills, and what must happen when it is acknowledged or proven absent. One is open per
 * shard; one more may be in flight.
 */
import {
  type ActorEvent,
  type ActorRefusal,
  type Effect,
  type Instant,
  type LiveView,
  type RowChange,
  type Settled,
  type StampedEvent,
  UndoLog,
} from '../../actors/kernel/index.ts';
import { PayloadBuilder } from '../frame/payload.ts';
import type { EncodedFrame } from '../log/port.ts';
import type { AnswerPosition, Outcome } from '../router/port.ts';
import type { ActorRow, RowBatch } from '../rows/port.ts';
import type { Activation } from './activation.ts';
import type { Pending } from './pending.ts';

/** What one actor did in this frame. */
export interface Touch {
  readonly activation: Activation;
  readonly actorNumber: number;
  readonly events: StampedEvent<ActorEvent>[];
}

/** What must be said once the frame is acknowledged. */
export interface Promised {
  readonly pending: Pending;
  /** Of a ticket: the answer comes with a later decision. */
  readonly answer: Outcome | { readonly kind: 'ticket'; readonly ticket: string };
  readonly settled: readonly { readonly ticket: string; readonly settled: Settled<unknown, ActorRefusal> }[];
  readonly position: AnswerPosition;
  readonly at: Instant;
}

export class OpenFrame {
  readonly at: Instant;
  readonly payload: PayloadBuilder;
  readonly undo = new UndoLog();
  readonly touches = new Map<string, Touch>();
  /** In the order decided. */
  readonly promised: Promised[] = [];

  /** `payload`: an empty one. */
  constructor(at: Instant, payload = new PayloadBuilder()) {
    this.at = at;
    this.payload = payload;
  }

  touch(activation: Activation): Touch {
    const known = this.touches.get(activation.key);
    if (known !== undefined) return known;
    const touch: Touch = { activation, actorNumber: this.payload.addActor(activation.id), events: [] };
    this.touches.set(activation.key, touch);
    return touch;
  }
}

/** A frame on its way to the log, with all that follows from it already worked out from its own end state. */
export interface SealedFrame extends Consequences {
  readonly encoded: EncodedFrame;
  readonly open: OpenFrame;
}

export interface Consequences {
  readonly batch: RowBatch;
  readonly views: readonly LiveView[];
  readonly debts: readonly { readonly activation: Activation; readonly effects: readonly Effect[] }[];
}

/** Rows, views and debts as of the end of the frame. Must run before anything of the next frame is applied. */
export function consequencesOf(touches: Iterable<Pick<Touch, 'activation' | 'events'>>, shard: number, at: Instant): Consequences {
  const actors: ActorRow[] = [];
  const changes: RowChange[] = [];
  const views: LiveView[] = [];
  const debts: { activation: Activation; effects: readonly Effect[] }[] = [];
  for (const { activation, events } of touches) {
    const { definition, id, state } = activation;
    const effects = definition.pending(state);
    actors.push({
      actor: id,
      shard,
      version: state.version,
      deadline: definition.deadline(state),
      owes: effects.length > 0,
      format: definition.format,
      isNew: events[0]?.version === 1,
    });
    for (const change of definition.rows(id, events, state)) changes.push(change);
    const view = definition.view(id, state, at);
    if (view !== null) views.push(view);
    if (effects.length > 0 || activation.owed.size > 0) debts.push({ activation, effects });
  }
  return { batch: { actors, changes }, views, debts };
}
