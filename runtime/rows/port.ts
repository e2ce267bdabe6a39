/**
 * Rows: where write-behind puts what actors store, and where cold actors are loaded from. The checkpoint
 * of a shard moves in the same transaction as the rows it covers.
 *
 * R1. Rows and checkpoint are one: a batch is wholly there or not at all.
 * R2. Only the newest claimed epoch writes a shard; `from` must be the stored checkpoint, or it is fenced.
 *     A batch that finds its own `to` stored has been written before (its answer was lost, or it landed late
 *     while it was retried): it is answered `written`, and by R1 there is nothing left to do.
 * R3. A row is never replaced by one with a lower version.
 * R4. `load` reads all rows of an actor in one snapshot.
 * R5. Every row is stored with a checksum. A row that is read and does not fit it, or cannot be read at all, is
 *     told as damage: of its actor alone, never of others that were asked for together with it.
 */
import type { ActorId, Instant, Row, RowChange, Rows as ActorRows } from '../../actors/kernel/index.ts';
import type { Position, Shard } from '../log/port.ts';

export interface Checkpoint extends Position {
  readonly epoch: number;
}

export function isSameCheckpoint(one: Checkpoint, other: Checkpoint): boolean {
  return one.frame === other.frame && one.hash === other.hash && one.epoch === other.epoch;
}

/** One line per touched actor, kept by the runtime itself in table `actors`. */
export interface ActorRow {
  readonly actor: ActorId;
  readonly shard: Shard;
  readonly version: number;
  /** Next instant at which the actor has something to do, or null. */
  readonly deadline: Instant | null;
  /** It still owes effects. */
  readonly owes: boolean;
  readonly format: number;
  /** As far as is known nobody has written this line before: as `RowChange.isNew`. */
  readonly isNew?: boolean;
}

export interface RowBatch {
  readonly actors: readonly ActorRow[];
  readonly changes: readonly RowChange[];
  /** Rows take the place of whatever stands there, R3 notwithstanding: damaged ones may say any version. */
  readonly force?: true;
}

export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The checkpoint or the epoch is not ours any more. When `checkpoint` still reports our epoch, the store
   *  went back to an older checkpoint (it lost an unsynced tail): write again from there. */
  | { readonly kind: 'fenced' }
  /** Not known whether it committed; write again from the checkpoint that `claim` or `checkpoint` reports. */
  | { readonly kind: 'unknown'; readonly cause: string };

export interface LoadedActor {
  readonly version: number;
  readonly format: number;
  readonly rows: ActorRows;
  /** R5: absent = sound. What is damaged must not become memory. */
  readonly damage?: RowDamage;
}

/** A stored row that is not what was written. */
export interface DamagedRow {
  readonly table: string;
  readonly row: Row;
}

export type RowDamage =
  | { readonly kind: 'checksum'; readonly rows: readonly DamagedRow[] }
  /** The store cannot show the rows; nor, most likely, take new ones in their place. */
  | { readonly kind: 'unreadable'; readonly cause: string };

/** A row that belongs to no actor there is a line of. */
export interface Stray {
  readonly actor: ActorId;
  readonly row: Row;
}

export interface RowStore {
  /** Raises the epoch on the shard's checkpoint row and returns the checkpoint to go on from, ending the
   *  old owner's session if that holds the row. The same epoch may claim again (after an unknown write).
   *  Throws `EpochSuperseded` when a higher epoch has claimed, `RowsUnavailable`. */
  claim(shard: Shard, epoch: number): Promise<Checkpoint>;
  write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome>;
  checkpoint(shard: Shard): Promise<Checkpoint | null>;
  /** The checkpoint, made to survive a power cut before it is returned: what the log may be trimmed below.
   *  (`checkpoint` may still be lost with an unsynced tail, rows and all, and is then written again.) */
  durableCheckpoint(shard: Shard): Promise<Checkpoint | null>;
  /** Actors without rows are absent from the map. Throws `RowsUnavailable`. */
  load(kind: string, actors: readonly ActorId[], now: Instant): Promise<ReadonlyMap<string, LoadedActor>>;
  /** Actors of the shard whose deadline is at or before `before`, or that owe something; the soonest first, those
   *  without a deadline last: where memory is short, those who have waited longest come in first. */
  due(shard: Shard, before: Instant): Promise<readonly ActorId[]>;
  /** Every row of a table that belongs to actors of one shard, in one snapshot; `actors` itself included.
   *  `onDamaged` is told of rows whose checksum is wrong (R5), which come all the same. */
  scan(table: string, shard: Shard, onDamaged?: (row: Row) => void): AsyncIterable<Row>;
  /** Rows that `scan` shows for no shard: something else than this program made them, or took their actor away. */
  strays(table: string): AsyncIterable<Stray>;
  /** Deletes rows that `load` has not read back for at least a day (answers to old commands, holds that ended
   *  long ago: what their table's `recent` leaves out), a small batch at a time. Returns how many went; call
   *  again while it is not 0. */
  forget(now: Instant): Promise<number>;
  now(): Promise<Instant>;
  close(): Promise<void>;
}

/** A higher epoch has claimed the shard: whoever sees this owns it no more. */
export class EpochSuperseded extends Error {
  override readonly name = 'EpochSuperseded';
}

export class RowsUnavailable extends Error {
  override readonly name = 'RowsUnavailable';
}

/** Rows of an actor in a format that only a newer version of this program reads. Nothing is wrong with them, and
 *  nothing is made of them. */
export class RowsTooNew extends Error {
  override readonly name = 'RowsTooNew';
}
