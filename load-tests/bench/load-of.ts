/** How long and over how many connections a measure is taken. */
import type { BenchSettings, Measure } from './measure.ts';
import type { RunSettings } from './record.ts';

export type LoadWish = Pick<RunSettings, 'seconds'> & { readonly connections: number | null };

const connectionsUsual = 256;

/** As asked for; else as what it is compared with was taken (`before`); else as the measure needs it. */
export function loadOf(
  measure: Pick<Measure, 'connections'>,
  wish: LoadWish,
  before: RunSettings | null,
): Pick<BenchSettings, 'connections' | 'seconds'> {
  return {
    connections: wish.connections ?? before?.connections ?? measure.connections ?? connectionsUsual,
    seconds: wish.seconds ?? before?.seconds ?? null,
  };
}
