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
  bytes.writeUInt32BE(0, 100);
  bytes.write(header.nonce, 104, 8, 'hex');
  if (typeof payload === 'string') bytes.write(payload, frameHeaderBytes, 'utf8');
  else bytes.set(payload, frameHeaderBytes);
  bytes.writeUInt32BE(crc32(bytes), 100);
  return { frame: header.frame, hash: hashOf(bytes), bytes };
}

/** Reads a frame, checking checksum and format; the chain is `verifyChain`'s business. Throws `LogDamaged`. */
export function decodeFrame(shard: number, stored: EncodedFrame): Frame {
  const header = decodeHeader(shard, stored);
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

function decodeHeader(shard: number, stored: EncodedFrame): FrameHeader {
  const bytes = Buffer.from(stored.bytes.buffer, stored.bytes.byteOffset, stored.bytes.byteLength);
  const damaged = (what: string) => new LogDamaged(shard, stored.frame, what);
  if (bytes.length < frameHeaderBytes || bytes.readUInt32BE(0) !== magic) throw damaged('not a frame');
  const format = bytes.readUInt16BE(4);
  if (format > frameFormat)
    throw new FrameTooNew(shard, stored.frame, `written in format ${format} by a newer version; this one reads up to ${frameFormat}`);
  if (bytes.length !== frameHeaderBytes + bytes.readUInt32BE(96)) throw damaged('its length is wrong');
  const stated = bytes.readUInt32BE(100);
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(0, 100);
  if (crc32(copy) !== stated) throw damaged('its checksum is wrong');
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

/** Checks that `next` follows a frame at (`number`, `hash`, `at`) (F1, F2). Throws `LogDamaged`. */
export function verifyChain(
  shard: number,
  previous: { readonly frame: number; readonly hash: string; readonly at: number },
  stored: EncodedFrame,
  next: Frame,
): void {
  const damaged = (what: string) => new LogDamaged(shard, stored.frame, what);
  if (next.header.shard !== shard) throw damaged(`belongs to shard ${next.header.shard}`);
  if (next.header.frame !== previous.frame + 1 || stored.frame !== next.header.frame)
    throw damaged(`follows frame ${previous.frame}, so frames are missing or out of order`);
  if (next.header.previousHash !== previous.hash) throw damaged('does not continue the frame before it (chain hash)');
  if (hashOf(stored.bytes) !== stored.hash) throw damaged('its hash is not the stored one');
  if (next.header.at < previous.at) throw damaged('its time goes back');
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
