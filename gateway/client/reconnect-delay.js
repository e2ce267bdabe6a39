/**
 * How long to wait before the next attempt to connect. Pure.
 *
 * D1. Waits are drawn from the whole range (full jitter), so that the clients of a failed gateway do not
 *     come back together.
 * D2. A server that ends has given each client a moment of its own; that is kept.
 */

const firstMs = 250;
const maxMs = 10_000;

const closedForRestart = 1012;
const closedForOverload = 1013;
const closedForFlood = 4008;
/** After being sent away for talking or reading wrongly, the first wait is this many doublings longer. */
const pressedSteps = 3;

/** @param {{ readonly code: number, readonly reason: string, readonly failures: number, readonly random: () => number }} loss `failures` counts this one */
export function reconnectDelayMs({ code, reason, failures, random }) {
  if (code === closedForRestart && failures === 1) {
    return Number(/^reconnect_in_ms=(\d{1,6})$/.exec(reason)?.[1] ?? 0); // D2
  }
  const pressed = code === closedForFlood || code === closedForOverload;
  const doublings = failures - 1 + (pressed ? pressedSteps : 0);
  return random() * Math.min(maxMs, firstMs * 2 ** Math.min(doublings, 10)); // D1
}
