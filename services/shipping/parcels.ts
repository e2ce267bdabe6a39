/**
 * From which warehouses an order goes: as few and as cheap parcels as the stock allows. Pure and deterministic.
 *
 * W1. A warehouse's cost is one number in minor units: what a parcel from there costs, plus what distance, days until
 *     delivery and load are worth by the given weights. So "near, soon, idle and cheap" can be weighed at all.
 * W2. The choice covers every line and its costs sum to the least there is; of equal sums the one with fewer parcels,
 *     then the one whose last warehouse ranks better. That is exact while at most `exactWarehousesMax` warehouses have
 *     something to give; with more it starts from the best of these and adds others only where units are missing.
 * W3. Within a choice an SKU comes from one warehouse where one has enough, the best ranked first. Every chosen
 *     warehouse gives something.
 * W4. Ranks are by cost, then by id: no order of arguments changes the answer.
 *
 * It proposes; `stock` decides. What it returns goes with a hold as the order of locations.
 */
import { assert } from '../../actors/kernel/index.ts';
import type { Parcel, ParcelPlan, Units } from './port.ts';

export interface WarehouseOffer {
  readonly location: string;
  /** By SKU; what is absent is not there. */
  readonly available: ReadonlyMap<string, number>;
  /** What the carrier takes for a parcel from there to this destination. */
  readonly parcelCostMinor: number;
  readonly distanceKm: number;
  /** Days until the promise ends. */
  readonly days: number;
  /** How busy it is, in millionths of what it can do; more than 1,000,000 is a queue. */
  readonly loadMillionths: number;
}

/** What things are worth, in minor units. */
export interface Weights {
  readonly perThousandKmMinor: number;
  readonly perDayMinor: number;
  /** Of a warehouse that is fully busy. */
  readonly fullLoadMinor: number;
}

export interface Ranked {
  readonly location: string;
  readonly costMinor: number;
}

/** All subsets of so many are looked at: 4,096. */
export const exactWarehousesMax = 12;

/** W1, W4: best first. */
export function rankWarehouses(offers: readonly WarehouseOffer[], weights: Weights): readonly Ranked[] {
  return offers
    .map((offer) => ({ location: offer.location, costMinor: costOf(offer, weights) }))
    .sort((left, right) => left.costMinor - right.costMinor || (left.location < right.location ? -1 : 1));
}

function costOf({ parcelCostMinor, distanceKm, days, loadMillionths }: WarehouseOffer, weights: Weights): number {
  const { perThousandKmMinor, perDayMinor, fullLoadMinor } = weights;
  const distanceMinor = Math.round((Math.round(distanceKm) * perThousandKmMinor) / 1_000);
  const loadMinor = Math.round((loadMillionths * fullLoadMinor) / 1_000_000);
  const costMinor = parcelCostMinor + distanceMinor + Math.ceil(days) * perDayMinor + loadMinor;
  assert(Number.isSafeInteger(costMinor) && costMinor >= 0, 'a cost is an integer count of minor units');
  return costMinor;
}

/** `lines` name each SKU once. */
export function planParcels(lines: readonly Units[], offers: readonly WarehouseOffer[], weights: Weights): ParcelPlan {
  const wanted = [...lines].sort((left, right) => (left.sku < right.sku ? -1 : 1));
  const missing = missingOf(wanted, offers);
  if (missing.length > 0) return { kind: 'short', missing };
  const stocks = stocksOf(wanted, offers, weights);
  const chosen = wanted.length === 0 ? [] : cheapest(wanted, candidatesOf(wanted, stocks));
  const parcels = distribute(wanted, chosen);
  return { kind: 'planned', parcels, costMinor: sum(chosen.map(({ costMinor }) => costMinor)) };
}

function missingOf(wanted: readonly Units[], offers: readonly Pick<WarehouseOffer, 'available'>[]): readonly Units[] {
  return wanted.flatMap(({ sku, quantity }) => {
    const short = quantity - sum(offers.map((offer) => unitsOf(offer, sku)));
    return short > 0 ? [{ sku, quantity: short }] : [];
  });
}

interface Stock {
  readonly location: string;
  readonly costMinor: number;
  readonly available: ReadonlyMap<string, number>;
}

