/**
 * What each virtual buyer means to do, decided before the sale from the seed alone: the same seed, number
 * of buyers and pace give the same plan. What then happens depends on the server and on timing.
 */
import { makeRandom } from '../random.ts';

export type Behaviour =
  /** Holds, pays, keeps the unit. */
  | 'buy'
  /** Holds, thinks again, lets go. */
  | 'abandon'
  /** Holds and walks away; the hold has to end by itself. */
  | 'expire';

export interface BuyerPlan {
  readonly index: number;
  /** After the doors open. */
  readonly arrivesAfterMs: number;
  readonly behaviour: Behaviour;
  /** Between having a unit and paying for it or letting go. */
  readonly thinkMs: number;
  /** Sends requests twice, at once, under one key. */
  readonly sendsTwice: boolean;
  /** Cuts the connection this long after sending its first try, then retries under the same key. */
  readonly cutsAfterMs: number | null;
  /** Follows the stock over a WebSocket; others ask again by themselves. */
  readonly watches: boolean;
  /** Seed of whatever else this buyer has to draw, such as waiting times. */
  readonly seed: number;
}

export interface PlanOptions {
  readonly buyers: number;
  readonly seed: number;
  /** Arrivals per second; null = all at once. */
  readonly ratePerSecond: number | null;
  readonly socketsMax: number;
  /** Instead of a rate: the first of them come spread over a time, the rest over another. So that units last. */
  readonly waves?: { readonly firstBuyers: number; readonly firstMs: number; readonly restMs: number };
}

/** All stand in front of the doors when they open. */
export function comesAtOnce({ ratePerSecond, waves }: PlanOptions): boolean {
  return ratePerSecond === null && waves === undefined;
}

export const shares = { abandon: 0.08, expire: 0.04, sendsTwice: 0.1, cuts: 0.05 } as const;
const thinkMsMax = 400;
const cutMsMax = 4;

export function planBuyer(options: PlanOptions, index: number): BuyerPlan {
  const random = makeRandom(options.seed, index);
  const fate = random.next();
  const behaviour = fate < shares.expire ? 'expire' : fate < shares.expire + shares.abandon ? 'abandon' : 'buy';
  const jitter = random.next();
  return {
    index,
    arrivesAfterMs: arrivesAfterMs(options, index, jitter),
    behaviour,
    thinkMs: random.between(0, thinkMsMax),
    sendsTwice: random.chance(shares.sendsTwice),
    cutsAfterMs: random.chance(shares.cuts) ? random.between(0, cutMsMax) : null,
    watches: watches(options, index),
    seed: random.between(0, 0x7fff_ffff),
  };
}

function arrivesAfterMs({ buyers, ratePerSecond, waves }: PlanOptions, index: number, jitter: number): number {
  if (waves === undefined) return ratePerSecond === null ? 0 : ((index + jitter) * 1_000) / ratePerSecond;
  const { firstBuyers, firstMs, restMs } = waves;
  if (index < firstBuyers) return ((index + jitter) * firstMs) / firstBuyers;
  return firstMs + ((index - firstBuyers + jitter) * restMs) / (buyers - firstBuyers);
}

/** Spreads the watchers evenly over the crowd. */
function watches(options: PlanOptions, index: number): boolean {
  const watchers = Math.min(options.buyers, options.socketsMax);
  return Math.floor(((index + 1) * watchers) / options.buyers) > Math.floor((index * watchers) / options.buyers);
}
