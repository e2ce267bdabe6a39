import { expect, test } from 'vitest';
import { actorId, noUndo } from '../kernel/index.ts';
import type { StockEvent } from './events.ts';
import { stockDefinition } from './index.ts';
import type { StockState } from './state.ts';

const at = 1_700_000_000_000;
const once = { commandId: 'c', fingerprint: 'f' };

function after(...events: StockEvent[]): StockState {
  return events.reduce(
    (state, event) => stockDefinition.apply(state, event, at, noUndo),
    stockDefinition.initial(actorId('stock', 's', 'A')),
  );
}

function held(quantity: number, more: { readonly holdId?: string; readonly replaces?: string } = {}): StockEvent {
  const allocations = [{ location: 'main', quantity }];
  return { type: 'stock.held', holdId: 'h', fingerprint: 'f', buyer: 'anna', quantity, allocations, expiresAt: at + 60_000, ...more };
}

const received: StockEvent = { type: 'stock.received', location: 'main', quantity: 5, expected: 0, ...once };

test('taking what is there is lawful, one unit more is not (I2)', () => {
  expect(stockDefinition.forbids!(after(received), held(5), at)).toEqual([]);
  expect(stockDefinition.forbids!(after(received), held(6), at)).toEqual([
    expect.stringMatching(/oversold: 6 units taken at main where 5/),
  ]);
});

test('units of the replaced hold count for the new one', () => {
  const state = after(received, held(4));
  expect(stockDefinition.forbids!(state, held(5, { holdId: 'h2', replaces: 'h' }), at)).toEqual([]);
  expect(stockDefinition.forbids!(state, held(6, { holdId: 'h2', replaces: 'h' }), at)).toHaveLength(1);
  expect(stockDefinition.forbids!(state, held(2, { holdId: 'h2' }), at)).toHaveLength(1);
});

test('with policy continue backorders are lawful', () => {
  const state = after(received, { type: 'stock.configured', settings: { policy: 'continue' }, ...once });
  expect(stockDefinition.forbids!(state, held(9), at)).toEqual([]);
});
