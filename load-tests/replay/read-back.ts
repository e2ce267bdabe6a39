/**
 * The left-hand totals, read back from the books: every sold unit counted here was seen leaving in a
 * `shipped` movement of the server, every returned one arriving in a `returned` movement. The files are
 * consulted for one thing alone, the price of a line that a movement belongs to.
 *
 * B1. A movement belongs to a line when it names the line's hold and SKU and has its quantity; each line
 *     is used once. What belongs to no line, and every line without a movement, is a difference.
 */
import { type FullMovement, readSettledBooks } from '../auditor/books-reader.ts';
import type { BooksSource } from '../auditor/books-wire.ts';
import type { HoldLedger } from './player.ts';
import type { TradingLine } from './trading-day.ts';

export interface BookTotals {
  readonly invoices: number;
  readonly saleLines: number;
  readonly unitsSold: number;
  readonly revenueMinor: number;
  readonly returnLines: number;
  readonly unitsReturned: number;
  readonly differences: readonly string[];
}

export interface SkuBooks {
  readonly sku: string;
  readonly movements: readonly FullMovement[];
  /** Units still held or committed in the end. */
  readonly unitsPending: number;
}

const readsAtOnce = 8;

/** `since`: the version of each SKU before the replay; what moved earlier is not ours. */
export async function readSkuBooks(
  source: BooksSource,
  skus: readonly string[],
  since: ReadonlyMap<string, number>,
  progress: (line: string) => void,
): Promise<SkuBooks[]> {
  const books: SkuBooks[] = [];
  const left = [...skus];
  const reader = async (): Promise<void> => {
    for (let sku = left.pop(); sku !== undefined; sku = left.pop()) {
      const { levels, movements } = await readSettledBooks(source, sku);
      const from = since.get(sku) ?? 0;
      const unitsPending = levels.reduce((units, level) => units + level.held + level.committed, 0);
      books.push({ sku, movements: movements.filter((movement) => movement.version > from), unitsPending });
      progress(`reading the books: ${books.length} of ${skus.length} SKUs`);
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, reader));
  return books;
}

export function totalBooks(books: readonly SkuBooks[], ledger: HoldLedger, opening: ReadonlyMap<string, number>): BookTotals {
  const unused = linesByHoldAndSku(ledger);
  const differences: string[] = [];
  const invoices = new Set<string>();
  const totals = { saleLines: 0, unitsSold: 0, revenueMinor: 0, returnLines: 0, unitsReturned: 0 };
  for (const { sku, movements, unitsPending } of books) {
    let received = 0;
    for (const { kind, units, holdId } of movesOf(movements)) {
      if (kind === 'received') received += units;
      else if (kind === 'returned') {
        totals.returnLines += 1;
        totals.unitsReturned += units;
      } else if (kind === 'shipped') {
        totals.unitsSold -= units;
        const line = takeLine(unused, `${holdId ?? ''} ${sku}`, -units); // B1
        if (line === null)
          differences.push(`SKU ${sku}: ${-units} units shipped for ${holdId ?? 'no hold'} that no line of the files asked for`);
        else {
          totals.saleLines += 1;
          totals.revenueMinor += line.quantity * line.priceMinor;
          invoices.add(line.invoice);
        }
      } else differences.push(`SKU ${sku}: a movement of kind ${kind}`);
    }
    if (received !== (opening.get(sku) ?? 0))
      differences.push(`SKU ${sku}: ${received} units received, the opening stock is ${opening.get(sku) ?? 0}`);
    if (unitsPending !== 0) differences.push(`SKU ${sku}: ${unitsPending} units still held or committed`);
  }
  for (const lines of unused.values())
    for (const line of lines) differences.push(`line ${line.key} (invoice ${line.invoice}, SKU ${line.sku}) never left`);
  return { invoices: invoices.size, ...totals, differences };
}

interface Move {
  readonly kind: string;
  readonly units: number;
  readonly holdId: string | null;
}

/** One command may move units at several locations: its movements share a version. */
function movesOf(movements: readonly FullMovement[]): Move[] {
  const moves = new Map<number, Move>();
  for (const { version, kind, delta, holdId } of movements) {
    moves.set(version, { kind, holdId, units: (moves.get(version)?.units ?? 0) + delta });
  }
  return [...moves.values()];
}

function linesByHoldAndSku(ledger: HoldLedger): Map<string, TradingLine[]> {
  const lines = new Map<string, TradingLine[]>();
  for (const [holdId, held] of ledger) {
    for (const line of held) {
      const name = `${holdId} ${line.sku}`;
      lines.set(name, [...(lines.get(name) ?? []), line]);
    }
  }
  return lines;
}

function takeLine(lines: Map<string, TradingLine[]>, name: string, quantity: number): TradingLine | null {
  const candidates = lines.get(name) ?? [];
  const index = candidates.findIndex((line) => line.quantity === quantity);
  if (index < 0) return null;
  const [line] = candidates.splice(index, 1);
  return line ?? null;
}
