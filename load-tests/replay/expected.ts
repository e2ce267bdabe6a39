/**
 * What a replay must come to, computed from the files alone. Shares nothing with the player, not even
 * the reading of CSV: two mistakes would have to agree to go unseen. Counts in bigint.
 */
export interface Totals {
  readonly invoices: number;
  readonly saleLines: number;
  readonly unitsSold: number;
  readonly revenueMinor: number;
  readonly returnLines: number;
  readonly unitsReturned: number;
  readonly orders: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** Return lines of which no sale has all units. */
  readonly unmatchedReturns: number;
  readonly skipped: Readonly<Record<string, number>>;
}

/** One field and what ends it; sticky, so that nothing can be passed over. */
const fieldPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;

export function expectTotals(texts: readonly string[]): Totals {
  const linesOfInvoice = new Map<string, number>();
  const returns = new SoldUnits();
  const skipped: Record<string, number> = {};
  let [saleLines, returnLines] = [0, 0];
  let [unitsSold, unitsReturned, revenue] = [0n, 0n, 0n];
  for (const text of texts) {
    for (const row of rowsOf(text)) {
      const why = row === null ? 'columns_missing' : whyNot(row);
      if (why !== null) skipped[why] = (skipped[why] ?? 0) + 1;
      if (row === null || why !== null) continue;
      const units = BigInt(String(row['Quantity']).replace(/\.0+$/, ''));
      if (units > 0n) {
        const invoice = String(row['InvoiceNo']);
        linesOfInvoice.set(invoice, (linesOfInvoice.get(invoice) ?? 0) + 1);
        returns.sold(row, units);
        saleLines += 1;
        unitsSold += units;
        revenue += units * pence(String(row['UnitPrice']));
      } else {
        returnLines += 1;
        unitsReturned -= units;
        returns.back(row, -units);
      }
    }
  }
  return {
    invoices: linesOfInvoice.size,
    saleLines,
    unitsSold: Number(unitsSold),
    revenueMinor: Number(revenue),
    returnLines,
    unitsReturned: Number(unitsReturned),
    orders: [...linesOfInvoice.values()].reduce((sum, lines) => sum + Math.ceil(lines / linesOfOrderMax), 0),
    capturedMinor: Number(revenue), // no tax, no shipping
    refundedMinor: Number(returns.refunded),
    unmatchedReturns: returns.unmatched,
    skipped,
  };
}

const linesOfOrderMax = 1_000;

/** A stack of sold units for each customer, article and price; returns take from its top. */
class SoldUnits {
  refunded = 0n;
  unmatched = 0;
  readonly #stacks = new Map<string, bigint[]>();

  sold(row: Row, units: bigint): void {
    const stack = this.#stackOf(row);
    stack.push(units);
  }

  back(row: Row, units: bigint): void {
    const stack = row['CustomerID'] === '' ? [] : this.#stackOf(row);
    let open = units;
    while (open > 0n && stack.length > 0) {
      const top = stack.pop() ?? 0n;
      const taken = top < open ? top : open;
      if (top > taken) stack.push(top - taken);
      open -= taken;
      this.refunded += taken * pence(String(row['UnitPrice']));
    }
    if (open > 0n) this.unmatched += 1;
  }

  #stackOf(row: Row): bigint[] {
    const name = `${row['CustomerID']}\n${row['StockCode']}\n${pence(String(row['UnitPrice']))}`;
    const stack = this.#stacks.get(name) ?? [];
    this.#stacks.set(name, stack);
    return stack;
  }
}

type Row = Readonly<Record<string, string>>;

/** `null` for a row with too few or too many fields. */
function* rowsOf(text: string): Generator<Row | null> {
  const pattern = new RegExp(fieldPattern);
  let names: string[] | null = null;
  let fields: string[] = [];
  pattern.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new Error('the file is not CSV');
    fields.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] === ',') continue;
    if (names === null) names = fields;
    else yield fields.length === names.length ? Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])) : null;
    fields = [];
  }
}

/** The first reason for which a row is neither a sale nor a return. */
function whyNot(row: Row): string | null {
  const [units, price] = [Number(row['Quantity']), Number(row['UnitPrice'])];
  const returned = row['InvoiceNo']?.[0] === 'C';
  const code = [...String(row['StockCode'])];
  const checks: readonly (readonly [boolean, string])[] = [
    [!/^-?\d+(\.0+)?$/.test(String(row['Quantity'])), 'quantity_unreadable'],
    [!/^-?\d+(\.\d+)?$/.test(String(row['UnitPrice'])), 'price_unreadable'],
    [code.length === 0 || code.join('').length > 64 || code.some((letter) => /\p{C}|\u2028|\u2029/u.test(letter)), 'stock_code_invalid'],
    [units > 1e6 || units < -1e6, 'quantity_too_large'],
    [returned && units >= 0, 'return_quantity_not_negative'],
    [!returned && units <= 0, 'quantity_not_positive'],
    [price <= 0, 'price_not_positive'],
  ];
  return checks.find(([applies]) => applies)?.[1] ?? null;
}

/** Of a positive price: in ten-thousandths of a pound first, then to the nearest penny, halves up. */
function pence(price: string): bigint {
  const [whole = '0', fraction = ''] = price.split('.');
  const tenThousandths = BigInt(whole) * 10_000n + BigInt(`${fraction}0000`.slice(0, 4));
  return (tenThousandths + 50n) / 100n;
}
