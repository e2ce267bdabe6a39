/** A frame as a message of a stream: its number and hash stand in headers, so that neither needs its bytes decoded. */
import type { StoredMsg } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import { type EncodedFrame, LogMisconfigured, type Position } from '../port.ts';

export type Message = Pick<StoredMsg, 'seq' | 'subject' | 'header' | 'data'>;

export const frameHeader = 'Onhand-Frame';
export const hashHeader = 'Onhand-Hash';

function headerOf(message: Message, name: string): string {
  const header: MsgHdrs | undefined = message.header;
  const value = header?.get(name) ?? '';
  if (value === '')
    throw new LogMisconfigured(`Message ${message.seq} on ${message.subject} is not a frame: somebody else writes to the log.`);
  return value;
}

export function frameOf(message: Message): number {
  return Number(headerOf(message, frameHeader));
}

export function hashOf(message: Message): string {
  return headerOf(message, hashHeader);
}

export function positionOf(message: Message): Position {
  return { frame: frameOf(message), hash: hashOf(message) };
}

export function encodedFrame(message: Message): EncodedFrame {
  return { ...positionOf(message), bytes: message.data };
}
