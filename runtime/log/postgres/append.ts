/**
 * One append as a statement, and what becomes of it.
 *
 * A1. It inserts frame n only where frame n-1 exists with the expected hash (or, for frame 0, where the shard is empty)
 *     and where nobody has written n. It keeps L1: of two writers that pass the first test the primary key lets one
 *     insert, the other waits for it and then inserts nothing.
 * A2. It names the partition itself where frame n-1 is in it too: finding it among hundreds would cost more than the
 *     insert itself.
 */
import type { FailureVerdict } from '../../postgres/errors.ts';
import type { EncodedFrame, Position, Shard } from '../port.ts';

export interface Append {
  readonly shard: Shard;
  readonly expected: Position;
  readonly frame: EncodedFrame;
}

export type Inserted =
  | { readonly kind: 'inserted' | 'not_inserted' }
  /** `sent` is false where there was not even a session. */
  | { readonly kind: 'failed'; readonly sent: boolean; readonly verdict: FailureVerdict; readonly error: unknown };

export interface Statement {
  /** Of the prepared statement; absent where it is seldom used. */
  readonly name?: string;
  readonly text: string;
}

export type NamedStatement = Required<Statement>;

const everyPartition = 'onhand_log.frames';
const appendFirst: Statement = { text: appendText(everyPartition, true) };
/** Over the whole tree. */
export const appendAcross: Statement = { text: appendText(everyPartition, false) };

/** A1. */
function appendText(table: string, first: boolean): string {
  const fits = first
    ? 'not exists (select from onhand_log.frames where shard = $1)'
    : `exists (select from ${table} where shard = $1 and frame = $2 - 1 and hash = $4)`;
  return `insert into ${table} (shard, frame, hash, previous_hash, bytes)
    select $1::integer, $2::bigint, $3::bytea, $4::bytea, $5::bytea where ${fits} on conflict do nothing`;
}

/** Whether frame n-1 is in the partition of frame n. */
export function isInsidePartition(frame: number, framesPerPartition: number): boolean {
  return frame % framesPerPartition !== 0;
}

/** For a frame inside its partition (A2). */
export function statementInside(shard: Shard, frame: number, framesPerPartition: number): NamedStatement {
  const name = `frames_${shard}_${Math.floor(frame / framesPerPartition)}`;
  return { name: `append_${name}`, text: appendText(`onhand_log.${name}`, false) };
}

export function statementFor(shard: Shard, frame: number, framesPerPartition: number): Statement {
  if (frame === 0) return appendFirst;
  return isInsidePartition(frame, framesPerPartition) ? statementInside(shard, frame, framesPerPartition) : appendAcross;
}

export function valuesOf({ shard, expected, frame: { frame, hash, bytes } }: Append): (string | Buffer)[] {
  return [
    String(shard),
    String(frame),
    Buffer.from(hash, 'hex'),
    Buffer.from(expected.hash, 'hex'),
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  ];
}
