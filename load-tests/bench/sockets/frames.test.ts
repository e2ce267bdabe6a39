/** The framing of the load client against `ws`, which does it by the book. */
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { clientFrame, opcodes, readFrames, textFrame } from './frames.ts';

function framesIn(bytes: Buffer): { readonly seen: string[]; readonly taken: number } {
  const seen: string[] = [];
  const taken = readFrames(bytes, bytes.length, (opcode, from, to) => seen.push(`${opcode}:${bytes.toString('latin1', from, to)}`));
  return { seen, taken };
}

test('a frame is visited when it is whole, however the bytes are cut', () => {
  const long = 'y'.repeat(300);
  const bytes = Buffer.concat([Buffer.from([0x81, 2]), Buffer.from('ab'), Buffer.from([0x81, 126, 1, 44]), Buffer.from(long)]);
  for (let cut = 0; cut < bytes.length; cut += 1) {
    const { seen, taken } = framesIn(bytes.subarray(0, cut));
    expect(seen).toEqual(cut < 4 ? [] : ['1:ab']);
    expect(taken).toBe(cut < 4 ? 0 : 4);
  }
  expect(framesIn(bytes)).toEqual({ seen: ['1:ab', `1:${long}`], taken: bytes.length });
});

test.each([
  ['a masked frame', [0x81, 0x80]],
  ['a fragment', [0x01, 2]],
  ['a frame of 2 GB', [0x81, 127, 0, 0, 0, 0, 0x80, 0, 0, 0]],
])('%s from the server is an error', (_, bytes) => {
  expect(() => framesIn(Buffer.from(bytes))).toThrow('the server sent');
});

test('`ws` understands what is said, short and long, and is understood', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  try {
    await once(server, 'listening');
    const heard: string[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        heard.push(String(data));
        socket.send(String(data));
      });
    });
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const messages = [{ a: 1 }, { a: 'ä'.repeat(200) }];
    for (const message of messages) socket.write(textFrame(message));
    socket.write(clientFrame(opcodes.close, Buffer.from([0x03, 0xe8])));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const frames = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
    const texts = messages.map((message) => JSON.stringify(message));
    expect(heard).toEqual(texts);
    expect(framesIn(frames).seen.slice(0, 2)).toEqual(texts.map((text) => `1:${Buffer.from(text).toString('latin1')}`));
  } finally {
    server.close();
  }
});
