/**
 * Whether measures got worse than what was last recorded, beyond what either run scatters by itself (`isWorse`).
 *
 * C1. Ratios may be compared on any machine, since both sides ran on it. Plain values only on a machine like the
 *     recorded one; elsewhere nothing is said about them.
 * C2. One long reading has no spread of its own: it is taken to scatter by a tenth.
 * C3. What cannot be measured now is said, never passed.
 */
import type { Machine } from './record.ts';
import type { BenchRecord } from './record.ts';
import type { BenchResult } from './result.ts';
import { isWorse, type Spread } from './statistics.ts';

export type CheckVerdict =
  | { readonly kind: 'kept' }
  | { readonly kind: 'worse'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** C2. */
const singleScatter = 0.1;

/** Fewer readings than this have no spread worth the name. */
const readingsMin = 3;

export function checkAgainst(now: BenchResult, machine: Machine, recorded: BenchRecord | null): CheckVerdict {
  if (now.notMeasured !== null) return { kind: 'unknown', why: `not measured: ${now.notMeasured}` }; // C3
  if (recorded === null || recorded.result.spread === null) return { kind: 'unknown', why: 'nothing was recorded to compare with' };
  if (now.judge === 'value' && !isLike(machine, recorded.machine)) {
    return { kind: 'unknown', why: `recorded on another machine (${recorded.machine.cpu}, ${recorded.machine.cores} cores)` }; // C1
  }
  if (now.spread === null || (now.pairs.length < readingsMin && recorded.result.pairs.length > 1)) {
    return { kind: 'unknown', why: `at least ${readingsMin} readings are needed` };
  }
  if (!isWorse(widened(recorded.result.spread), now.spread, now.better)) return { kind: 'kept' };
  const { median, min, max } = recorded.result.spread;
  return { kind: 'worse', why: `median ${now.spread.median}, recorded ${median} (${min} to ${max}) at ${recorded.commit}` };
}

function isLike(one: Machine, other: Machine): boolean {
  return one.cpu === other.cpu && one.cores === other.cores;
}

/** C2. */
function widened(spread: Spread): Spread {
  if (spread.count > 1) return spread;
  return { ...spread, min: spread.min * (1 - singleScatter), max: spread.max * (1 + singleScatter) };
}
