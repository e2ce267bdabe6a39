/**
 * Compares what k6's users were told with the books. Thresholds speak of speed; this speaks of units. Pure: same facts,
 * same verdict. Knows sums, not single holds: `flash-sale` is the command that judges those.
 *
 * J1. What was acknowledged is in the books: received, sold, and held no more and no less.
 * J2. Never more sold and held than there was.
 * J3. An outcome that nobody knows may count either way, and only so many of them.
 */
import { bookTotals, conservation } from '../auditor/audit.ts';
import type { Books } from '../auditor/observations.ts';
import { countOf, type K6Metrics } from './metrics.ts';

export interface UnitFacts {
  readonly onSale: number;
  readonly taken: number;
  readonly committed: number;
  readonly released: number;
  readonly unknown: number;
}

export interface UnitVerdict {
  readonly sold: number;
  readonly held: number;
  readonly oversold: number;
  readonly differences: readonly string[];
}

export function factsOf(metrics: K6Metrics): UnitFacts {
  return {
    onSale: countOf(metrics, 'units_on_sale'),
    taken: countOf(metrics, 'holds_taken'),
    committed: countOf(metrics, 'holds_committed'),
    released: countOf(metrics, 'holds_released'),
    unknown: countOf(metrics, 'outcomes_unknown'),
  };
}

/** `books`: of every SKU the facts are about. */
export function judgeUnits(facts: UnitFacts, books: readonly Books[]): UnitVerdict {
  const totals = books.map(bookTotals);
  const sum = (of: (one: (typeof totals)[number]) => number): number => totals.reduce((total, one) => total + of(one), 0);
  const [received, held] = [sum((one) => one.received), sum((one) => one.held)];
  const sold = sum((one) => one.committed + one.shipped);
  const oversold = Math.max(
    0,
    sold + held - facts.onSale,
    sum((one) => one.short),
  );
  const heldByBuyers = facts.taken - facts.committed - facts.released;
  return {
    sold,
    held,
    oversold,
    differences: [
      ...books.flatMap(conservation),
      ...(oversold > 0 ? [`${oversold} units were promised that do not exist`] : []), // J2
      ...outside('units received', received, facts.onSale, facts.onSale),
      ...outside('units sold', sold, facts.committed, facts.committed + facts.unknown),
      ...outside('units held', held, heldByBuyers - facts.unknown, heldByBuyers + facts.unknown),
    ],
  };
}

/** J1, J3. */
function outside(what: string, inBooks: number, min: number, max: number): string[] {
  if (inBooks >= min && inBooks <= max) return [];
  return [`${what}: ${inBooks} in the books, ${min === max ? min : `${min} to ${max}`} by what buyers were told`];
}
