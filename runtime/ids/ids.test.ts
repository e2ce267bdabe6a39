import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, commandIdOf, fingerprintOf, uuidV8Of } from './derive.ts';

const scope = { store: 'store_1', caller: 'buyer:b', route: 'POST /v1/holds', key: 'k', sku: 'A' };

test('the id of a command is fixed for ever: it is part of the storage format', () => {
  // printf '7:store_1/7:buyer:b/14:POST /v1/holds/1:k/1:A/' | sha256sum
  expect(commandIdOf(scope)).toBe('cd4ef3d4-e9f6-83a4-b32e-070707d15cc5'); // D1
  expect(fingerprintOf('[]')).toBe('T1PNoYwrqgw');
});

test('every derived id is a UUID of version 8 and variant 10', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(uuidV8Of(text)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

test('each part of the scope makes another id, and text cannot move between parts', () => {
  const ids = [
    scope,
    { ...scope, store: 'store_2' },
    { ...scope, caller: 'buyer:c' },
    { ...scope, route: 'POST /v1/other' },
    { ...scope, key: 'k2' },
    { ...scope, sku: 'B' },
    { store: scope.store, caller: scope.caller, route: scope.route, key: scope.key },
    { ...scope, key: 'k/1:A', sku: '' },
    { ...scope, key: 'k/', sku: '1:A' },
  ].map(commandIdOf);
  expect(new Set(ids).size).toBe(ids.length); // D2
});

test('canonical JSON does not depend on the order of fields', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
});
