import { describe, expect, it } from 'vitest';
import type { Books } from '../auditor/observations.ts';
import { factsOf, judgeUnits, type UnitFacts } from './judge.ts';
import { countOf, readMetrics } from './metrics.ts';

/** As `k6 run --summary-export` writes it. */
const summary = JSON.stringify({
  metrics: {
    units_on_sale: { count: 10, rate: 1 },
    holds_taken: { count: 8, rate: 0.8 },
    holds_committed: { count: 5, rate: 0.5 },
    holds_released: { count: 2, rate: 0.2 },
    hold_ms: { med: 3, 'p(99)': 300, thresholds: { 'p(99)<250': true, 'med<5': false } },
    answers_unexpected: { count: 0, rate: 0, thresholds: { 'count==0': false } },
  },
});

describe('what k6 measured', () => {
  const metrics = readMetrics(summary);

  it('is read with the verdict on each threshold: k6 writes true for crossed', () => {
    expect(metrics.thresholds).toEqual([
      { metric: 'hold_ms', threshold: 'p(99)<250', ok: false },
      { metric: 'hold_ms', threshold: 'med<5', ok: true },
      { metric: 'answers_unexpected', threshold: 'count==0', ok: true },
    ]);
    expect(metrics.values.get('hold_ms')).toEqual({ med: 3, 'p(99)': 300 });
  });

  it('has counted nothing where a counter is absent', () => {
    expect(countOf(metrics, 'outcomes_unknown')).toBe(0);
    expect(factsOf(metrics)).toEqual({ onSale: 10, taken: 8, committed: 5, released: 2, unknown: 0 });
  });

  it('without metrics is no summary', () => {
    expect(() => readMetrics('{}')).toThrow('without metrics');
  });
});

describe('units', () => {
  const facts: UnitFacts = { onSale: 10, taken: 8, committed: 5, released: 2, unknown: 0 };

  it('are right when the books say what buyers were told', () => {
    expect(judgeUnits(facts, [booksOf({ onHand: 10, committed: 5, held: 1 })])).toEqual({ sold: 5, held: 1, oversold: 0, differences: [] });
  });

  it('of several products are summed', () => {
    const books = [booksOf({ onHand: 4, committed: 3, held: 1 }), booksOf({ onHand: 6, committed: 2, held: 0 })];
    expect(judgeUnits(facts, books).differences).toEqual([]);
  });

  it.each([
    ['a sale that was acknowledged is not in the books', { onHand: 10, committed: 4, held: 2 }, 'units sold: 4 in the books, 5 by'],
    ['a sale happened twice', { onHand: 10, committed: 6, held: 1 }, 'units sold: 6 in the books, 5 by'],
    ['a hold was lost', { onHand: 10, committed: 5, held: 0 }, 'units held: 0 in the books, 1 by'],
    ['a receipt counted twice', { onHand: 20, committed: 5, held: 1 }, 'units received: 20 in the books, 10 by'],
    ['books that do not add up', { onHand: 10, committed: 5, held: 1, damaged: 1, available: 4 }, 'parts add up to'],
  ])('are wrong when %s', (_, level, words) => {
    expect(judgeUnits(facts, [booksOf(level)]).differences.join('; ')).toContain(words);
  });

  it('beyond the stock are oversold, held ones too', () => {
    const books = booksOf({ onHand: 10, committed: 10, held: 1 });
    const told = { ...facts, taken: 11, committed: 10, released: 0 };
    expect(judgeUnits(told, [books])).toMatchObject({ oversold: 1 });
  });

  it('whose fate nobody knows may count either way, and only those', () => {
    const unsure = { ...facts, unknown: 1 };
    for (const [committed, held] of [
      [5, 1],
      [6, 0],
      [5, 2],
    ] as const)
      expect(judgeUnits(unsure, [booksOf({ onHand: 10, committed, held })]).differences).toEqual([]);
    expect(judgeUnits(unsure, [booksOf({ onHand: 10, committed: 7, held: 0 })]).differences).toHaveLength(1);
  });
});

function booksOf(level: { onHand: number; committed: number; held: number; damaged?: number; available?: number }): Books {
  const { onHand, committed, held, damaged = 0, available = onHand - committed - held - damaged } = level;
  return {
    levels: [{ location: 'main', onHand, available, held, committed, allotted: 0, damaged, safetyStock: 0 }],
    movements: [{ kind: 'received', location: 'main', delta: onHand }],
    holds: new Map(),
  };
}
