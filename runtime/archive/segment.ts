/**
 * A segment: consecutive frames of one shard as one object, chained to the segment before by hash.
 *
 *   "OHSEG1\n", a line of JSON (the header), then for each frame its length (u32) and its bytes, then SHA-256 of all that.
 *
 * G1. The name tells shard, first and last frame; the header repeats it, with the hash before the first frame
 *     and that of the last: two neighbours fit or they do not.
 * G2. A segment says the same wherever its frames came from: writing it again gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { decodeFrameHeader, hashOf, verifyLink } from '../frame/codec.ts';
import { LogDamaged } from '../frame/frame.ts';
import type { EncodedFrame, Position, Shard } from '../log/port.ts';

export interface SegmentName {
  readonly shard: Shard;
  readonly first: number;
  readonly last: number;
}

export interface SegmentHeader extends SegmentName {
  readonly format: 1;
  /** Hash of the frame before the first one. */
  readonly previousHash: string;
  readonly lastHash: string;
  /** Frame time of the last frame. */
  readonly lastAt: number;
}

export interface Segment {
  readonly header: SegmentHeader;
  readonly frames: readonly EncodedFrame[];
}

const magic = 'OHSEG1\n';
const digits = 12;
const lengthBytes = 4;
const sumBytes = 32;

export function nameOf({ shard, first, last }: SegmentName): string {
  const padded = (frame: number) => String(frame).padStart(digits, '0');
  return `${prefixOf(shard)}${padded(first)}-${padded(last)}.seg`;
}

export function prefixOf(shard: Shard): string {
  return `log/${shard}/`;
}

/** Null: not a segment's name. */
export function parseName(name: string): SegmentName | null {
  const match = /^log\/(\d+)\/(\d{12})-(\d{12})\.seg$/.exec(name);
  return match === null ? null : { shard: Number(match[1]), first: Number(match[2]), last: Number(match[3]) };
}

/** Frames must follow `previous` and one another. Throws `LogDamaged`. */
export function encodeSegment(shard: Shard, previous: Position, frames: readonly EncodedFrame[]): Uint8Array {
  const [first, last] = [frames[0]!, frames.at(-1)!];
  const lastAt = decodeFrameHeader(shard, last).at;
  const header: SegmentHeader = {
    format: 1,
    shard,
    first: first.frame,
    last: last.frame,
    previousHash: previous.hash,
    lastHash: last.hash,
    lastAt,
  };
  const head = Buffer.from(`${magic}${JSON.stringify(header)}\n`);
  const segment = Buffer.allocUnsafe(frames.reduce((sum, { bytes }) => sum + lengthBytes + bytes.byteLength, head.length + sumBytes));
  let at = head.copy(segment);
  for (const { bytes } of frames) {
    at = segment.writeUInt32BE(bytes.byteLength, at);
    segment.set(bytes, at);
    at += bytes.byteLength;
  }
  createHash('sha256').update(segment.subarray(0, at)).digest().copy(segment, at);
  return segment;
}

/** Checks everything there is to check. Throws `LogDamaged` that names the frame. */
export function decodeSegment({ shard, first, last }: SegmentName, bytes: Uint8Array): Segment {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (frame: number, what: string) => new LogDamaged(shard, frame, `the archive segment ${first} to ${last} ${what}`);
  const header = readHeader(content);
  if (header === null) throw damaged(first, 'has no header');
  if (header.format !== 1) throw damaged(first, 'is of a format that this version does not know');
  if (header.shard !== shard || header.first !== first || header.last !== last) throw damaged(first, 'is another one than its name says');
  const frames = [...framesIn(content, headerLength(content), first)];
  verifyFrames(shard, header, frames);
  const body = content.subarray(0, content.byteLength - sumBytes);
  // The frames may all be right and the sum wrong: then it is the sum that was damaged, and still a finding.
  if (!createHash('sha256').update(body).digest().equals(content.subarray(-sumBytes))) throw damaged(last, 'has a wrong checksum');
  return { header, frames };
}

function readHeader(content: Buffer): SegmentHeader | null {
  if (content.toString('latin1', 0, magic.length) !== magic) return null;
  try {
    return JSON.parse(content.toString('utf8', magic.length, content.indexOf('\n', magic.length))) as SegmentHeader;
  } catch {
    return null;
  }
}

function headerLength(content: Buffer): number {
  return content.indexOf('\n', magic.length) + 1;
}

function* framesIn(content: Buffer, start: number, first: number): Iterable<EncodedFrame> {
  const end = content.byteLength - sumBytes;
  let frame = first;
  for (let at = start; at + lengthBytes <= end; frame++) {
    const length = content.readUInt32BE(at);
    const from = at + lengthBytes;
    const bytes = content.subarray(from, Math.min(end, from + length));
    yield { frame, hash: hashOf(bytes), bytes };
    at = from + length;
  }
}

function verifyFrames(shard: Shard, segment: SegmentHeader, frames: readonly EncodedFrame[]): void {
  let previous = { frame: segment.first - 1, hash: segment.previousHash, at: 0 };
  for (const stored of frames) {
    const header = decodeFrameHeader(shard, stored);
    verifyLink(shard, previous, stored, header);
    previous = { frame: stored.frame, hash: stored.hash, at: header.at };
  }
  if (previous.frame !== segment.last || previous.hash !== segment.lastHash)
    throw new LogDamaged(shard, previous.frame + 1, `the archive segment ${segment.first} to ${segment.last} ends here`);
}
