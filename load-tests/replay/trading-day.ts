/**
 * The player's reading of files in the "Online Retail" format: which rows are sales, which are returns,
 * which are neither and why. Stock codes stay as they are written.
 *
 * T1. A line is known by its file and row, since an invoice may name a SKU twice.
 * T2. Every row is a sale line, a return line, or skipped for one named reason.
 */
import { CsvUnreadable, parseCsv } from './csv.ts';

export interface TradingLine {
  /** T1. Position of the file in the call and row in the file (the header is row 1). */
  readonly key: string;
  readonly invoice: string;
  readonly sku: string;
  /** Units sold or given back, always positive. */
  readonly quantity: number;
  /** Pence for one unit. */
  readonly priceMinor: number;
  /** Empty: nobody known. */
  readonly customer: string;
}

export type SkipReason =
  | 'columns_missing'
  | 'quantity_unreadable'
  | 'price_unreadable'
  | 'stock_code_invalid'
  | 'quantity_too_large'
  /** A return that takes nothing back. */
  | 'return_quantity_not_negative'
  /** Neither a sale nor, without a C invoice, a return: breakage, corrections. */
  | 'quantity_not_positive'
  | 'price_not_positive';

/** Something to play: a whole invoice, at the place of its first line, or one return line. */
export type TradingEntry =
  | { readonly kind: 'invoice'; readonly lines: readonly TradingLine[] }
  | { readonly kind: 'return'; readonly line: TradingLine };

export interface TradingDay {
  /** In the order of files and rows. */
  readonly entries: readonly TradingEntry[];
  readonly skipped: ReadonlyMap<SkipReason, number>;
}

export interface TradingFile {
  readonly name: string;
  readonly text: string;
}

export const columns = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'] as const;

const quantityMax = 1_000_000;

export function readTradingDay(files: readonly TradingFile[]): TradingDay {
  const entries: TradingEntry[] = [];
  const invoices = new Map<string, TradingLine[]>();
  const skipped = new Map<SkipReason, number>();
  for (const [index, file] of files.entries()) {
    const [header, ...rows] = parseCsv(file.text);
    if (header?.join() !== columns.join()) throw new CsvUnreadable(`the first line must be ${columns.join()}`);
    for (const [offset, row] of rows.entries()) {
      const reading = readLine(`${index + 1}:${offset + 2}`, row); // T1
      if (reading.kind === 'skip')
        skipped.set(reading.reason, (skipped.get(reading.reason) ?? 0) + 1); // T2
      else if (reading.kind === 'return') entries.push({ kind: 'return', line: reading.line });
      else addToInvoice(reading.line, invoices, entries);
    }
  }
  return { entries, skipped };
}

function addToInvoice(line: TradingLine, invoices: Map<string, TradingLine[]>, entries: TradingEntry[]): void {
  const known = invoices.get(line.invoice);
  if (known !== undefined) {
    known.push(line);
    return;
  }
  const lines = [line];
  invoices.set(line.invoice, lines);
  entries.push({ kind: 'invoice', lines });
}

/** The lines of sales, or those of returns. */
export function linesOf(day: TradingDay, kind: 'invoice' | 'return'): TradingLine[] {
  return day.entries.filter((entry) => entry.kind === kind).flatMap((entry) => (entry.kind === 'invoice' ? entry.lines : [entry.line]));
}

type Reading = { readonly kind: 'sale' | 'return'; readonly line: TradingLine } | { readonly kind: 'skip'; readonly reason: SkipReason };

function readLine(key: string, row: readonly string[]): Reading {
  const [invoice, sku, , quantityText, , priceText, customer = ''] = row;
  if (row.length !== columns.length || invoice === undefined || sku === undefined || quantityText === undefined || priceText === undefined)
    return skip('columns_missing');
  const quantity = readWhole(quantityText);
  if (quantity === null) return skip('quantity_unreadable');
  const priceMinor = readPence(priceText);
  if (priceMinor === null) return skip('price_unreadable');
  if (!isSku(sku)) return skip('stock_code_invalid');
  if (Math.abs(quantity) > quantityMax) return skip('quantity_too_large');
  const isReturn = invoice.startsWith('C');
  if (isReturn && quantity >= 0) return skip('return_quantity_not_negative');
  if (!isReturn && quantity <= 0) return skip('quantity_not_positive');
  if (!isPositivePrice(priceText)) return skip('price_not_positive');
  return { kind: isReturn ? 'return' : 'sale', line: { key, invoice, sku, quantity: Math.abs(quantity), priceMinor, customer } };
}

function skip(reason: SkipReason): Reading {
  return { kind: 'skip', reason };
}

function readWhole(text: string): number | null {
  return /^-?\d{1,15}(?:\.0+)?$/.test(text) ? Number.parseInt(text, 10) : null;
}

/** Exact: pence are cut out of the text, not multiplied; a fraction of a penny rounds half up. */
function readPence(text: string): number | null {
  const match = /^(-?)(\d{1,10})(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign, pounds, fraction = ''] = match;
  const digits = fraction.padEnd(3, '0');
  const pence = Number(pounds) * 100 + Number(digits.slice(0, 2)) + (Number(digits[2]) >= 5 ? 1 : 0);
  return sign === '-' ? -pence : pence;
}

/** A price below half a penny is still above zero. */
function isPositivePrice(text: string): boolean {
  return !text.startsWith('-') && /[1-9]/.test(text);
}

function isSku(text: string): boolean {
  return text.length >= 1 && text.length <= 64 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}
