/**
 * Which sale a return takes back: the newest earlier one of the same customer, SKU and price that has units left; what
 * one sale cannot cover comes from the next older one. What no sale covers is put back into stock and not refunded.
 *
 * Earlier and newer are by place in the files, row by row.
 */
import type { TradingDay, TradingLine } from './trading-day.ts';

export interface Matched {
  /** Key of the sale line; null: no sale has these units. */
  readonly saleKey: string | null;
  readonly quantity: number;
}

/** By key of the return line. */
export function matchReturns(day: TradingDay): ReadonlyMap<string, readonly Matched[]> {
  const sales = new Map<string, { readonly key: string; left: number }[]>();
  const matches = new Map<string, readonly Matched[]>();
  for (const { kind, line } of linesByPlace(day)) {
    const name = JSON.stringify([line.customer, line.sku, line.priceMinor]);
    const known = sales.get(name) ?? [];
    if (kind === 'invoice') sales.set(name, [...known, { key: line.key, left: line.quantity }]);
    else matches.set(line.key, matchOf(line, line.customer === '' ? [] : known));
  }
  return matches;
}

function matchOf(line: TradingLine, sales: readonly { readonly key: string; left: number }[]): readonly Matched[] {
  const matched: Matched[] = [];
  let wanted = line.quantity;
  for (const sale of sales.toReversed()) {
    const quantity = Math.min(wanted, sale.left);
    if (quantity === 0) continue;
    sale.left -= quantity;
    wanted -= quantity;
    matched.push({ saleKey: sale.key, quantity });
  }
  return wanted === 0 ? matched : [...matched, { saleKey: null, quantity: wanted }];
}

interface PlacedLine {
  readonly kind: 'invoice' | 'return';
  readonly line: TradingLine;
}

function linesByPlace(day: TradingDay): PlacedLine[] {
  const lines = day.entries.flatMap((entry): PlacedLine[] =>
    entry.kind === 'invoice' ? entry.lines.map((line) => ({ kind: 'invoice', line })) : [{ kind: 'return', line: entry.line }],
  );
  const place = ({ line }: PlacedLine): readonly number[] => line.key.split(':').map(Number);
  return lines.sort((one, other) => {
    const [[file = 0, row = 0], [otherFile = 0, otherRow = 0]] = [place(one), place(other)];
    return file - otherFile || row - otherRow;
  });
}
