/**
 * An estimate of the server's clock, for countdowns. Each answer that carries `serverTime` says between which two values
 * the difference of the clocks lies: the server looked at its clock after it was asked and before it was heard. What all
 * say together is the narrowest (the interval method of Marzullo and Owicki, 1983), until it is too old to trust.
 *
 * C1. The error is at most half of the interval, and never such that the server's clock seems to be before a time it has
 *     said: nothing that was just granted for five seconds is shown with six.
 * C2. Samples that contradict each other are of a clock that was set meanwhile, or wrong: the narrower one is believed.
 */

const trustMs = 60_000;

/** @type {typeof import('./onhand-client.js').serverClock} */
export const serverClock = (environment) => {
  /** @type {{ fromMs: number, toMs: number, atMs: number } | null} */
  let known = null;
  const offsetMs = () => (known === null ? 0 : (known.fromMs + known.toMs) / 2);
  return {
    sample(serverTime, sentMs, receivedMs) {
      const serverMs = Date.parse(serverTime);
      if (Number.isNaN(serverMs)) return;
      const heard = { fromMs: serverMs - receivedMs, toMs: serverMs - Math.min(sentMs, receivedMs), atMs: receivedMs };
      if (known === null || Math.abs(receivedMs - known.atMs) > trustMs) {
        known = heard;
        return;
      }
      const both = { fromMs: Math.max(known.fromMs, heard.fromMs), toMs: Math.min(known.toMs, heard.toMs), atMs: known.atMs };
      if (both.fromMs <= both.toMs)
        known = both; // C1
      else if (heard.toMs - heard.fromMs <= known.toMs - known.fromMs) known = heard; // C2
    },
    nowMs: () => environment.wallMs() + offsetMs(),
    offsetMs,
  };
};
