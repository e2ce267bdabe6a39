/**
 * Milliseconds of a clock that all processes of one machine share, with fractions: what one process sent can be timed
 * by another. It has nothing to do with the time of day and is never put back.
 */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
