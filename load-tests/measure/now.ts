/** Milliseconds since 1970 with fractions, read from the monotonic clock: differences are never negative,
 *  and it can still be compared with the times a server on the same machine prints. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
