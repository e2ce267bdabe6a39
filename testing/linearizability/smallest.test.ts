import { expect, test } from 'vitest';
import { checkLinearizable, type Operation } from './check.ts';
import { historyText, smallestContradiction } from './smallest.ts';
import { type StockInput, stockModel, type StockOutput } from './stock-model.ts';

type StockOperation = Operation<StockInput, StockOutput>;

const done: StockOutput = { kind: 'done' };
const hold = (holdId: string): StockInput => ({ kind: 'hold', holdId, quantity: 1 });

/** Many who look, and one buyer who came and went; then a unit is refused although there are many. */
function history(): StockOperation[] {
  const operations: StockOperation[] = [{ input: { kind: 'receive', quantity: 3 }, output: done, calledAt: 0, returnedAt: 1 }];
  for (let at = 10; at < 300; at += 10) {
    operations.push({ input: { kind: 'read' }, output: { kind: 'shown', available: 3 }, calledAt: at, returnedAt: at + 2 });
  }
  operations.push({ input: hold('early'), output: done, calledAt: 500, returnedAt: 501 });
  operations.push({ input: { kind: 'release', holdId: 'early' }, output: done, calledAt: 510, returnedAt: 511 });
  operations.push({ input: hold('late'), output: { kind: 'insufficient', available: 0 }, calledAt: 900, returnedAt: 901 });
  return operations;
}

test('leaves the answers that contradict each other, and no more', () => {
  const smallest = smallestContradiction(stockModel, history());
  expect(smallest.map(({ input }) => input.kind)).toEqual(['release', 'hold']);
  expect(smallest.at(-1)?.output).toEqual({ kind: 'insufficient', available: 0 });
  expect(historyText(smallest).at(-1)).toContain('"insufficient"');
});

test('of a history that has an order there is nothing to leave out', () => {
  const honest = history().slice(0, -1);
  expect(checkLinearizable(stockModel, honest).kind).toBe('linearizable');
  expect(smallestContradiction(stockModel, honest)).toHaveLength(honest.length);
});
