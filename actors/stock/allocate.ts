/**
 * From which locations units are taken. Pure, and knows nothing of holds: pools go in, a list comes out.
 *
 * A1. Nearest first: lower rank before higher.
 * A2. Among equal rank the fewest parcels: the fullest location first. If any one covers what is left
 *     alone, the fullest does.
 * A3. Locations without a rank come last, in order of their id.
 */
import type { LocationQuantity, Nearness } from './commands.ts';

/** `quantity` is never negative here: what may be taken. */
export type Pool = LocationQuantity;

function ordered(pools: readonly Pool[], nearness: readonly Nearness[]): readonly Pool[] {
  if (pools.length < 2) return pools;
  const ranks = new Map(nearness.map(({ location, rank }) => [location, rank]));
  const rankOf = (pool: Pool) => ranks.get(pool.location) ?? Number.POSITIVE_INFINITY;
  return [...pools].sort((a, b) => {
    const rankA = rankOf(a);
    const rankB = rankOf(b);
    if (rankA !== rankB) return rankA < rankB ? -1 : 1; // A1, A3
    if (rankA !== Number.POSITIVE_INFINITY && a.quantity !== b.quantity) return b.quantity - a.quantity; // A2
    return a.location < b.location ? -1 : 1;
  });
}

/** Takes up to `quantity`; the sum of the answer is less when the pools hold less. */
export function allocate(quantity: number, pools: readonly Pool[], nearness: readonly Nearness[]): readonly LocationQuantity[] {
  const inOrder = ordered(pools, nearness);
  const first = inOrder[0];
  // the usual answer, kept by every hold for as long as it lives: a list of one, with no room for more
  if (first !== undefined && first.quantity >= quantity && quantity > 0) return [{ location: first.location, quantity }];
  const taken: LocationQuantity[] = [];
  let left = quantity;
  for (const pool of inOrder) {
    if (left === 0) break;
    const units = Math.min(left, pool.quantity);
    if (units <= 0) continue;
    taken.push({ location: pool.location, quantity: units });
    left -= units;
  }
  return taken;
}

/** Where to take what nobody has: the nearest location, by rank and then by id. */
export function nearest(pools: readonly Pool[], nearness: readonly Nearness[]): string {
  const level = pools.map(({ location }) => ({ location, quantity: 0 }));
  const first = ordered(level, nearness)[0];
  if (first === undefined) throw new RangeError('a SKU that exists has a location');
  return first.location;
}
