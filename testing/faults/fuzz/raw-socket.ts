/** A WebSocket spoken by hand over TCP, so that frames can be wrong, and read as slowly as one likes. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { eventually } from '../../until.ts';

export interface FrameShape {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Default true. */
  readonly last?: boolean;
  /** Default true: a client must. */
  readonly masked?: boolean;
  /** The three bits that nobody may set. */
  readonly reserved?: number;
  /** What the header says, when not the truth. */
  readonly claimedLength?: number;
}

export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export function frameBytes({ opcode, payload, last = true, masked = true, reserved = 0, claimedLength }: FrameShape): Buffer {
  const length = claimedLength ?? payload.length;
  const first = (last ? 0x80 : 0) | (reserved << 4) | opcode;
  const maskBit = masked ? 0x80 : 0;
  let head: Buffer;
  if (length < 126) head = Buffer.from([first, maskBit | length]);
  else if (length < 65_536) head = Buffer.from([first, maskBit | 126, length >> 8, length & 255]);
  else {
    head = Buffer.alloc(10);
    head[0] = first;
    head[1] = maskBit | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  // A mask of zeros is a mask: the payload stays readable in what a failure shows.
  return Buffer.concat([head, ...(masked ? [Buffer.alloc(4)] : []), payload]);
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export class RawSocket {
  readonly socket: Socket;
  readonly frames: ServerFrame[] = [];
  /** Of the close frame; null when the connection ended without one. */
  closeCode: number | null = null;
  ended = false;
  #rest = Buffer.alloc(0);
  #upgraded = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => (this.ended = true));
  }

  /** Connected and upgraded. `url`: of the server. */
  static async open(url: string): Promise<RawSocket> {
    const { hostname, port, host } = new URL(url);
    const raw = new RawSocket(connect(Number(port), hostname));
    raw.socket.on('data', (chunk) => raw.#read(chunk));
    raw.socket.write(
      `GET /v1/live HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    await eventually('the live socket is open', () => raw.#upgraded || raw.ended);
    if (raw.ended) throw new Error('the live socket was not opened');
    return raw;
  }

  /** Says hello and waits for the welcome. */
  async greet(key: string): Promise<void> {
    this.say({ type: 'hello', key });
    await eventually('the server says welcome', () => this.frames.length > 0 || this.ended);
  }

  say(message: object): void {
    this.send({ opcode: opcodes.text, payload: Buffer.from(JSON.stringify(message)) });
  }

  send(frame: FrameShape): void {
    this.socket.write(frameBytes(frame));
  }

  end(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.#upgraded) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!this.#rest.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) return this.end();
      this.#upgraded = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    for (let frame = this.#next(); frame !== null; frame = this.#next()) {
      this.frames.push(frame);
      if (frame.opcode === opcodes.close && frame.payload.length >= 2) this.closeCode = frame.payload.readUInt16BE(0);
    }
  }

  #next(): ServerFrame | null {
    const bytes = this.#rest;
    if (bytes.length < 2) return null;
    const short = bytes[1]! & 127;
    const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < headBytes) return null;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < headBytes + length) return null;
    this.#rest = bytes.subarray(headBytes + length);
    return { opcode: bytes[0]! & 15, payload: bytes.subarray(headBytes, headBytes + length) };
  }
}
