/** A replay from files to verdict: play, read the books back, compare with what the files alone say. */
import { isDeepStrictEqual } from 'node:util';
import { readVersion } from '../auditor/books-reader.ts';
import type { BooksSource } from '../auditor/books-wire.ts';
import { HttpClient, parseTarget } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import { type Totals, expectTotals } from './expected.ts';
import { readOrderBooks } from './order-books.ts';
import { Player, openingStock } from './player.ts';
import { readSkuBooks, totalBooks } from './read-back.ts';
import { type TradingDay, type TradingFile, linesOf, readTradingDay } from './trading-day.ts';

export interface ReplayOptions {
  readonly files: readonly TradingFile[];
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly durability: string;
  readonly progress: (line: string) => void;
}

export interface ReplayReport extends Totals {
  readonly expected: Totals;
  /** The two sets of totals are the same. */
  readonly equal: boolean;
  readonly skus: number;
  readonly seconds: number;
  /** Sale lines ordered, paid and shipped a second. */
  readonly linesPerSecond: number;
  readonly durability: string;
  readonly differences: readonly string[];
  readonly ok: boolean;
}

const connections = 64;
const requestTimeoutMs = 30_000;
const waitingMax = 100_000;
const differencesMax = 50;

export async function runReplay(options: ReplayOptions): Promise<ReplayReport> {
  const day = readTradingDay(options.files);
  const source: BooksSource = { url: options.url, secretKey: options.secretKey };
  const skus = skusOf(day);
  const since = await versionsBefore(source, skus);
  const client = new HttpClient({
    address: parseTarget(options.url),
    connectionsMax: connections,
    waitingMax,
    timeoutMs: requestTimeoutMs,
  });
  try {
    const startedAtMs = nowMs();
    const run = `replay-${Math.floor(startedAtMs).toString(36)}`;
    const ledger = await new Player({ ...options, client, run }).play(day);
    const seconds = (nowMs() - startedAtMs) / 1_000;
    const books = await readSkuBooks(source, skus, since, options.progress);
    const orders = await readOrderBooks(source, ledger.orders.keys(), options.progress);
    const { differences, totals: found } = totalBooks({ skus: books, orders }, ledger, openingStock(day));
    const totals: Totals = { ...found, skipped: Object.fromEntries(day.skipped) };
    const expected = expectTotals(options.files.map(({ text }) => text));
    const equal = isDeepStrictEqual(totals, expected);
    return {
      ...totals,
      expected,
      equal,
      skus: skus.length,
      seconds: Math.round(seconds * 1_000) / 1_000,
      linesPerSecond: seconds === 0 ? 0 : Math.round(totals.saleLines / seconds),
      durability: options.durability,
      differences: differences.slice(0, differencesMax),
      ok: equal && differences.length === 0,
    };
  } finally {
    client.close();
  }
}

const ofOrders = ['orders', 'capturedMinor', 'refundedMinor', 'unmatchedReturns'] as const;

export function replayLines(report: ReplayReport): string[] {
  const rows = (['invoices', 'saleLines', 'unitsSold', 'revenueMinor', 'returnLines', 'unitsReturned', ...ofOrders] as const).map(
    (name) =>
      `  ${name.padEnd(18)}${String(report[name]).padStart(14)}${String(report.expected[name]).padStart(14)}${report[name] === report.expected[name] ? '' : '   differs'}`,
  );
  const skipped = Object.entries(report.skipped).map(([reason, count]) => `${count} ${reason}`);
  return [
    '',
    `${report.saleLines} lines of ${report.invoices} invoices over ${report.skus} SKUs in ${report.seconds} s: ${report.linesPerSecond} lines a second ordered, paid and shipped`,
    `  ${''.padEnd(18)}${'books'.padStart(14)}${'files'.padStart(14)}`,
    ...rows,
    `  skipped       ${skipped.length === 0 ? 'nothing' : skipped.join(', ')}`,
    `  durability    ${report.durability}`,
    ...report.differences.map((difference) => `  difference: ${difference}`),
    report.ok ? '  VERDICT: equal' : '  VERDICT: FAILED',
  ];
}

function skusOf(day: TradingDay): string[] {
  return [...new Set([...linesOf(day, 'invoice'), ...linesOf(day, 'return')].map((line) => line.sku))];
}

async function versionsBefore(source: BooksSource, skus: readonly string[]): Promise<Map<string, number>> {
  const versions = new Map<string, number>();
  const left = [...skus];
  const reader = async (): Promise<void> => {
    for (let sku = left.pop(); sku !== undefined; sku = left.pop()) versions.set(sku, await readVersion(source, sku));
  };
  await Promise.all(Array.from({ length: 8 }, reader));
  return versions;
}
