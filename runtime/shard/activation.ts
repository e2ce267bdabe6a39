/** One actor in memory: its state, and what the shard must remember about it. */
import type { ActorId, ActorState, AnyActorDefinition, Effect, Instant } from '../../actors/kernel/index.ts';
import { actorKey } from '../../actors/kernel/index.ts';
import type { Pending } from './pending.ts';

export type Residence =
  /** Its rows are being read; commands wait here in order. */
  { readonly kind: 'loading'; readonly parked: Pending[] } | { readonly kind: 'resident' };

/** An effect that is owed, and how often it was sent. */
export interface Debt {
  readonly activation: Activation;
  readonly effect: Effect;
  attempts: number;
  dueAtMs: number;
}

export class Activation {
  readonly id: ActorId;
  readonly key: string;
  readonly definition: AnyActorDefinition;
  residence: Residence;
  state: ActorState;
  /** The newest frame that holds an event of this actor; evictable only once projected. */
  lastFrame = -1;
  /** Touched since the eviction scan last came by (second chance). */
  touched = true;
  /** The deadline last put into the heap. */
  scheduledDeadline: Instant | null = null;
  tickQueued = false;
  /** Effects owed as of the newest acknowledged frame, by id. */
  owed: ReadonlyMap<string, Debt> = noDebts;

  constructor(id: ActorId, definition: AnyActorDefinition, residence: Residence) {
    this.id = id;
    this.key = actorKey(id);
    this.definition = definition;
    this.residence = residence;
    this.state = definition.initial(id) as ActorState;
  }
}

export const noDebts: ReadonlyMap<string, Debt> = new Map();
