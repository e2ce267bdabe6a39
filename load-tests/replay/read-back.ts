/**
 * The left-hand totals, read back from the books. Units: every sold one was seen leaving in a `shipped` movement, every
 * returned one arriving in a `returned` movement. Money: prices, what was captured and what was refunded are the orders'
 * own words. The files are consulted for nothing but which lines must be there.
 *
 * B1. A line of an order counts as sold when the units of its order and SKU have left, all of them and no more.
 * B2. A return counts when each of its pieces has arrived, in a movement of its quantity that names the order's hold, or
 *     no hold. Each movement is used once; what belongs to no line, and every line without a movement, is a difference.
 */
import { type FullMovement, readSettledBooks } from '../auditor/books-reader.ts';
import type { BooksSource } from '../auditor/books-wire.ts';
import type { OrderBook } from './order-books.ts';
import type { Ledger } from './player.ts';

export interface BookTotals {
  readonly invoices: number;
  readonly saleLines: number;
  readonly unitsSold: number;
  readonly revenueMinor: number;
  readonly returnLines: number;
  readonly unitsReturned: number;
  readonly orders: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly unmatchedReturns: number;
}

export interface SkuBooks {
  readonly sku: string;
  readonly movements: readonly FullMovement[];
  /** Units still held or committed in the end. */
  readonly unitsPending: number;
}

export interface ReadBooks {
  readonly skus: readonly SkuBooks[];
  readonly orders: readonly OrderBook[];
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

/** Units by hold and SKU that left, and the sizes in which units came back. */
interface Moved {
  readonly shipped: Map<string, number>;
  readonly returned: Map<string, number[]>;
}

export function totalBooks(
  { skus, orders }: ReadBooks,
  ledger: Ledger,
  opening: ReadonlyMap<string, number>,
): { readonly totals: BookTotals; readonly differences: readonly string[] } {
  const differences: string[] = [];
  const moved = movedUnits(skus, opening, differences);
  const unitsSold = [...moved.shipped.values()].reduce((sum, units) => sum + units, 0);
  const unitsReturned = [...moved.returned.values()].flat().reduce((sum, units) => sum + units, 0);
  const sold = soldLines(orders, ledger, moved, differences);
  const back = returnedLines(ledger, moved, differences);
  const sum = (name: 'capturedMinor' | 'refundedMinor'): number => orders.reduce((total, order) => total + order[name], 0);
  const money = { capturedMinor: sum('capturedMinor'), refundedMinor: sum('refundedMinor') };
  return { totals: { ...sold, unitsSold, ...back, unitsReturned, orders: orders.length, ...money }, differences };
}

function movedUnits(skus: readonly SkuBooks[], opening: ReadonlyMap<string, number>, differences: string[]): Moved {
  const moved: Moved = { shipped: new Map(), returned: new Map() };
  for (const { sku, movements, unitsPending } of skus) {
    let received = 0;
    for (const { kind, units, holdId } of movesOf(movements)) {
      const name = nameOf(holdId, sku);
      if (kind === 'received') received += units;
      else if (kind === 'returned') moved.returned.set(name, [...(moved.returned.get(name) ?? []), units]);
      else if (kind === 'shipped') moved.shipped.set(name, (moved.shipped.get(name) ?? 0) - units);
      else differences.push(`SKU ${sku}: a movement of kind ${kind}`);
    }
    if (received !== (opening.get(sku) ?? 0))
      differences.push(`SKU ${sku}: ${received} units received, the opening stock is ${opening.get(sku) ?? 0}`);
    if (unitsPending !== 0) differences.push(`SKU ${sku}: ${unitsPending} units still held or committed`);
  }
  return moved;
}

/** B1. */
function soldLines(orders: readonly OrderBook[], ledger: Ledger, { shipped }: Moved, differences: string[]) {
  const totals = { invoices: 0, saleLines: 0, revenueMinor: 0 };
  const invoices = new Set<string>();
  const books = new Map(orders.map((order) => [order.orderId, order]));
  const unused = new Map(shipped);
  for (const [orderId, wanted] of ledger.orders) {
    const order = books.get(orderId);
    for (const { sku, prices } of order?.lines ?? []) {
      const name = nameOf(orderId, sku);
      const units = prices.reduce((sum, { quantity }) => sum + quantity, 0);
      if (unused.get(name) !== units) continue;
      unused.delete(name);
      invoices.add(order?.invoice ?? '');
      totals.saleLines += prices.length;
      totals.revenueMinor += prices.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
    }
    for (const sku of new Set(wanted.map((line) => line.sku)))
      if (!shipped.has(nameOf(orderId, sku))) differences.push(`order ${orderId} (invoice ${wanted[0]?.invoice}): SKU ${sku} never left`);
  }
  for (const [name, units] of unused) differences.push(`${units} units shipped for ${name} that no order asked for`);
  return { ...totals, invoices: invoices.size };
}

/** B2. */
function returnedLines({ returns }: Ledger, { returned }: Moved, differences: string[]) {
  const totals = { returnLines: 0, unmatchedReturns: 0 };
  const unused = new Map([...returned].map(([name, units]) => [name, [...units]]));
  for (const { line, pieces } of returns) {
    const arrived = pieces.filter(({ orderId, quantity }) => takeOne(unused.get(nameOf(orderId, line.sku)), quantity));
    if (arrived.length < pieces.length) differences.push(`return ${line.key} (SKU ${line.sku}) never arrived`);
    else totals.returnLines += 1;
    if (arrived.some(({ orderId }) => orderId === null)) totals.unmatchedReturns += 1;
  }
  for (const [name, units] of unused) if (units.length > 0) differences.push(`${units.join(' and ')} units came back for ${name} unasked`);
  return totals;
}

function takeOne(units: number[] | undefined, quantity: number): boolean {
  const index = units?.indexOf(quantity) ?? -1;
  if (index < 0) return false;
  units?.splice(index, 1);
  return true;
}

/** An order's hold carries the order's own uuid; so both have one name. */
function nameOf(orderOrHoldId: string | null, sku: string): string {
  return `${orderOrHoldId?.replace(/^(?:order|hold)_/, '').slice(0, 36) ?? 'no order'} ${sku}`;
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
