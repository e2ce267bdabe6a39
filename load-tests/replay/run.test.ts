/** Replays of small files against a toy shop, and the two readings of the files against each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lie, ToyShop } from '../toy-shop.ts';
import { expectTotals, type Totals } from './expected.ts';
import { replayLines, runReplay } from './run.ts';
import { columns, linesOf, readTradingDay } from './trading-day.ts';

const header = `${columns.join()}\n`;
const row = (invoice: string, sku: string, quantity: string | number, price: string | number): string =>
  `${invoice},${sku},"A, ""thing""",${quantity},2010-12-01 08:26:00,${price},17850.0,United Kingdom\n`;

const firstFile =
  header +
  row('1', '85123A', 6, 2.55) +
  row('1', '85123a', 2, 0.1) +
  row('1', '85123A', 6, 3) +
  row('2', 'BANK CHARGES', 1, 1.1) +
  row('C3', '85123A', -4, 2.55);
const secondFile =
  header +
  row('4', '85123A', 1, 2.55) +
  row('C5', 'NEVER-SOLD', -2, 9.99) +
  row('6', 'x', 3, 0) +
  row('7', 'x', -3, 0) +
  row('C8', 'x', 3, 1) +
  row('9', 'x', 'six', 1) +
  row('9', '', 1, 1) +
  '10,x,1\n';
const files = [
  { name: 'first', text: firstFile },
  { name: 'second', text: secondFile },
];

const totals = {
  invoices: 3,
  saleLines: 5,
  unitsSold: 16,
  revenueMinor: 6 * 255 + 2 * 10 + 6 * 300 + 110 + 255,
  returnLines: 2,
  unitsReturned: 6,
  orders: 3,
  capturedMinor: 6 * 255 + 2 * 10 + 6 * 300 + 110 + 255,
  refundedMinor: 4 * 255,
  unmatchedReturns: 1,
  skipped: {
    price_not_positive: 1,
    quantity_not_positive: 1,
    return_quantity_not_negative: 1,
    quantity_unreadable: 1,
    stock_code_invalid: 1,
    columns_missing: 1,
  },
};

async function replay(lies: readonly Lie[] = []) {
  await using shop = new ToyShop(lies);
  const url = await shop.listen();
  return await runReplay({ files, url, publishableKey: 'pk', secretKey: 'sk', durability: 'none', progress: () => undefined });
}

describe('a replay', () => {
  it('reads from the books what the files alone say', async () => {
    const report = await replay();
    expect(report).toMatchObject({ ...totals, expected: totals, equal: true, differences: [], skus: 4, ok: true });
    expect(replayLines(report).at(-1)).toContain('equal');
  });

  it('against books that lose shipments comes out unequal, with the lines that never left', async () => {
    const report = await replay(['losesShipments']);
    expect(report.ok).toBe(false);
    expect(report.equal).toBe(false);
    expect(report.differences.join('\n')).toContain('never left');
  });

  it('against a shop that keeps the money of returns comes out unequal', async () => {
    const report = await replay(['keepsRefunds']);
    expect(report).toMatchObject({ equal: false, refundedMinor: 0, expected: { refundedMinor: 4 * 255 } });
  });
});

/** Without the money of orders and returns, which the player does not add up. */
function goodsOf({ orders: _, capturedMinor: __, refundedMinor: ___, unmatchedReturns: ____, ...goods }: Totals): Partial<Totals> {
  return goods;
}

describe('the reading of the files', () => {
  it('keeps the order of files and rows, an invoice at the place of its first line', () => {
    const day = readTradingDay(files);
    expect(day.entries.map((entry) => (entry.kind === 'invoice' ? entry.lines.map((line) => line.key) : entry.line.key))).toEqual([
      ['1:2', '1:3', '1:4'],
      ['1:5'],
      '1:6',
      ['2:2'],
      '2:3',
    ]);
  });

  it('refuses a file with other columns', () => {
    expect(() => readTradingDay([{ name: 'x', text: 'Invoice,StockCode\n1,2\n' }])).toThrow('InvoiceNo,StockCode');
  });

  it('rounds a fraction of a penny half up and keeps a price below half a penny as a sale', () => {
    const text = header + row('1', 'a', 100, '0.001') + row('1', 'b', 1, '0.005') + row('1', 'c', 1, '12.3449');
    expect(linesOf(readTradingDay([{ name: 'x', text }]), 'invoice').map((line) => line.priceMinor)).toEqual([0, 1, 1234]);
    expect(expectTotals([text]).revenueMinor).toBe(1 + 1234);
  });

  it('agrees with the separate reading on every file', () => {
    const cell = fc.oneof(
      fc.integer({ min: -3, max: 9 }).map(String),
      fc.constantFrom('', '1.0', 'x', '0.001', '2.555', '-0.5', '1e3', '1000001', '"4"', ' 5'),
    );
    const line = fc.record({
      invoice: fc.constantFrom('1', '2', 'C3', 'A4', ''),
      sku: fc.constantFrom('a', 'A', 'gift_0001_20', '"q,""r"', '', 'x'.repeat(65)),
      quantity: cell,
      price: cell,
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const text = header + lines.map(({ invoice, sku, quantity, price }) => row(invoice, sku, quantity, price)).join('');
        const day = readTradingDay([{ name: 'x', text }]);
        const [sold, back] = [linesOf(day, 'invoice'), linesOf(day, 'return')];
        expect({
          invoices: day.entries.filter((entry) => entry.kind === 'invoice').length,
          saleLines: sold.length,
          unitsSold: sold.reduce((sum, sale) => sum + sale.quantity, 0),
          revenueMinor: sold.reduce((sum, sale) => sum + sale.quantity * sale.priceMinor, 0),
          returnLines: back.length,
          unitsReturned: back.reduce((sum, one) => sum + one.quantity, 0),
          skipped: Object.fromEntries(day.skipped),
        }).toEqual(goodsOf(expectTotals([text])));
      }),
    );
  });
});
