/**
 * The auditor's own reading of the log: every frame in the moment it becomes durable, checked against the
 * chain and folded event by event. What this says is the truth that memory, rows and answers must match.
 *
 * It takes `apply`, `view` and `broken` of the actors as what events mean, and shares nothing else with the
 * runtime but the format of a frame.
 */
import {
  type ActorEvent,
  type ActorId,
  type ActorState,
  actorKey,
  type AnyActorDefinition,
  type Instant,
  noUndo,
} from '../../actors/kernel/index.ts';
import { decodeFrame, verifyChain } from '../../runtime/frame/codec.ts';
import type { Frame, FrameKind } from '../../runtime/frame/frame.ts';
import { type EncodedFrame, logStart, type Shard } from '../../runtime/log/port.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { hold } from './violation.ts';

/** One event of an actor and where it stands in its shard's log. */
export interface Logged {
  readonly frame: number;
  readonly index: number;
  readonly at: Instant;
  readonly version: number;
  readonly event: ActorEvent;
}

export class FoldedActor {
  readonly id: ActorId;
  readonly definition: AnyActorDefinition;
  readonly logged: Logged[] = [];
  state: ActorState;

  constructor(id: ActorId, definition: AnyActorDefinition) {
    this.id = id;
    this.definition = definition;
    this.state = definition.initial(id) as ActorState;
  }

  get lastFrame(): number {
    return this.logged.at(-1)?.frame ?? -1;
  }
}

interface Head {
  readonly frame: number;
  readonly hash: string;
  readonly at: number;
}

export interface FrameSummary {
  readonly kind: FrameKind;
  readonly epoch: number;
  /** Whose it is: fresh for every life of an owner. */
  readonly nonce: string;
  readonly at: Instant;
  readonly entries: number;
  readonly landedAtMs: number;
}

export class LogFold {
  readonly #definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly #shardCount: number;
  readonly #nowMs: () => number;
  readonly #actors = new Map<string, FoldedActor>();
  readonly #heads: Head[] = [];
  readonly #frames: FrameSummary[][] = [];
  /** Actors changed since the last look. */
  readonly #changed = new Set<FoldedActor>();
  /** Bodies of commands that took effect on stock. */
  readonly #effects = new Set<string>();
  /** Called for every event, once it is applied. */
  onEvent: (actor: FoldedActor, logged: Logged) => void = () => {};

  constructor(definitions: readonly AnyActorDefinition[], shardCount: number, nowMs: () => number) {
    this.#definitions = new Map(definitions.map((definition) => [definition.kind, definition]));
    this.#shardCount = shardCount;
    this.#nowMs = nowMs;
    for (let shard = 0; shard < shardCount; shard += 1) {
      this.#heads.push({ frame: logStart.frame, hash: logStart.hash, at: 0 });
      this.#frames.push([]);
    }
  }

  actor(key: string): FoldedActor | undefined {
    return this.#actors.get(key);
  }

  definition(kind: string): AnyActorDefinition {
    const definition = this.#definitions.get(kind);
    hold(definition !== undefined, 'I4', () => `an event of unknown kind ${kind}`);
    return definition;
  }

  get actors(): IterableIterator<FoldedActor> {
    return this.#actors.values();
  }

  frame(shard: Shard, frame: number): FrameSummary | undefined {
    return this.#frames[shard]?.[frame];
  }

  tail(shard: Shard): Head {
    return this.#heads[shard] as Head;
  }

  /** Of whoever owns the shard by the log, whether they know it or not. */
  epoch(shard: Shard): number {
    return this.#frames[shard]?.at(-1)?.epoch ?? 0;
  }

  get framesCount(): number {
    return this.#frames.reduce((sum, frames) => sum + frames.length, 0);
  }

  /** Called by the log in the moment the frame becomes durable. */
  landed(shard: Shard, stored: EncodedFrame): void {
    const frame = decodeFrame(shard, stored);
    const head = this.tail(shard);
    verifyChain(shard, head, stored, frame.header);
    this.#checkEpoch(shard, frame);
    this.#heads[shard] = { frame: stored.frame, hash: stored.hash, at: frame.header.at };
    const { kind, epoch, nonce, at } = frame.header;
    this.#frames[shard]?.push({ kind, epoch, nonce, at, entries: frame.entries.length, landedAtMs: this.#nowMs() });
    for (const [index, { actor, version, event }] of frame.entries.entries()) {
      hold(shardOf(actor, this.#shardCount) === shard, 'I4', () => `${actorKey(actor)} is not of shard ${shard}`);
      this.#apply(this.#acquire(actor), { frame: stored.frame, index, at: frame.header.at, version, event });
    }
  }

  /** I1 and the other laws of one state, of every actor that changed since the last call. */
  checkChanged(): void {
    for (const actor of this.#changed) {
      const broken = actor.definition.broken(actor.state);
      hold(broken.length === 0, 'I1', () => `${actorKey(actor.id)} at version ${actor.state.version}: ${broken.join('; ')}`);
    }
    this.#changed.clear();
  }

  /** The fence: epochs only rise, and what is not an EPOCH frame or a barrier before one comes from the owner. */
  #checkEpoch(shard: Shard, { header }: Frame): void {
    const before = this.#frames[shard]?.at(-1);
    if (before === undefined) return;
    const isOwners = header.epoch === before.epoch && (header.nonce === before.nonce || before.kind === 'identity');
    const isNewOwner = header.kind !== 'events' && header.epoch > before.epoch;
    hold(
      isOwners || isNewOwner,
      'I3',
      () =>
        `shard ${shard}, frame ${header.frame}: a ${header.kind} frame of epoch ${header.epoch} by ${header.nonce} follows epoch ${before.epoch} of ${before.nonce}`,
    );
  }

  #acquire(id: ActorId): FoldedActor {
    const key = actorKey(id);
    let actor = this.#actors.get(key);
    if (actor === undefined) {
      actor = new FoldedActor(id, this.definition(id.kind));
      this.#actors.set(key, actor);
    }
    return actor;
  }

  #apply(actor: FoldedActor, logged: Logged): void {
    hold(
      logged.version === actor.state.version + 1,
      'I4',
      () =>
        `${actorKey(actor.id)}: event ${logged.version} (${logged.event.type}) in frame ${logged.frame} follows version ${actor.state.version}`,
    );
    actor.state = actor.definition.apply(actor.state, logged.event, logged.at, noUndo) as ActorState;
    actor.logged.push(logged);
    this.#changed.add(actor);
    this.#checkOnce(actor, logged);
    this.onEvent(actor, logged);
  }

  /** I5, of stock: a command is one event, however often it was sent. (A refused multi-line hold is asked anew.) */
  #checkOnce({ id }: FoldedActor, { event, frame }: Logged): void {
    if (id.kind !== 'stock' || !('fingerprint' in event)) return;
    const effect = `${actorKey(id)} ${String(event.fingerprint)}`;
    hold(!this.#effects.has(effect), 'I5', () => `${effect} took effect before, and again in frame ${frame}`);
    this.#effects.add(effect);
  }
}