/** Those that have anything of what is wanted, best ranked first. */
function stocksOf(wanted: readonly Units[], offers: readonly WarehouseOffer[], weights: Weights): readonly Stock[] {
  const byLocation = new Map(offers.map((offer) => [offer.location, offer]));
  assert(byLocation.size === offers.length, 'each location offers once');
  return rankWarehouses(offers, weights).flatMap(({ location, costMinor }) => {
    const available = byLocation.get(location)?.available ?? new Map<string, number>();
    return wanted.some(({ sku }) => unitsOf({ available }, sku) > 0) ? [{ location, costMinor, available }] : [];
  });
}

/** W2: the best ranked, and beyond them those that fill what is missing, each time the one that fills most of it. */
function candidatesOf(wanted: readonly Units[], stocks: readonly Stock[]): readonly Stock[] {
  const candidates = stocks.slice(0, exactWarehousesMax);
  const others = stocks.slice(exactWarehousesMax);
  for (let missing = missingOf(wanted, candidates); missing.length > 0; missing = missingOf(wanted, candidates)) {
    const fills = others.map((stock) => sum(missing.map(({ sku, quantity }) => Math.min(quantity, unitsOf(stock, sku)))));
    const best = fills.indexOf(Math.max(...fills));
    const [stock] = others.splice(best, 1);
    assert(stock !== undefined && (fills[best] ?? 0) > 0, 'all together have enough');
    candidates.push(stock);
  }
  return candidates;
}

/** W2. Subsets are counted upwards, so of equal ones the first has the better last warehouse. */
function cheapest(wanted: readonly Units[], candidates: readonly Stock[]): readonly Stock[] {
  if (candidates.length > exactWarehousesMax) return withoutNeedless(wanted, candidates);
  let best: { readonly stocks: readonly Stock[]; readonly costMinor: number } | null = null;
  for (let subset = 1; subset < 2 ** candidates.length; subset += 1) {
    const stocks = candidates.filter((_, index) => (subset & (1 << index)) !== 0);
    const costMinor = sum(stocks.map((stock) => stock.costMinor));
    const isBetter = best === null || costMinor < best.costMinor || (costMinor === best.costMinor && stocks.length < best.stocks.length);
    if (isBetter && covers(wanted, stocks)) best = { stocks, costMinor };
  }
  assert(best !== null, 'all candidates together have enough');
  return best.stocks;
}

/** Beyond `exactWarehousesMax` every one that can be done without is dropped, the last added first. */
function withoutNeedless(wanted: readonly Units[], stocks: readonly Stock[]): readonly Stock[] {
  let kept = stocks;
  for (const stock of [...stocks].reverse()) {
    const others = kept.filter((other) => other !== stock);
    if (covers(wanted, others)) kept = others;
  }
  return kept;
}

/** Stops at the first SKU that is missing: most subsets fail at once. */
function covers(wanted: readonly Units[], stocks: readonly Stock[]): boolean {
  return wanted.every(({ sku, quantity }) => sum(stocks.map((stock) => unitsOf(stock, sku))) >= quantity);
}

/** W3 */
function distribute(wanted: readonly Units[], stocks: readonly Stock[]): readonly Parcel[] {
  const lines = new Map<string, Units[]>(stocks.map(({ location }) => [location, []]));
  for (const { sku, quantity } of wanted) {
    const whole = stocks.find((stock) => unitsOf(stock, sku) >= quantity);
    let left = quantity;
    for (const stock of whole === undefined ? stocks : [whole]) {
      const taken = Math.min(left, unitsOf(stock, sku));
      if (taken > 0) lines.get(stock.location)?.push({ sku, quantity: taken });
      left -= taken;
    }
    assert(left === 0, 'the choice covers every line');
  }
  return stocks.map(({ location }) => ({ location, lines: lines.get(location) ?? [] })).filter((parcel) => parcel.lines.length > 0);
}

/** A shortfall is a negative number of units; it has nothing to give. */
function unitsOf({ available }: Pick<WarehouseOffer, 'available'>, sku: string): number {
  return Math.max(0, available.get(sku) ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
