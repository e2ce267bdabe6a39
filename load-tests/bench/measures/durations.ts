/** How long one reading lasts: as the person says, or a few seconds with `--quick`, or as the measure says. */
import type { BenchSettings } from '../measure.ts';

/** Also of a burst beside something sustained, which `seconds` is the length of. */
export const burstSeconds = 30;
export const sustainedSeconds = 600;
const quickBurstSeconds = 3;
const quickSustainedSeconds = 10;

export function burstOf({ seconds, quick }: BenchSettings): number {
  return seconds ?? (quick ? quickBurstSeconds : burstSeconds);
}

export function sustainedOf({ seconds, quick }: BenchSettings): number {
  return seconds ?? (quick ? quickSustainedSeconds : sustainedSeconds);
}
