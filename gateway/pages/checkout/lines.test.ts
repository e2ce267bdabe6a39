import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HoldRecord } from '../../client/onhand-client.js';

interface Lines {
  orderLinesOf(held: readonly HoldRecord[]): { readonly lines: readonly object[]; readonly others: readonly HoldRecord[] };
}

const { orderLinesOf } = (await import(join(import.meta.dirname, 'lines.js'))) as Lines;

function held(holdId: string, ...lines: { sku: string; quantity: number }[]): HoldRecord {
  return { holdId, lines, status: 'held', expiresAt: '2030-01-01T00:00:00.000Z', heldFor: 60 } as unknown as HoldRecord;
}

describe('what is ordered of what is held', () => {
  it('takes over a hold of each product', () => {
    const cup = held('h1', { sku: 'CUP', quantity: 2 });
    const mug = held('h2', { sku: 'MUG', quantity: 1 });
    expect(orderLinesOf([cup, mug])).toEqual({
      lines: [
        { sku: 'CUP', quantity: 2, absorbs: 'h1' },
        { sku: 'MUG', quantity: 1, absorbs: 'h2' },
      ],
      others: [],
    });
  });

  it('takes over one hold where a product is held twice, and lets go of the other', () => {
    const first = held('h1', { sku: 'CUP', quantity: 1 });
    const second = held('h2', { sku: 'CUP', quantity: 1 });
    expect(orderLinesOf([first, second])).toEqual({
      lines: [
        { sku: 'CUP', quantity: 1, absorbs: 'h1' },
        { sku: 'CUP', quantity: 1 },
      ],
      others: [second],
    });
  });

  it('takes the units of a set anew, behind the line that takes over a hold', () => {
    const set = held('h1', { sku: 'CUP', quantity: 1 }, { sku: 'MUG', quantity: 1 });
    const cup = held('h2', { sku: 'CUP', quantity: 1 });
    expect(orderLinesOf([set, cup])).toEqual({
      lines: [
        { sku: 'CUP', quantity: 1, absorbs: 'h2' },
        { sku: 'CUP', quantity: 1 },
        { sku: 'MUG', quantity: 1 },
      ],
      others: [set],
    });
  });
});
