/**
 * The two frames of a shard: one that fills, one on its way to the log, and the tail they follow.
 *
 * S1. What was decided is told only by the callback `onAcknowledged` of the newest frame it rests on (I3).
 * S2. One frame is in flight; meanwhile the next one fills (group commit).
 * S3. A frame proven absent is undone newest first, and its commands are handed back in their old order.
 */
import { type ActorEvent, type ActorState, assert, type Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { encodeFrame, frameHeaderBytes } from '../frame/codec.ts';
import type { FrameHeader } from '../frame/frame.ts';
import { PayloadBuilder } from '../frame/payload.ts';
import type { Limits } from '../limits.ts';
import type { Log, Position } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import type { Activation } from './activation.ts';
import { appendSettled } from './append.ts';
import { consequencesOf, OpenFrame, type Promised, type SealedFrame } from './open-frame.ts';
import { headerOf } from './place.ts';

export interface FramesDeps {
  readonly log: Log;
  readonly shard: number;
  readonly clusterId: string;
  readonly incarnation: string;
  readonly nonce: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly halted: () => boolean;
  readonly onAcknowledged: (sealed: SealedFrame) => void;
  /** Proven not in the log; already undone. `promised`: everything decided on it and after it, in order. */
  readonly onAbsent: (promised: readonly Promised[], touched: Iterable<Activation>, why: 'settled' | 'full') => void;
  readonly onFenced: (why: string) => void;
}

export class Frames {
  readonly #deps: FramesDeps;
  readonly #epoch: number;
  /** Of the open frame; there is never more than one. */
  readonly #payload = new PayloadBuilder();
  #tail: Position;
  #open: OpenFrame | null = null;
  #inFlight: SealedFrame | null = null;
  #settlingSinceMs: number | null = null;

  constructor(deps: FramesDeps, epoch: number, tail: Position) {
    this.#deps = deps;
    this.#epoch = epoch;
    this.#tail = tail;
  }

  /** The newest acknowledged frame. */
  get tail(): Position {
    return this.#tail;
  }

  /** For how long the fate of a frame has been unknown; 0 when it is known. */
  get settlingMs(): number {
    return this.#settlingSinceMs === null ? 0 : this.#deps.clock.monotonicMs() - this.#settlingSinceMs + 1;
  }

  get isQuiet(): boolean {
    return this.#open === null && this.#inFlight === null;
  }

  /** The time of the frame that fills, if one does. */
  get openAt(): Instant | null {
    return this.#open?.at ?? null;
  }

  /** The frame and index that whatever is decided now rests on. */
  get newest(): { readonly frame: number; readonly index: number } {
    if (this.#open !== null) return { frame: this.#openNumber, index: Math.max(0, this.#open.payload.events - 1) };
    return { frame: this.#inFlight?.encoded.frame ?? this.#tail.frame, index: 0 };
  }

  get #openNumber(): number {
    return this.#tail.frame + (this.#inFlight === null ? 1 : 2);
  }

  /** Everything promised and not yet acknowledged, in the order decided. */
  get promised(): Promised[] {
    return [...(this.#inFlight?.open.promised ?? []), ...(this.#open?.promised ?? [])];
  }

  /** How many answers wait for frames (I7). */
  get promisedCount(): number {
    return (this.#inFlight?.open.promised.length ?? 0) + (this.#open?.promised.length ?? 0);
  }

  /** Nothing more can be decided until the newest frame is settled (I7). */
  get isFullOfPromises(): boolean {
    const newest = this.#open ?? this.#inFlight?.open;
    return newest !== undefined && newest.promised.length >= this.#deps.limits.framePromisesMax;
  }

  /** Applies events and puts them into the open frame. False when they do not fit; nothing has changed then.
   *  Throws what `apply` throws, with the state as it was. */
  add(activation: Activation, events: readonly ActorEvent[], at: Instant): boolean {
    const texts = textsOf(events);
    if (!this.#hasRoomFor(texts)) return false;
    const open = (this.#open ??= new OpenFrame(at, this.#payload.empty()));
    let version = activation.state.version;
    applyEvents(open, activation, events);
    const { actorNumber } = open.touch(activation);
    for (const text of texts) open.payload.addEvent(actorNumber, ++version, text);
    activation.lastFrame = this.#openNumber;
    return true;
  }

  /** A frame holds at most `frameBytesMax`, or one decision up to `frameBytesHardMax`. */
  #hasRoomFor(texts: readonly string[]): boolean {
    const filledBytes = this.#open?.payload.bytes ?? 0;
    // Counted generously, which is almost always enough to see that there is room.
    if (frameHeaderBytes + filledBytes + bytesAtMost(texts) <= this.#deps.limits.frameBytesMax) return true;
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + entryOverheadBytes, entryOverheadBytes);
    const { frameBytesMax, frameBytesHardMax } = this.#deps.limits;
    assert(frameHeaderBytes + bytes <= frameBytesHardMax, `a decision of ${bytes} bytes fits no frame`);
    if (this.#open === null || frameHeaderBytes + filledBytes + bytes <= frameBytesMax) return true;
    this.seal();
    return this.#open === null;
  }

  /** Keeps a promise for when the newest frame is acknowledged. False when there is nothing to wait for. */
  keep(promised: Promised): boolean {
    const frame = this.#open ?? this.#inFlight?.open;
    frame?.promised.push(promised);
    return frame !== undefined;
  }

  /** Sends the open frame to the log, when none is in flight (S2). */
  seal(): void {
    const open = this.#open;
    if (open === null || this.#inFlight !== null) return;
    this.#open = null;
    const encoded = encodeFrame(this.#header('events', this.#tail, open.at), open.payload.build());
    this.#inFlight = { encoded, open, ...consequencesOf(open.touches.values(), this.#deps.shard, open.at) };
    void this.#append(this.#inFlight);
  }

  #header(kind: FrameHeader['kind'], expected: Position, at: Instant): FrameHeader {
    return headerOf(this.#deps, kind, this.#epoch, expected, at);
  }

  async #append(sealed: SealedFrame): Promise<void> {
    const { log, shard, clock, limits, logger, halted } = this.#deps;
    const onUnknown = (cause: string) => {
      this.#settlingSinceMs ??= clock.monotonicMs();
      logger.warn({ shard, frame: sealed.encoded.frame, cause }, 'the fate of a frame is unknown; settling it');
    };
    const barrier = (expected: Position) => encodeFrame(this.#header('barrier', expected, sealed.open.at), '');
    const deps = { log, shard, clock, retryMs: limits.logSettleRetryMs, halted, onUnknown, barrier };
    const verdict = await appendSettled(deps, this.#tail, sealed.encoded).catch((error: unknown) => ({ kind: 'threw', error }) as const);
    if (halted()) return;
    this.#settlingSinceMs = null;
    switch (verdict.kind) {
      case 'landed':
        this.#inFlight = null;
        this.#tail = { frame: sealed.encoded.frame, hash: sealed.encoded.hash };
        return this.#deps.onAcknowledged(sealed);
      case 'absent':
        this.#tail = verdict.tail;
        return this.#undoAll(sealed, 'settled');
      case 'full':
        return this.#undoAll(sealed, 'full');
      case 'fenced':
        return this.#deps.onFenced('another owner writes its log');
      case 'threw':
        return this.#deps.onFenced(`the log adapter threw: ${String(verdict.error)}`);
      case 'halted':
        return;
    }
  }

  /** S3. The open frame was decided on top of the failed one, so it is undone first. */
  #undoAll(failed: SealedFrame, why: 'settled' | 'full'): void {
    const promised = this.promised;
    const touched = new Set([...failed.open.touches.values(), ...(this.#open?.touches.values() ?? [])].map((touch) => touch.activation));
    this.#open?.undo.rollBack();
    failed.open.undo.rollBack();
    this.#open = null;
    this.#inFlight = null;
    this.#deps.onAbsent(promised, touched, why);
  }

  /** Forgets both frames without undoing them: the owner is gone. */
  drop(): void {
    this.#open = null;
    this.#inFlight = null;
  }
}

const entryOverheadBytes = 160;

function textsOf(events: readonly ActorEvent[]): string[] {
  if (events.length === 1) return [JSON.stringify(events[0])];
  return events.map((event) => JSON.stringify(event));
}

/** UTF-8 takes at most three bytes for one unit of a string. */
function bytesAtMost(texts: readonly string[]): number {
  let bytes = entryOverheadBytes;
  for (const text of texts) bytes += text.length * 3 + entryOverheadBytes;
  return bytes;
}

/** All events or none: what was applied before one of them threw is undone. */
function applyEvents(open: OpenFrame, activation: Activation, events: readonly ActorEvent[]): void {
  const mark = open.undo.length;
  const version = activation.state.version;
  try {
    for (const event of events) applyEvent(open, activation, event, activation.state.version + 1);
  } catch (error) {
    open.undo.rollBack(mark);
    const { events: noted } = open.touch(activation);
    while (noted.length > 0 && noted.at(-1)!.version > version) noted.pop();
    assert(activation.state.version === version, `${activation.key}: undo must bring the version back`);
    throw error;
  }
}

/** One event that follows the actor's state (K3), noted in the frame. What the asserts say is put into words only
 *  when it is needed. */
export function applyEvent(open: OpenFrame, activation: Activation, event: ActorEvent, version: number): void {
  const before = activation.state;
  if (version !== before.version + 1) assert(false, `${activation.key}: event ${version} cannot follow version ${before.version}`);
  const after = activation.definition.apply(before, event, open.at, open.undo) as ActorState;
  activation.state = after;
  if (after !== before) {
    open.undo.record(() => {
      activation.state = before;
    });
  }
  if (after.version !== version) assert(false, `${activation.key}: apply must add exactly 1 to the version (K3)`);
  open.touch(activation).events.push({ event, version, at: open.at });
}
