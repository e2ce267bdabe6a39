/** The outcome of a flash sale as JSON for programs and as lines for people. */
import { type Fault, faultLine } from '../chaos/runner.ts';
import type { PurchaseVerdict } from '../auditor/audit-purchases.ts';
import { generatorBusyMax } from '../measure/effort.ts';
import type { Percentiles } from '../measure/latencies.ts';
import type { TimelineSecond } from '../measure/timeline.ts';
import type { FlashSaleOutcome } from './run.ts';

export interface FlashSaleReport {
  readonly buyers: number;
  readonly stock: number;
  readonly sold: number;
  readonly refused: number;
  readonly oversold: number;
  readonly undersold: number;
  readonly lostAcknowledged: number;
  readonly duplicated: number;
  readonly holdsLeaked: number;
  /** With --checkout. */
  readonly ordersConfirmed?: number;
  readonly paymentsWithoutVerdict?: number;
  readonly chargedWithoutOrder?: number;
  /** Compared with whoever takes the money; null: could not be asked. */
  readonly paymentsChecked?: number | null;
  /** Whether one order of all answers is what a single counter would have given. */
  readonly linearizable: FlashSaleOutcome['verdict']['linearizable'];
  readonly throughputPerSecond: number;
  /** From wanting to send until the answer; includes the wait for a connection of the generator. */
  readonly latencyMs: Percentiles | null;
  /** From sending until the answer. */
  readonly serviceMs: Percentiles | null;
  readonly pushLatencyMs: { readonly p50: number; readonly p99: number } | null;
  readonly durability: string;
  readonly seed: number;
  readonly seconds: number;
  readonly timeline: readonly TimelineSecond[];
  readonly demand: number;
  readonly sockets: number;
  readonly retries: FlashSaleOutcome['retries'];
  readonly generator: { readonly busy: number; readonly cores: number; readonly serverCores: number | null; readonly wasLimit: boolean };
  readonly differences: readonly string[];
  /** Injected while the crowd bought; empty without --chaos. */
  readonly faults: readonly Fault[];
  /** Whether `verify` found the stopped folder clean; null where it was not asked (without --chaos). */
  readonly verified: boolean | null;
  readonly ok: boolean;
}

/** What a run under faults adds to the outcome. */
export interface ChaosFindings {
  readonly faults: readonly Fault[];
  readonly verified: boolean;
  /** In the words of `verify`, when it found something. */
  readonly verifyOutput: string;
}

export interface RunFacts {
  readonly stock: number;
  readonly seed: number;
  readonly durability: string;
  /** Null without --chaos. */
  readonly chaos?: ChaosFindings | null;
}

export function reportFlashSale(outcome: FlashSaleOutcome, { stock, seed, durability, chaos = null }: RunFacts): FlashSaleReport {
  const { verdict, effort } = outcome;
  const [p50, p99] = [outcome.pushLatencies.percentileMs(50), outcome.pushLatencies.percentileMs(99)];
  return {
    buyers: outcome.arrived,
    stock,
    sold: verdict.sold,
    refused: verdict.refused,
    oversold: verdict.oversold,
    undersold: verdict.undersold,
    lostAcknowledged: verdict.lostAcknowledged,
    duplicated: verdict.duplicated,
    holdsLeaked: verdict.holdsLeaked,
    ...('ordersConfirmed' in verdict ? purchaseCounts(verdict) : {}),
    linearizable: verdict.linearizable,
    throughputPerSecond: outcome.seconds === 0 ? 0 : Math.round(outcome.answers / outcome.seconds),
    latencyMs: outcome.latencies.percentiles(),
    serviceMs: outcome.serviceTimes.percentiles(),
    pushLatencyMs: p50 === null || p99 === null ? null : { p50, p99 },
    durability,
    seed,
    seconds: Math.round(outcome.seconds * 1_000) / 1_000,
    timeline: outcome.timeline.seconds(),
    demand: verdict.demand,
    sockets: outcome.sockets,
    retries: outcome.retries,
    generator: {
      busy: effort.generatorBusy,
      cores: effort.generatorCores,
      serverCores: effort.serverCores,
      wasLimit: effort.generatorBusy >= generatorBusyMax,
    },
    differences: verdict.differences,
    faults: chaos?.faults ?? [],
    verified: chaos?.verified ?? null,
    ok: verdict.clean && (chaos === null || (chaos.verified && chaos.faults.every((fault) => fault.recovered))),
  };
}

