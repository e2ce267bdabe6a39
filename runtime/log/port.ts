/**
 * The log: the truth. One dense chain of frames per shard, appended only onto the exact tail the writer
 * expects. Adapters know nothing of what a frame says.
 *
 * L1. An append succeeds only when `expected` is the tail; of two racing writers exactly one wins.
 * L2. What was acknowledged is read back, byte for byte, in order, for ever (until trimmed).
 * L3. A publish that timed out is `unknown`, never `failed`: the frame may still land.
 */
import type { Instant } from '../../actors/kernel/index.ts';

export type Shard = number;

/** The frame last written: its dense number and the SHA-256 (hex) of its bytes. */
export interface Position {
  readonly frame: number;
  readonly hash: string;
}

/** Before the first frame. */
export const logStart: Position = { frame: -1, hash: '0'.repeat(64) };

export interface EncodedFrame {
  readonly frame: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export type AppendOutcome =
  | { readonly kind: 'acked' }
  /** The tail is not `expected`: another owner wrote. */
  | { readonly kind: 'stale' }
  /** Not known whether it landed or still will. `notWritten`: known for certain that it did not and will
   *  not (never sent, or rolled back by the server), so that no barrier is needed; absent = settle it. */
  | { readonly kind: 'unknown'; readonly cause: string; readonly notWritten?: true }
  /** Definitely not written: no room. */
  | { readonly kind: 'full' };

export interface LogRoom {
  readonly usedBytes: number;
  /** Already lowered to what the disk can still take above its floor. */
  readonly maxBytes: number;
}

export interface Log {
  append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome>;
  /** Frames from number `from` on, in order, ending at the tail as it was when asked. Throws `LogUnavailable`. */
  read(shard: Shard, from: number): AsyncIterable<EncodedFrame>;
  /** Throws `LogUnavailable`. */
  tail(shard: Shard): Promise<Position>;
  /** The store's own clock. Throws `LogUnavailable`. */
  now(): Promise<Instant>;
  /** Drops frames below `below`, except the last frame of the shard. By position, never "keep n". An adapter
   *  that drops whole segments may keep some of them longer; it never drops more. Throws `LogUnavailable`. */
  trim(shard: Shard, below: number): Promise<void>;
  /** Where a shard's log would begin after `trim(shard, below)`, for an adapter that drops whole segments: at `below` or before
   *  it. Absent = at `below`. Throws `LogUnavailable`. */
  trimReach?(below: number): Promise<number>;
  /** How much of its room the log has used, as measured lately. The runtime stops intake at `logFullAt` of
   *  it, so that releases, expiries and EPOCH frames still fit; the adapter itself says `full` only at the
   *  end. Absent = unbounded. Throws `LogUnavailable`. */
  room?(): Promise<LogRoom>;
  /** What "acknowledged" means here, in words for the start message, `/readyz` and published numbers. */
  durability?(): Promise<string>;
  close(): Promise<void>;
}

/** What readers of the past need: the log, or archive and log as one chain. */
export type LogReader = Pick<Log, 'read' | 'tail'>;

/** An operating fault: worth trying again. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/** The store keeps what it is given in a way that endangers the log (it would drop frames by itself, keep them in
 *  memory, or fewer copies than asked). Not served until a person has put it right. */
export class LogMisconfigured extends Error {
  override readonly name = 'LogMisconfigured';
}
