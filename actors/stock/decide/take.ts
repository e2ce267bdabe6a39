/**
 * How units are found for a hold or a part: own units first, then what is available, by nearness.
 *
 * T1. Under `deny` nothing is taken that is not there: available stays at or above 0 where it was (I2).
 * T2. Under `continue` what is missing is taken from the nearest location, whose available goes below 0.
 * T3. Units from a sale come from that sale alone, under either policy.
 */
import { levelMax } from '../../kernel/index.ts';
import type { Instant } from '../../kernel/index.ts';
import { allocate, nearest } from '../allocate.ts';
import { buyerHolds } from '../book.ts';
import type { LocationQuantity, Nearness } from '../commands.ts';
import { unitsStoodFor } from '../deltas.ts';
import { availableOf, availableOfAll, findLevel, unitsAt, unitsIn, withUnits } from '../levels.ts';
import { absorbedLine, isDue, isForgotten, isPart, lineAt, partsAt, saleIsOpen } from '../state.ts';
import type { Line, Part, StockState } from '../state.ts';
import { insufficient, refused, unitsComingBack } from './shared.ts';
import type { StockDecision } from './shared.ts';

export type Found = { readonly allocations: readonly LocationQuantity[] } | { readonly refusal: StockDecision };

export interface Demand {
  readonly quantity: number;
  readonly nearness: readonly Nearness[];
  /** The buyer's own line that ends with this taking: its units go back first. */
  readonly replaced: Line | undefined;
  /** The buyer's own line whose units this part counts as its own. */
  readonly absorbed: Line | undefined;
  readonly sale: string | undefined;
}

/** Signed: a location short of promises first pays its debt with what comes back. */
function availablePools(state: StockState, replaced: Line | undefined): readonly LocationQuantity[] {
  const back = replaced === undefined || saleIsOpen(state, replaced.sale) ? [] : replaced.allocations;
  return state.levels.map((level) => ({
    location: level.location,
    quantity: Math.max(0, availableOf(level) + unitsAt(back, level.location)),
  }));
}

function findInSale(state: StockState, demand: Demand, sale: string): Found {
  const allotment = state.sales.get(sale)!;
  const back = demand.replaced?.sale === sale ? demand.replaced.allocations : [];
  const pools = withUnits(allotment.units, back);
  const left = unitsIn(pools);
  if (left >= demand.quantity) return { allocations: allocate(demand.quantity, pools, demand.nearness) };
  // `available` is what is left of the sale; only units held from it come back to it
  return { refusal: insufficient(state, left - unitsIn(back), allotment.held) };
}

/** The usual hold: all of it from what is available at the only location, so there is nothing to choose. */
function findUsual(state: StockState, { quantity, replaced, absorbed, sale }: Demand): Found | null {
  const only = state.levels[0];
  if (only === undefined || state.levels.length > 1) return null;
  if (replaced !== undefined || absorbed !== undefined || sale !== undefined) return null;
  return availableOf(only) < quantity ? null : { allocations: [{ location: only.location, quantity }] };
}

export function findUnits(state: StockState, demand: Demand): Found {
  return findUsual(state, demand) ?? findAnywhere(state, demand);
}

/** What `findUnits` finds, looked for everywhere. */
export function findAnywhere(state: StockState, demand: Demand): Found {
  if (demand.sale !== undefined) return findInSale(state, demand, demand.sale);
  const own = allocate(demand.quantity, demand.absorbed?.allocations ?? [], demand.nearness);
  const pools = availablePools(state, demand.replaced);
  const wanted = demand.quantity - unitsIn(own);
  const taken = allocate(wanted, pools, demand.nearness);
  const missing = wanted - unitsIn(taken);
  if (missing === 0) return { allocations: withUnits(own, taken) };
  if (state.settings.policy === 'deny') {
    return { refusal: insufficient(state, availableOfAll(state.levels), unitsComingBack(state)) }; // T1
  }
  const location = nearest(pools, demand.nearness);
  const level = findLevel(state.levels, location)!;
  if (level.held + level.committed + demand.quantity > levelMax) return { refusal: refused({ code: 'level_too_large' }) };
  return { allocations: withUnits(withUnits(own, taken), [{ location, quantity: missing }]) }; // T2
}

// --- the most one buyer may have --------------------------------------------------------------------

function counts(taking: Line | Part, from: Instant, at: Instant): boolean {
  if (taking.takenAt <= from || isForgotten(taking, at)) return false;
  if (!isPart(taking) && isDue(taking, at)) return false;
  return taking.status === 'held' || taking.status === 'committed' || taking.status === 'fulfilled';
}

/** Units held, sold or shipped; units given back after the sale do not count. */
function unitsOf(state: StockState, taking: Line | Part): number {
  if (taking.status !== 'held') return unitsIn(taking.remaining) + taking.fulfilled;
  return unitsIn(unitsStoodFor(taking.allocations, isPart(taking) ? absorbedLine(state, taking) : undefined));
}

export function buyerUnits(state: StockState, buyer: string, at: Instant): number {
  if (state.holds === null) return 0;
  const from = at - state.settings.perBuyerWindowMs;
  let units = 0;
  for (const id of buyerHolds(state.holds, buyer)) {
    const line = lineAt(state, id, at);
    if (line?.buyer === buyer && counts(line, from, at)) units += unitsOf(state, line);
    for (const part of partsAt(state, id, at)) if (part.buyer === buyer && counts(part, from, at)) units += unitsOf(state, part);
  }
  return units;
}

/** `own`: the buyer's units that this taking replaces or absorbs, so that they are not counted twice. */
export function overCap(
  state: StockState,
  buyer: string | null,
  quantity: number,
  own: Line | undefined,
  at: Instant,
): StockDecision | null {
  const cap = state.settings.perBuyerCap;
  if (cap === null || buyer === null) return null;
  const from = at - state.settings.perBuyerWindowMs;
  const has = buyerUnits(state, buyer, at);
  const counted = own !== undefined && own.buyer === buyer && counts(own, from, at) ? unitsOf(state, own) : 0;
  if (has - counted + quantity <= cap) return null;
  return refused({ code: 'buyer_cap_exceeded', cap, has });
}
