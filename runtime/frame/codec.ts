/**
 * Frames as bytes: a fixed binary header, then a JSON payload. The checksum covers both; the chain hash
 * covers all bytes. The format number stands at a fixed place for ever.
 *
 *   0  magic "OHFR"      40 shard u32          96  payload length u32
 *   4  format u16        44 epoch u32          100 CRC-32 of all other bytes (IEEE 802.3, zlib)
 *   6  kind u8           48 frame u64          104 nonce, 8 bytes
 *   8  cluster uuid      56 at i64 (ms)        112 payload, UTF-8 JSON
 *   24 incarnation uuid  64 previous SHA-256
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ActorEvent, ActorId } from '../../actors/kernel/index.ts';
import type { EncodedFrame } from '../log/port.ts';
import {
  type Frame,
  type FrameEntry,
  type FrameHeader,
  type FrameKind,
  FrameTooNew,
  type Identity,
  LogDamaged,
  type RowCorrection,
} from './frame.ts';

const magic = 0x4f484652;
export const frameFormat = 1;
export const frameHeaderBytes = 112;
const checksumAt = 100;
const noChecksum = Buffer.alloc(4);
const kinds: readonly FrameKind[] = ['identity', 'epoch', 'events', 'barrier', 'repair'];

export function encodeFrame(header: FrameHeader, payload: string | Uint8Array): EncodedFrame {
  const length = Buffer.byteLength(payload);
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + length);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt16BE(frameFormat, 4);
  bytes.writeUInt8(kinds.indexOf(header.kind), 6);
  bytes.writeUInt8(0, 7);
  bytes.write(header.clusterId.replaceAll('-', ''), 8, 16, 'hex');
  bytes.write(header.incarnation.replaceAll('-', ''), 24, 16, 'hex');
  bytes.writeUInt32BE(header.shard, 40);
  bytes.writeUInt32BE(header.epoch, 44);
  bytes.writeBigUInt64BE(BigInt(header.frame), 48);
  bytes.writeBigInt64BE(BigInt(header.at), 56);
  bytes.write(header.previousHash, 64, 32, 'hex');
  bytes.writeUInt32BE(length, 96);
  bytes.write(header.nonce, 104, 8, 'hex');
  if (typeof payload === 'string') bytes.write(payload, frameHeaderBytes, 'utf8');
  else bytes.set(payload, frameHeaderBytes);
  bytes.writeUInt32BE(checksumOf(bytes), checksumAt);
  return { frame: header.frame, hash: hashOf(bytes), bytes };
}

/** Reads a frame, checking checksum and format; the chain is `verifyChain`'s business. Throws `LogDamaged`. */
export function decodeFrame(shard: number, stored: EncodedFrame): Frame {
  const header = decodeFrameHeader(shard, stored);
  const payload = Buffer.from(stored.bytes.buffer, stored.bytes.byteOffset + frameHeaderBytes).toString(
    'utf8',
    0,
    stored.bytes.byteLength - frameHeaderBytes,
  );
  switch (header.kind) {
    case 'identity':
      return { ...empty, header, identity: JSON.parse(payload) as Identity };
    case 'events':
      return { ...empty, header, entries: decodeEntries(payload) };
    case 'repair':
      return { ...empty, header, corrections: JSON.parse(payload) as RowCorrection[] };
    default:
      return { ...empty, header };
  }
}

const empty = { entries: [], corrections: [], identity: null } as const;

/** The header alone, with every check of `decodeFrame`: who only passes a frame on need not know what it says. Throws `LogDamaged`. */
export function decodeFrameHeader(shard: number, stored: EncodedFrame): FrameHeader {
  const bytes = Buffer.from(stored.bytes.buffer, stored.bytes.byteOffset, stored.bytes.byteLength);
  const damaged = (what: string) => new LogDamaged(shard, stored.frame, what);
  if (bytes.length < frameHeaderBytes || bytes.readUInt32BE(0) !== magic) throw damaged('not a frame');
  const format = bytes.readUInt16BE(4);
  if (format > frameFormat)
    throw new FrameTooNew(shard, stored.frame, `written in format ${format} by a newer version; this one reads up to ${frameFormat}`);
  if (bytes.length !== frameHeaderBytes + bytes.readUInt32BE(96)) throw damaged('its length is wrong');
  if (checksumOf(bytes) !== bytes.readUInt32BE(checksumAt)) throw damaged('its checksum is wrong');
  const kind = kinds[bytes.readUInt8(6)];
  if (kind === undefined) throw damaged(`unknown kind ${bytes.readUInt8(6)}`);
  return {
    kind,
    clusterId: uuidAt(bytes, 8),
    incarnation: uuidAt(bytes, 24),
    shard: bytes.readUInt32BE(40),
    epoch: bytes.readUInt32BE(44),
    frame: Number(bytes.readBigUInt64BE(48)),
    at: Number(bytes.readBigInt64BE(56)),
    previousHash: bytes.toString('hex', 64, 96),
    nonce: bytes.toString('hex', 104, 112),
  };
}

/** Of all bytes, with zeros in its own place. */
function checksumOf(bytes: Buffer): number {
  return crc32(bytes.subarray(checksumAt + 4), crc32(noChecksum, crc32(bytes.subarray(0, checksumAt))));
}

/** Checks that `next` is what `stored` says it is and follows a frame at (`number`, `hash`, `at`) (F1, F2). Throws `LogDamaged`. */
export function verifyChain(shard: number, previous: ChainEnd, stored: EncodedFrame, next: FrameHeader): void {
  verifyLink(shard, previous, stored, next);
  if (hashOf(stored.bytes) !== stored.hash) throw new LogDamaged(shard, stored.frame, 'its hash is not the stored one');
}

/** The same of a frame whose hash was just made of its bytes. Throws `LogDamaged`. */
export function verifyLink(shard: number, previous: ChainEnd, stored: EncodedFrame, next: FrameHeader): void {
  const damaged = (what: string) => new LogDamaged(shard, stored.frame, what);
  if (next.shard !== shard) throw damaged(`belongs to shard ${next.shard}`);
  if (next.frame !== previous.frame + 1 || stored.frame !== next.frame)
    throw damaged(`follows frame ${previous.frame}, so frames are missing or out of order`);
  if (next.previousHash !== previous.hash) throw damaged('does not continue the frame before it (chain hash)');
  if (next.at < previous.at) throw damaged('its time goes back');
}

interface ChainEnd {
  readonly frame: number;
  readonly hash: string;
  readonly at: number;
}

export function hashOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

function uuidAt(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

type WirePayload = { readonly a: readonly [string, string, string][]; readonly e: readonly [number, number, ActorEvent][] };

function decodeEntries(payload: string): FrameEntry[] {
  const wire = JSON.parse(payload) as WirePayload;
  const actors = wire.a.map(([kind, store, id]): ActorId => ({ kind, store, id }));
  return wire.e.map(([actor, version, event]) => ({ actor: actors[actor]!, version, event }));
}
