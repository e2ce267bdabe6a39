/**
 * The smallest corrections for what `verify` found in rows. The log is the truth: a wrong row is put right
 * from the frame it rests on, a missing one put back, a stranger taken away. Corrections are written to the
 * log as a repair frame, and become rows when the shard is next taken over, before anything is loaded.
 *
 * What is wrong in the log itself cannot be mended from it: `unmendable` names it for a person.
 */
import type { RowCorrection } from '../frame/frame.ts';
import { LogUnavailable } from '../log/port.ts';
import { placeFrame } from '../shard/place.ts';
import { type TakeOverDeps, takeOver } from '../shard/take-over.ts';
import type { Difference } from './verify-shard.ts';

export interface RepairPlan {
  readonly corrections: readonly RowCorrection[];
  /** Differences that the corrections do not touch. */
  readonly unmendable: readonly Difference[];
}

export function planRepair(differences: readonly Difference[]): RepairPlan {
  const corrections = new Map<string, RowCorrection>();
  const others: Difference[] = [];
  for (const difference of differences) {
    const { row, store, key, what, frame } = difference;
    if (row === undefined) {
      others.push(difference);
      continue;
    }
    const known = corrections.get(`${store}/${key}`);
    const words = known === undefined ? what : `${known.what}, ${what}`;
    corrections.set(`${store}/${key}`, {
      store,
      key,
      what: words,
      basis: known?.basis ?? frame,
      table: row.table,
      remove: known?.remove ?? row.stored,
      put: known?.put ?? row.expected,
    });
  }
  const repaired = [...corrections.values()];
  return { corrections: repaired, unmendable: others.filter((difference) => !followsFromRows(difference, repaired)) };
}

/** A state that memory would load from wrong rows is mended with them. */
function followsFromRows(difference: Difference, corrections: readonly RowCorrection[]): boolean {
  const isLoaded = difference.what.startsWith('state ') || difference.what === 'the actor cannot be loaded';
  return isLoaded && corrections.some(({ store }) => store === difference.store);
}

/** Keeps a repair frame well below the size limit of frames. */
const correctionsPerFrameMax = 200;

/** Takes over the shard and appends repair frames. Throws what `takeOver` throws, and `LogUnavailable`. */
export async function writeRepair(
  deps: TakeOverDeps,
  corrections: readonly RowCorrection[],
): Promise<{ readonly frames: readonly number[] }> {
  const taken = await takeOver(deps);
  if (taken === null) throw new LogUnavailable('another owner took the shard meanwhile');
  const frames: number[] = [];
  let tail = taken.tail;
  for (let from = 0; from < corrections.length; from += correctionsPerFrameMax) {
    const payload = JSON.stringify(corrections.slice(from, from + correctionsPerFrameMax));
    const placed = await placeFrame(deps, tail, { kind: 'repair', epoch: taken.epoch, at: taken.at, payload });
    if (placed === null) throw new LogUnavailable('another owner took the shard; run repair again');
    tail = placed;
    frames.push(placed.frame);
  }
  return { frames };
}
