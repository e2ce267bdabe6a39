import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorKey } from '../actors/kernel/index.ts';
import { fnv1a32, shardOf } from './shard-of.ts';

test('the hash is the published FNV-1a: it decides for ever which log an actor is in', () => {
  expect(['', 'a', 'foobar'].map(fnv1a32)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

test('text of any script is hashed as its bytes in UTF-8', () => {
  const byBytes = (text: string) => {
    let hash = 0x811c9dc5n;
    for (const byte of Buffer.from(text, 'utf8')) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
    return Number(hash);
  };
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })), (text) => {
      expect(fnv1a32(text)).toBe(byBytes(text));
    }),
  );
});

test('the shard of an actor is the hash of its key', () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(anyText, anyText, anyText, (kind, store, id) => {
      expect(shardOf({ kind, store, id }, 2 ** 32)).toBe(fnv1a32(actorKey({ kind, store, id })));
    }),
  );
});
