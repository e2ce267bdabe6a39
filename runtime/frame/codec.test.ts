import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logStart } from '../log/port.ts';
import { decodeFrame, encodeFrame, frameHeaderBytes, verifyChain } from './codec.ts';
import { PayloadBuilder } from './payload.ts';
import { type FrameHeader, LogDamaged } from './frame.ts';

const header: FrameHeader = {
  kind: 'events',
  clusterId: '11111111-2222-4333-8444-555555555555',
  incarnation: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  shard: 3,
  epoch: 7,
  frame: 42,
  at: 1_700_000_000_123,
  previousHash: 'ab'.repeat(32),
  nonce: '0123456789abcdef',
};

function payloadOf(events: readonly { readonly type: string; readonly text: string }[]): PayloadBuilder {
  const payload = new PayloadBuilder();
  const actor = payload.addActor({ kind: 'stock', store: 'store_1', id: 'ä/ SKU "1"' });
  events.forEach((event, index) => payload.addEvent(actor, index + 1, JSON.stringify(event)));
  return payload;
}

test('a frame is read back as it was written', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ type: fc.constant('held'), text: fc.string({ unit: 'binary' }) })), (events) => {
      const frame = decodeFrame(3, encodeFrame(header, payloadOf(events).build()));
      expect(frame.header).toEqual(header);
      expect(frame.entries.map((entry) => entry.event)).toEqual(JSON.parse(JSON.stringify(events)));
      expect(frame.entries.every((entry) => entry.actor.id === 'ä/ SKU "1"')).toBe(true);
    }),
  );
});

test('the size of a payload is known before it is built, whatever it says and whatever it held before', () => {
  const reused = new PayloadBuilder();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.string()), (texts, ids) => {
      reused.empty();
      for (const id of ids) reused.addActor({ kind: 'stock', store: 's', id });
      texts.forEach((text, index) => reused.addEvent(index, index + 1, JSON.stringify({ type: 'held', text })));
      const plain = { a: ids.map((id) => ['stock', 's', id]), e: texts.map((text, index) => [index, index + 1, { type: 'held', text }]) };
      expect(reused.build().toString('utf8')).toBe(JSON.stringify(plain));
      expect([reused.bytes, reused.events]).toEqual([reused.build().length, texts.length]);
    }),
  );
});

test('the numbers of actors and versions are written as JSON writes them', () => {
  const numbers = [0, 1, 9, 10, 99, 100, 12_345, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const payload = new PayloadBuilder();
  for (const number of numbers) payload.addEvent(number, number, '{}');
  expect(payload.build().toString('utf8')).toBe(JSON.stringify({ a: [], e: numbers.map((number) => [number, number, {}]) }));
});

test('one large event among small ones takes the room that it needs', () => {
  const payload = new PayloadBuilder();
  const texts = ['a', 'ö'.repeat(100_000), '漢'.repeat(4_000), 'b'].map((text) => JSON.stringify({ type: 'held', text }));
  for (const text of texts) payload.addEvent(0, 1, text);
  expect(payload.build().toString('utf8')).toBe(`{"a":[],"e":[${texts.map((text) => `[0,1,${text}]`).join(',')}]}`);
});

test('every flipped bit is found and the exact frame is named', () => {
  const encoded = encodeFrame(header, payloadOf([{ type: 'held', text: 'x' }]).build());
  for (let bit = 0; bit < encoded.bytes.byteLength * 8; bit++) {
    const bytes = Buffer.from(encoded.bytes);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => decodeFrame(3, { ...encoded, bytes }), `bit ${bit}`).toThrow(LogDamaged);
  }
  expect(() => decodeFrame(3, { ...encoded, bytes: encoded.bytes.subarray(0, frameHeaderBytes - 1) })).toThrow(/frame 42: not a frame/);
});

test('a newer format is refused by name, not guessed at', () => {
  const encoded = encodeFrame(header, '{"a":[],"e":[]}');
  const bytes = Buffer.from(encoded.bytes);
  bytes.writeUInt16BE(2, 4);
  expect(() => decodeFrame(3, { ...encoded, bytes })).toThrow(/format 2/);
});

test('a chain with a gap, a foreign frame, a wrong hash or time going back is refused (F1, F2)', () => {
  const first = encodeFrame({ ...header, kind: 'barrier', frame: 0, previousHash: logStart.hash }, '');
  const at = { frame: 0, hash: first.hash, at: header.at };
  const follow = (change: Partial<FrameHeader>) =>
    encodeFrame({ ...header, kind: 'barrier', frame: 1, previousHash: first.hash, ...change }, '');
  const check = (encoded: ReturnType<typeof follow>) => verifyChain(3, at, encoded, decodeFrame(3, encoded).header);
  check(follow({}));
  expect(() => check(follow({ frame: 2 }))).toThrow(/missing or out of order/);
  expect(() => check(follow({ shard: 4 }))).toThrow(/belongs to shard 4/);
  expect(() => check(follow({ previousHash: 'cd'.repeat(32) }))).toThrow(/chain hash/);
  expect(() => check(follow({ at: header.at - 1 }))).toThrow(/time goes back/);
  expect(() => check({ ...follow({}), hash: 'ef'.repeat(32) })).toThrow(/hash is not the stored one/);
});
