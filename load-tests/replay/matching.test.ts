/** Which sale a return takes back, and the two ways of finding out against each other. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectTotals } from './expected.ts';
import { matchReturns } from './matching.ts';
import { columns, linesOf, readTradingDay } from './trading-day.ts';

interface Row {
  readonly invoice: string;
  readonly sku?: string;
  readonly quantity: number;
  readonly price?: number;
  readonly customer?: string;
}

function textOf(rows: readonly Row[]): string {
  const lines = rows.map(({ invoice, sku = 'a', quantity, price = 2, customer = '17' }) =>
    [invoice, sku, 'thing', quantity, '2010-12-01 08:26:00', price, customer, 'UK'].join(),
  );
  return [columns.join(), ...lines, ''].join('\n');
}

/** Of the return lines in their order: row of the sale (or null) and units. */
function matched(rows: readonly Row[]): (readonly [string | null, number])[][] {
  const day = readTradingDay([{ name: 'x', text: textOf(rows) }]);
  const matches = matchReturns(day);
  return linesOf(day, 'return').map(({ key }) => (matches.get(key) ?? []).map(({ saleKey, quantity }) => [saleKey, quantity] as const));
}

it('takes from the newest earlier sale first, then from older ones, and puts the rest into stock', () => {
  const rows = [1, 2].map((number) => ({ invoice: String(number), quantity: number + 1 }));
  const back = { invoice: 'C3', quantity: -4 };
  expect(matched([...rows, back])).toEqual([
    [
      ['1:3', 3],
      ['1:2', 1],
    ],
  ]);
  expect(matched([...rows, back, { ...back, invoice: 'C4' }])[1]).toEqual([
    ['1:2', 1],
    [null, 3],
  ]);
});

it('never takes from a later sale, another customer, another price, or nobody', () => {
  const [sale, back] = [
    { invoice: '1', quantity: 5 },
    { invoice: 'C2', quantity: -1 },
  ];
  expect(matched([back, sale])).toEqual([[[null, 1]]]);
  for (const other of [{ customer: '18' }, { price: 3 }, { sku: 'A' }, { customer: '' }])
    expect(matched([sale, { ...back, ...other }])).toEqual([[[null, 1]]]);
  expect(matched([sale, back].map((row) => ({ ...row, customer: '' })))).toEqual([[[null, 1]]]);
});

it('agrees with the separate reckoning on every file', () => {
  const row = fc.record({
    invoice: fc.constantFrom('1', '2', 'C3', 'C4', '5'),
    sku: fc.constantFrom('a', 'b'),
    quantity: fc.integer({ min: -4, max: 4 }),
    price: fc.constantFrom(0, 0.5, 2),
    customer: fc.constantFrom('', '17', '18'),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const text = textOf(rows);
      const day = readTradingDay([{ name: 'x', text }]);
      const matches = matchReturns(day);
      const pieces = linesOf(day, 'return').flatMap((line) => (matches.get(line.key) ?? []).map((piece) => ({ ...piece, line })));
      const taken = pieces.filter(({ saleKey }) => saleKey !== null);
      const refunded = taken.reduce((sum, { quantity, line }) => sum + quantity * line.priceMinor, 0);
      const unmatched = pieces.length - taken.length;
      const { refundedMinor, unmatchedReturns } = expectTotals([text]);
      expect([refunded, unmatched]).toEqual([refundedMinor, unmatchedReturns]);
    }),
  );
});
