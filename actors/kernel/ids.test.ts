import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actorId, actorKey, isLocationId, isSku, parseActorKey } from './ids.ts';

describe('the key of an actor', () => {
  test('names it, also when its id has slashes', () => {
    const actor = actorId('stock', 'store', 'a/b/c');
    expect(actorKey(actor)).toBe('stock/store/a/b/c');
    expect(parseActorKey('stock/store/a/b/c')).toEqual(actor);
  });

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.constantFrom('stock', 'hold'), fc.uuid(), fc.string(), (kind, store, id) => {
        expect(parseActorKey(actorKey(actorId(kind, store, id)))).toEqual({ kind, store, id });
      }),
    );
  });
});

describe('an SKU', () => {
  test.each(['a', ' ', 'a b', '85123A', 'Ünï', '茶', 'a/b', '😀', 'x'.repeat(64)])('may be %j', (sku) => expect(isSku(sku)).toBe(true));
  test.each(['', 'x'.repeat(65), 'a\nb', 'a\u0000', '\ud800', 'a\u2028b', 5, null, undefined, {}])('may not be %j', (sku) =>
    expect(isSku(sku)).toBe(false),
  );
});

describe('a location id', () => {
  test.each(['main', 'a.b-c_D9', 'x'.repeat(64)])('may be %j', (location) => expect(isLocationId(location)).toBe(true));
  test.each(['', 'a b', 'a/b', 'ü', 'x'.repeat(65), 1, null])('may not be %j', (location) => expect(isLocationId(location)).toBe(false));
});
