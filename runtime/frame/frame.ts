/**
 * What a frame is: everything one shard decided since the last one, chained to it by hash.
 *
 * F1. Frame numbers are dense; `previousHash` is the SHA-256 of the frame before. Replay stops at the
 *     exact frame where either is wrong.
 * F2. Frame time never goes back within a shard.
 * F3. No two writers ever produce the same bytes: the nonce is the owner's own.
 */
import { type ActorEvent, type ActorId, actorKey, type Instant, type Row } from '../../actors/kernel/index.ts';

/** `repair`: corrections of rows that no longer said what the log says. */
export type FrameKind = 'identity' | 'epoch' | 'events' | 'barrier' | 'repair';

export interface FrameHeader {
  readonly kind: FrameKind;
  /** UUIDs: of the cluster, and of this life of its data (a restore mints a new one). */
  readonly clusterId: string;
  readonly incarnation: string;
  readonly shard: number;
  readonly epoch: number;
  readonly frame: number;
  readonly at: Instant;
  readonly previousHash: string;
  /** 8 random bytes (hex) of the writing owner. */
  readonly nonce: string;
}

/** One event of one actor, in the order decided. Its place in the list is its index in the frame. */
export interface FrameEntry {
  readonly actor: ActorId;
  readonly version: number;
  readonly event: ActorEvent;
}

/** Frame 0: what a shard's log belongs to, checked at every start. */
export interface Identity {
  readonly clusterId: string;
  readonly shardCount: number;
  readonly hash: string;
}

/** One row put right, and why. Written to the log first, then to rows, like everything else. */
export interface RowCorrection {
  readonly store: string;
  readonly key: string;
  readonly what: string;
  /** The frame whose events the right row rests on; null = no frame ever made this row. */
  readonly basis: number | null;
  readonly table: string;
  /** The row that is taken away, by its key; null = there is none. */
  readonly remove: Row | null;
  /** The row as the log says it; null = there must be none. */
  readonly put: Row | null;
}

export interface Frame {
  readonly header: FrameHeader;
  readonly entries: readonly FrameEntry[];
  readonly corrections: readonly RowCorrection[];
  readonly identity: Identity | null;
}

/** The log says something that cannot be: checksum, chain, density, identity or format. Never skipped
 *  over; the shard does not serve until a person has looked. */
export class LogDamaged extends Error {
  override readonly name: string = 'LogDamaged';
  readonly shard: number;
  readonly frame: number;

  constructor(shard: number, frame: number, what: string) {
    super(`shard ${shard}, frame ${frame}: ${what}`);
    this.shard = shard;
    this.frame = frame;
  }
}

/** Nothing is wrong with the frame, but it is not for us: a newer version of this program wrote it. */
export class FrameTooNew extends LogDamaged {
  override readonly name = 'FrameTooNew';
}

/**
 * The frame is whole, but this program cannot follow one of its events: a bug of it, or an actor that only a newer
 * version knows. The next try would end the same way; the shards that have no such event are well.
 */
export class EventNotApplied extends LogDamaged {
  override readonly name = 'EventNotApplied';

  constructor(shard: number, frame: number, event: { readonly actor: ActorId; readonly version: number }, cause: unknown) {
    super(shard, frame, `event ${event.version} of ${actorKey(event.actor)} cannot be applied: ${String(cause)}`);
  }
}
