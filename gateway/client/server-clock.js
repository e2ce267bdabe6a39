/**
 * An estimate of the server's clock, for countdowns. Each answer that carries `serverTime` is a sample;
 * the sample with the shortest exchange is the best one, until it is too old to trust.
 *
 * C1. The error of a sample is at most half of its exchange's duration.
 */

const trustMs = 60_000;

/** @type {typeof import('./onhand-client.js').serverClock} */
export const serverClock = (environment) => {
  let best = { offsetMs: 0, roundTripMs: Number.POSITIVE_INFINITY, atMs: 0 };
  return {
    sample(serverTime, sentMs, receivedMs) {
      const serverMs = Date.parse(serverTime);
      const roundTripMs = Math.max(0, receivedMs - sentMs);
      if (Number.isNaN(serverMs)) return;
      const old = Math.abs(receivedMs - best.atMs) > trustMs;
      if (!old && roundTripMs > best.roundTripMs) return;
      best = { offsetMs: serverMs - (sentMs + roundTripMs / 2), roundTripMs, atMs: receivedMs }; // C1
    },
    nowMs: () => environment.wallMs() + best.offsetMs,
    offsetMs: () => best.offsetMs,
  };
};
