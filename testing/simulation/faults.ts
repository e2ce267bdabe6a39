/**
 * The kinds of fault a world can suffer, and how often each has struck.
 *
 * A kind that never struck during a run of many seeds fails the run: a fault that is written but never
 * happens proves nothing. Each seed draws its own mix, so that faults also meet one another rarely and
 * some worlds are almost calm.
 */
import type { Random } from './random.ts';

export const faultKinds = [
  // nodes
  'node_crashed',
  'node_crashed_with_append_in_flight',
  'node_restarted',
  'node_paused',
  'shards_taken_from_paused_node',
  'zombie_woken',
  'take_over_raced',
  // log
  'append_never_sent',
  'append_unknown_landed',
  'append_unknown_lost',
  'append_unknown_landed_late',
  'append_unknown_fenced_late',
  'append_fenced',
  'log_stalled',
  'log_full',
  'log_read_failed',
  'log_trimmed',
  // rows
  'rows_stalled',
  'rows_write_unknown_committed',
  'rows_write_unknown_lost',
  'rows_load_failed',
  'rows_claim_failed',
  'row_damaged',
  'projector_fenced',
  // payments and prices
  'payment_answer_lost',
  'payments_away',
  'payment_slow',
  'payment_refused',
  'refund_returned',
  'payment_news_lost',
  'payment_news_late',
  'payment_news_repeated',
  'prices_unknown',
  // clients and messages
  'command_duplicated',
  'command_retried',
  'command_reordered',
  'command_lost',
  'answer_lost',
  'timer_delayed',
  'effect_delayed',
  'effect_duplicated',
  'effect_lost',
  'flood_of_unknown_skus',
  'overload_burst',
  // clocks
  'wall_clock_jumped',
  'clock_rate_differs',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export class FaultCounts {
  readonly #counts = new Map<FaultKind, number>();

  strike(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  of(kind: FaultKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  never(): readonly FaultKind[] {
    return faultKinds.filter((kind) => this.of(kind) === 0);
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const kind of faultKinds) this.#counts.set(kind, this.of(kind) + (counts[kind] ?? 0));
  }

  toJson(): Record<FaultKind, number> {
    return Object.fromEntries(faultKinds.map((kind) => [kind, this.of(kind)])) as Record<FaultKind, number>;
  }
}

/** How likely what is, in one world. Probabilities are per act (append, write, message) unless they say `EveryMs`. */
export interface FaultMix {
  readonly appendUnknown: number;
  readonly logReadFails: number;
  readonly rowsUnknown: number;
  readonly rowsLoadFails: number;
  readonly rowDamaged: number;
  readonly commandDuplicated: number;
  readonly commandLost: number;
  readonly answerLost: number;
  readonly timerLateMs: number;
  readonly effectAstray: number;
  readonly paymentsLost: number;
  readonly paymentsAway: number;
  /** A card whose verdict comes later. */
  readonly paymentsSlow: number;
  /** Captures and refunds that could be done, and are not. */
  readonly paymentsRefuse: number;
  /** Refunds that were made, and that the bank of the buyer sends back. */
  readonly refundsReturn: number;
  readonly pricesUnknown: number;
  readonly newsLost: number;
  readonly newsLateMs: number;
  readonly newsCopiesMax: number;
  /** Mean time between strikes of these, ms; `Infinity` = never. */
  readonly crashEveryMs: number;
  readonly pauseEveryMs: number;
  readonly logStallEveryMs: number;
  readonly logFullEveryMs: number;
  readonly rowsStallEveryMs: number;
  readonly clockJumpEveryMs: number;
  readonly floodEveryMs: number;
  readonly burstEveryMs: number;
  /** Chance that a second node races for the shards while the first lives. */
  readonly takeOverRace: number;
}

export const noFaults: FaultMix = {
  appendUnknown: 0,
  logReadFails: 0,
  rowsUnknown: 0,
  rowsLoadFails: 0,
  rowDamaged: 0,
  commandDuplicated: 0,
  commandLost: 0,
  answerLost: 0,
  timerLateMs: 0,
  effectAstray: 0,
  paymentsLost: 0,
  paymentsAway: 0,
  paymentsSlow: 0,
  paymentsRefuse: 0,
  refundsReturn: 0,
  pricesUnknown: 0,
  newsLost: 0,
  newsLateMs: 0,
  newsCopiesMax: 1,
  crashEveryMs: Infinity,
  pauseEveryMs: Infinity,
  logStallEveryMs: Infinity,
  logFullEveryMs: Infinity,
  rowsStallEveryMs: Infinity,
  clockJumpEveryMs: Infinity,
  floodEveryMs: Infinity,
  burstEveryMs: Infinity,
  takeOverRace: 0,
};

/** Each kind is in a world or not (`often`), and if it is, anywhere between rare and constant. */
export function drawMix(random: Random): FaultMix {
  const often = 0.6;
  const rate = (most: number) => (random.chance(often) ? random.between(most / 10, most) : 0);
  const everyMs = (least: number) => (random.chance(often) ? random.between(least, least * 8) : Infinity);
  return {
    appendUnknown: rate(0.08),
    logReadFails: rate(0.3),
    rowsUnknown: rate(0.15),
    rowsLoadFails: rate(0.2),
    rowDamaged: rate(0.2),
    commandDuplicated: rate(0.2),
    commandLost: rate(0.05),
    answerLost: rate(0.05),
    timerLateMs: random.chance(often) ? random.between(1, 500) : 0,
    effectAstray: rate(0.3),
    paymentsLost: rate(0.3),
    paymentsAway: rate(0.2),
    paymentsSlow: rate(0.4),
    paymentsRefuse: rate(0.6),
    refundsReturn: rate(0.6),
    pricesUnknown: rate(0.3),
    newsLost: rate(0.5),
    newsLateMs: random.chance(often) ? random.between(100, 20_000) : 0,
    newsCopiesMax: random.integer(1, 3),
    crashEveryMs: everyMs(8_000),
    pauseEveryMs: everyMs(8_000),
    logStallEveryMs: everyMs(10_000),
    logFullEveryMs: everyMs(15_000),
    rowsStallEveryMs: everyMs(10_000),
    clockJumpEveryMs: everyMs(10_000),
    floodEveryMs: everyMs(10_000),
    burstEveryMs: everyMs(10_000),
    takeOverRace: random.chance(often) ? random.between(0.1, 0.5) : 0,
  };
}
