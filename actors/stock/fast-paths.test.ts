/** The short ways of the usual hold say what the long ways say: which units, and what they do to the levels. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noUndo } from '../kernel/index.ts';
import { findAnywhere, findUnits } from './decide/take.ts';
import type { Demand } from './decide/take.ts';
import { allDeltasOf, deltasOf } from './deltas.ts';
import type { StockEvent } from './events.ts';
import { stockDefinition } from './index.ts';
import { allot, configure, hold, id, play, receive } from './kit.fixture.ts';
import type { StockState } from './state.ts';

const saleAndLines = [
  [1, receive(20), 'stock.received'],
  [2, allot('sale', 5), 'stock.allotted'],
  [3, hold('own', 2), 'stock.held'],
  [4, hold('ofSale', 1, { sale: 'sale' }), 'stock.held'],
] as const;

/** One location or two, with a sale and two lines; `continue` or `deny`. */
function stateWith(atShop: number, policy: 'deny' | 'continue'): StockState {
  const state = play(saleAndLines);
  if (atShop > 0) play([[5, receive(atShop, { location: 'shop' }), 'stock.received']], state);
  if (policy === 'continue') play([[6, configure({ policy }), 'stock.configured']], state);
  return state;
}

const anyState = fc
  .tuple(fc.nat(3), fc.constantFrom('deny' as const, 'continue' as const))
  .map(([atShop, policy]) => stateWith(atShop, policy));
const anyLine = fc.constantFrom(undefined, 'own', 'ofSale');
const anySale = fc.constantFrom(undefined, 'sale');

test('units are found where looking everywhere finds them', () => {
  fc.assert(
    fc.property(anyState, fc.integer({ min: 1, max: 30 }), anyLine, anySale, fc.boolean(), (state, quantity, own, sale, absorbs) => {
      const line = own === undefined ? undefined : state.holds!.lines.get(own)!;
      const demand: Demand = {
        quantity,
        nearness: [{ location: 'shop', rank: 1 }],
        replaced: absorbs ? undefined : line,
        absorbed: absorbs ? line : undefined,
        sale,
      };
      expect(findUnits(state, demand)).toEqual(findAnywhere(state, demand));
    }),
  );
});

test('a hold does to the levels what any event does', () => {
  const anyAllocations = fc.uniqueArray(fc.record({ location: fc.constantFrom('main', 'shop'), quantity: fc.nat(3) }), {
    selector: ({ location }) => location,
  });
  fc.assert(
    fc.property(anyState, anyAllocations, anyLine, anySale, (state, allocations, replaces, sale) => {
      const quantity = allocations.reduce((sum, one) => sum + one.quantity, 0);
      const event: StockEvent = {
        type: 'stock.held',
        holdId: 'new',
        fingerprint: 'body',
        buyer: 'ann',
        quantity,
        allocations,
        expiresAt: 90_000,
        ...(replaces === undefined ? {} : { replaces }),
        ...(sale === undefined ? {} : { sale }),
      };
      expect(deltasOf(state, event)).toEqual(allDeltasOf(state, event));
    }),
  );
});

test('the row of a line is new in the frame that takes it, whatever else becomes of it there, and in no later one', () => {
  const state = play([[1, receive(9), 'stock.received']]);
  const held = (holdId: string, replaces?: string): StockEvent => ({
    type: 'stock.held',
    holdId,
    fingerprint: 'body',
    buyer: 'ann',
    quantity: 1,
    allocations: [{ location: 'main', quantity: 1 }],
    expiresAt: 90_000,
    ...(replaces === undefined ? {} : { replaces }),
  });
  const released: StockEvent = { type: 'stock.released', holdId: 'b' };
  const linesOf = (...events: readonly StockEvent[]) => {
    let after = state;
    const stamped = events.map((event) => {
      after = stockDefinition.apply(after, event, 3_000, noUndo);
      return { event, version: after.version, at: 3_000 };
    });
    Object.assign(state, after);
    return stockDefinition
      .rows(id, stamped, after)
      .flatMap(({ table, row, isNew }) => (table === 'stock_holds' ? [[row['hold_id'], isNew]] : []));
  };
  expect(linesOf(held('a'))).toEqual([['a', true]]);
  expect(linesOf(held('b', 'a'), released)).toEqual([
    ['b', true],
    ['a', false],
  ]);
  expect(linesOf(held('c'))).toEqual([['c', true]]);
});

test('the row of a part is new in the frame that takes it, whatever else becomes of it there, and in no later one', () => {
  let state = play([[1, receive(9), 'stock.received']]);
  const key = { holdId: 'h', generation: 1, attempt: 1 };
  const taken: StockEvent = {
    type: 'part.taken',
    ...key,
    buyer: 'ann',
    quantity: 1,
    allocations: [{ location: 'main', quantity: 1 }],
    checkAt: 90_000,
    notAfter: 80_000,
  };
  const partsOf = (...events: readonly StockEvent[]) => {
    const stamped = events.map((event) => {
      state = stockDefinition.apply(state, event, 3_000, noUndo);
      return { event, version: state.version, at: 3_000 };
    });
    return stockDefinition
      .rows(id, stamped, state)
      .flatMap(({ table, row, isNew }) => (table === 'stock_holds' ? [[row['hold_id'], isNew]] : []));
  };
  expect(partsOf(taken, { type: 'part.asked', ...key })).toEqual([['h', true]]);
  expect(partsOf({ type: 'part.committed', ...key })).toEqual([['h', false]]);
});

test('lines that share their empty lists do not share what comes into them', () => {
  const state = play([
    [1, receive(9), 'stock.received'],
    [2, hold('a', 1), 'stock.held'],
    [2, hold('b', 1), 'stock.held'],
  ]);
  const extended: StockEvent = { type: 'stock.extended', holdId: 'a', expiresAt: 99_000, commandId: 'c', fingerprint: 'f' };
  stockDefinition.apply(state, extended, 3_000, noUndo);
  const lines = [...state.holds!.lines.values()];
  expect(lines.map((line) => [line.holdId, line.extensions.length, line.remaining.length])).toEqual([
    ['a', 1, 0],
    ['b', 0, 0],
  ]);
  expect(stockDefinition.rows(id, [], state)).toEqual([]);
});
