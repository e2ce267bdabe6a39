/** The judge of linearizability against histories made by hand: what it must find, allow, and leave undecided. */
import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import type { HoldCommand } from '../../actors/hold/commands.ts';
import type { StockCommand } from '../../actors/stock/commands.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import type { Act } from './acts.ts';
import { Histories, type HistoryTally } from './histories.ts';
import type { Shop } from './shop.ts';

const product = { store: 'store_1', sku: 'shirt', isPlain: true };
const shop: Shop = { stores: ['store_1'], products: [], contested: product, staples: [], buyers: [], locations: ['main'] };
const position = { incarnation: '', shard: 0, epoch: 0, frame: 0, index: 0 };
const expiresAt = 100_000;
const skewMs = 10;

const done: Outcome = { kind: 'reply', reply: { type: 'hold', expiresAt }, repeated: false, position, at: 0 };
const lost = undefined;
const insufficient = (available: number, held: number): Outcome => {
  const refusal = { code: 'insufficient_stock', sku: 'shirt', available, held, final: held === 0 };
  return { kind: 'refused', refusal, position, at: 0 };
};
const shown = (available: number, held: number): Outcome => {
  return { kind: 'reply', reply: { type: 'stock', available, levels: [{ held }] }, repeated: false, position, at: 0 };
};

const once = { commandId: 'c', fingerprint: 'f' };
const receive = (quantity: number): StockCommand => ({ type: 'receive', location: 'main', quantity, ...once });
const hold = (holdId: string): StockCommand => {
  return { type: 'hold', holdId, fingerprint: 'f', buyer: null, quantity: 1, ttlMs: expiresAt, nearness: [] };
};
const release = (holdId: string): StockCommand => ({ type: 'release', holdId, buyer: null });
const commit = (holdId: string): StockCommand => ({ type: 'commit', holdId, buyer: null });
const read: StockCommand = { type: 'read' };

type Row = readonly [sentMs: number, heardMs: number, command: StockCommand | HoldCommand, outcome: Outcome | undefined];

function judge(rows: readonly Row[]): HistoryTally {
  const histories = new Histories(shop, skewMs);
  for (const [index, [sentMs, heardMs, command, outcome]] of rows.entries()) {
    const kind = 'lines' in command ? 'hold' : 'stock';
    const act: Act = { number: index, actor: actorId(kind, product.store, product.sku), command, isOnce: false };
    histories.wanted(act);
    histories.sent(act, index, sentMs);
    if (outcome !== undefined) histories.told(act, index, outcome, heardMs);
  }
  return histories.check();
}

const allowed: readonly (readonly [string, readonly Row[]])[] = [
  [
    'the last unit to one, a refusal to the other',
    [
      [0, 1, receive(1), done],
      [2, 9, hold('a'), done],
      [3, 9, hold('b'), insufficient(0, 1)],
    ],
  ],
  [
    'a refusal by a hold that nobody heard of',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), lost],
      [4, 5, hold('b'), insufficient(0, 1)],
    ],
  ],
  [
    'a unit that came back when its hold was due',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [expiresAt, expiresAt + 1, hold('b'), done],
    ],
  ],
  [
    'a commit that came too late, before the unit was back',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [expiresAt, expiresAt + 1, commit('a'), { ...insufficient(0, 0), refusal: { code: 'hold_ended' } } as Outcome],
      [expiresAt + 2, expiresAt + 3, read, shown(0, 1)],
    ],
  ],
];

test.each(allowed)('%s: there is an order', (_, rows) => {
  expect(judge(rows)).toMatchObject({ skus: 1, linearizable: 1, undecided: {} });
});

const forbidden: readonly (readonly [string, readonly Row[]])[] = [
  [
    'the last unit granted twice',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [4, 5, hold('b'), done],
    ],
  ],
  [
    'a refusal as it was before a release that was acknowledged',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [4, 5, release('a'), done],
      [6, 7, hold('b'), insufficient(0, 1)],
    ],
  ],
  [
    '"final" while somebody still holds a unit',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [4, 5, hold('b'), insufficient(0, 0)],
    ],
  ],
  [
    'a look that shows what was before a hold that was acknowledged',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [4, 5, read, shown(1, 0)],
    ],
  ],
  [
    'a unit that came back before its hold was due',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [500, 600, hold('b'), done],
    ],
  ],
  [
    'a commit of what was released',
    [
      [0, 1, receive(1), done],
      [2, 3, hold('a'), done],
      [4, 5, release('a'), done],
      [6, 7, commit('a'), done],
    ],
  ],
];

test.each(forbidden)('%s: no order explains it', (_, rows) => {
  expect(() => judge(rows)).toThrow('no order explains what clients were told of store_1/shirt');
});

test('of what contradicts, only that is printed', () => {
  const rows: Row[] = [
    [0, 1, receive(1), done],
    [2, 3, hold('a'), done],
    [4, 5, hold('b'), done],
    [6, 7, read, shown(0, 1)],
  ];
  expect(() => judge([...rows, [8, 9, receive(5), done]])).toThrow(/b.*→ {"kind":"done"}/);
  expect(() => judge([...rows, [8, 9, receive(5), done]])).not.toThrow(/"quantity":5/);
});

const lines = [{ sku: 'shirt', quantity: 1 }];
const beyond: readonly (readonly [string, StockCommand | HoldCommand])[] = [
  ['a hold that replaces another', { ...hold('b'), replaces: 'a' } as StockCommand],
  ['a hold from a sale', { ...hold('b'), sale: 'sale_1' } as StockCommand],
  ['part of a larger hold', { type: 'take', ...once, buyer: 'b', lines, ttlMs: 5_000, nearness: [] }],
  ['set', { type: 'set', location: 'main', onHand: 3, ...once }],
];

test.each(beyond)('with %s the SKU is undecided, not accused and not acquitted', (why, command) => {
  const tally = judge([
    [0, 1, receive(1), done],
    [2, 3, hold('a'), done],
    [4, 5, command, lost],
    [6, 7, hold('c'), done],
  ]);
  expect(tally).toEqual({ skus: 1, linearizable: 0, operations: 0, undecided: { [why]: 1 } });
});