function purchaseCounts({ ordersConfirmed, paymentsWithoutVerdict, chargedWithoutOrder, paymentsChecked }: PurchaseVerdict) {
  return { ordersConfirmed, paymentsWithoutVerdict, chargedWithoutOrder, paymentsChecked };
}

export function flashSaleLines(report: FlashSaleReport): string[] {
  const latency = (percentiles: Percentiles | null): string =>
    percentiles === null
      ? 'not measured'
      : `p50 ${percentiles.p50} ms, p95 ${percentiles.p95} ms, p99 ${percentiles.p99} ms, max ${percentiles.max} ms`;
  const push =
    report.pushLatencyMs === null
      ? 'not measured'
      : `p50 ${report.pushLatencyMs.p50} ms, p99 ${report.pushLatencyMs.p99} ms over ${report.sockets} live sockets`;
  const busiest = Math.max(0, ...report.timeline.map((second) => second.holds + second.commits + second.refusals));
  const { again, lost, cut, twice } = report.retries;
  return [
    '',
    `${report.buyers} buyers for ${report.stock} units in ${report.seconds} s; ${report.sold} sold, ${report.refused} left without one`,
    `  throughput   ${report.throughputPerSecond} answers a second on average, ${busiest} in the busiest second`,
    `  answers      ${latency(report.latencyMs)}, the wait for a connection included`,
    `  service      ${latency(report.serviceMs)}`,
    `  push         ${push}`,
    `  mischief     ${twice} sent twice, ${cut} cut and sent again, ${lost} more lost, ${again} told to try again`,
    `  durability   ${report.durability}`,
    `  seed         ${report.seed}`,
    '',
    `  oversold ${report.oversold}   undersold ${report.undersold}   lost ${report.lostAcknowledged}   duplicated ${report.duplicated}   leaked holds ${report.holdsLeaked}`,
    ...purchaseLines(report),
    ...(report.ordersConfirmed === undefined ? [`  linearizable ${report.linearizable}`] : []),
    ...report.differences.map((difference) => `  difference: ${difference}`),
    ...chaosLines(report),
    report.ok ? '  VERDICT: clean' : '  VERDICT: FAILED',
  ];
}

function purchaseLines({ ordersConfirmed, paymentsWithoutVerdict, chargedWithoutOrder, paymentsChecked }: FlashSaleReport): string[] {
  if (ordersConfirmed === undefined) return [];
  const checked = paymentsChecked === null ? 'the payments could not be looked at' : `${paymentsChecked} payments compared`;
  return [
    `  orders confirmed ${ordersConfirmed}   payments without a verdict ${paymentsWithoutVerdict}   charged without an order ${chargedWithoutOrder}   (${checked})`,
  ];
}

function chaosLines({ faults, verified }: FlashSaleReport): string[] {
  if (verified === null) return [];
  return [
    '',
    ...faults.map((fault) => `  ${fault.recovered ? '' : 'NOT RECOVERED: '}${faultLine(fault)}`),
    `  ${faults.length} fault${faults.length === 1 ? '' : 's'}, ${faults.filter((fault) => fault.recovered).length} recovered; books of the stopped folder ${verified ? 'verified' : 'NOT CLEAN'}`,
  ];
}

/** Below this share of its busy time on a processor, the generator stood in line for one. */
const shareOnProcessorMin = 0.6;

/** Null when the numbers are the server's. */
export function generatorWarning(report: FlashSaleReport): string | null {
  const { busy, cores, serverCores, wasLimit } = report.generator;
  if (!wasLimit) return null;
  const server = serverCores === null ? '' : `, the server ${serverCores}`;
  const why =
    cores < busy * shareOnProcessorMin
      ? 'Other work kept the machine busy: throughput and latency are'
      : "Throughput and latency are the generator's limit,";
  return `The generator was busy ${Math.round(busy * 100)} % of the time and used ${cores} cores${server}. ${why} not the server's.`;
}
