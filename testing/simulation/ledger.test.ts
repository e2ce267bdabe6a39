/** The clients' own sums: what they must find too much, and what two clocks that differ excuse. */
import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import type { Act, Verdict } from './acts.ts';
import { Ledger } from './ledger.ts';
import type { Shop } from './shop.ts';
import { Violation } from './violation.ts';

const product = { store: 'store_1', sku: 'shirt', isPlain: true };
const contested = { ...product, sku: 'the last ones' };
const shop: Shop = { stores: ['store_1'], products: [product], contested, staples: [], buyers: [], locations: ['main'] };
const position = { incarnation: '', shard: 0, epoch: 0, frame: 0, index: 0 };
const clockSkewMaxMs = 10;
const expiresAt = 1_000;

let number = 0;

function heard(ledger: Ledger, kind: 'stock' | 'hold', id: string, command: object, reply: object, at: number): void {
  const act = { number: (number += 1), actor: actorId(kind, 'store_1', id), command, isOnce: false } as Act;
  ledger.wanted(act);
  ledger.told(act, { kind: 'reply', reply, repeated: false, position, at } satisfies Verdict);
}

/** One unit came in and was promised until `expiresAt`; at `at` it is promised to somebody else. */
function promisedTwice(first: 'stock' | 'hold', at: number): () => void {
  const ledger = new Ledger(shop, clockSkewMaxMs);
  const stock = { type: 'stock', sku: 'shirt', version: 1, available: 1, levels: [] };
  const held = (holdId: string) => ({ type: 'hold', holdId, status: 'held', quantity: 1, allocations: [{ quantity: 1 }], expiresAt });
  heard(ledger, 'stock', 'shirt', { type: 'receive', quantity: 1 }, { ...stock, available: 0 }, 0);
  if (first === 'stock') heard(ledger, 'stock', 'shirt', { type: 'hold', holdId: 'a' }, held('a'), 1);
  else {
    const several = { type: 'multiHold', holdId: 'a', status: 'held', expiresAt, lines: [{ sku: 'shirt', quantity: 1 }] };
    heard(ledger, 'hold', 'a', { type: 'take', lines: [] }, several, 1);
  }
  return () => heard(ledger, 'stock', 'shirt', { type: 'hold', holdId: 'b' }, { ...held('b'), expiresAt: 9_000 }, at);
}

test.each(['stock', 'hold'] as const)('a unit of a live hold (%s) that is promised again is found', (first) => {
  expect(promisedTwice(first, 500)).toThrow(Violation);
});

test('a hold of the SKU itself ends by the clock of the SKU, to the millisecond', () => {
  expect(promisedTwice('stock', expiresAt - 1)).toThrow(Violation);
  expect(promisedTwice('stock', expiresAt)).not.toThrow();
});

test('a hold over several lines ends by the clock of another shard, which may be ahead', () => {
  expect(promisedTwice('hold', expiresAt - 2 * clockSkewMaxMs - 1)).toThrow(Violation);
  expect(promisedTwice('hold', expiresAt - 2 * clockSkewMaxMs)).not.toThrow();
});
