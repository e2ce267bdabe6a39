/**
 * What several readings say together. Pure.
 *
 * T1. Medians, not means: on a shared machine one bad second must not move the verdict.
 * T2. A ratio is taken within a pair, whose two readings are neighbours in time, and the median is taken of the ratios:
 *     a machine that slows down over the run slows both sides of a pair.
 * T3. With too few pairs there is no verdict, whatever the numbers are.
 */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

export interface Pair {
  readonly ours: number;
  readonly baseline: number;
}

/** T3. Fewer than this many interleaved pairs are looked at, not judged by. */
export const pairsToJudge = 5;

/** Throws on nothing: nothing measured is not zero. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a spread needs at least one value');
  if (sorted.some((value) => !Number.isFinite(value))) throw new Error('a spread is made of finite numbers');
  const at = (part: number) => quantile(sorted, part);
  return { count: sorted.length, min: first, q1: at(0.25), median: at(0.5), q3: at(0.75), max: last };
}

/** Between two neighbours: in proportion (the usual definition, R's type 7). */
function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** T2. */
export function ratiosOf(pairs: readonly Pair[]): number[] {
  return pairs.map(({ ours, baseline }) => {
    if (!(baseline > 0)) throw new Error('a baseline that did nothing is no baseline');
    return ours / baseline;
  });
}

export type Better = 'higher' | 'lower';

export function reaches(value: number, bound: number, better: Better): boolean {
  return better === 'higher' ? value >= bound : value <= bound;
}

/**
 * Whether what is measured now is worse than what was recorded, beyond what either scatters by itself: its median lies
 * outside all that was recorded, and all of it on the wrong side of the recorded median.
 */
export function isWorse(recorded: Spread, now: Spread, better: Better): boolean {
  return better === 'higher'
    ? now.median < recorded.min && now.max < recorded.median
    : now.median > recorded.max && now.min > recorded.median;
}

/** For people: enough digits to compare, no more. */
export function roundTo(value: number, digits: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  return Number(value.toPrecision(digits));
}
