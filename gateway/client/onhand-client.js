/**
 * The browser client, whole: live stock, HTTP with safe retries, the buyer's holds and orders, the server's clock.
 *
 *     const client = createClient({ origin: '', key: 'pk_…' });
 *     client.live.on((event) => …);
 *     client.live.watch(['mug-01']);
 *     client.live.start();
 *     const answer = await client.holds.hold([{ sku: 'mug-01', quantity: 1 }]);
 *
 * Plain ES modules, no build, no dependency.
 */
import { connectApi } from './api.js';
import { browserEnvironment } from './environment.js';
import { holdBook } from './hold-book.js';
import { connectLive } from './live.js';
import { orderBook } from './order-book.js';
import { serverClock } from './server-clock.js';

export { attemptStore } from './attempts.js';
export { browserEnvironment, connectApi, connectLive, holdBook, orderBook, serverClock };

/** How long a page is assumed to take from the server's hand until now: a rough sample, soon replaced. */
const pageLoadMs = 1_000;

/** @type {typeof import('./onhand-client.js').createClient} */
export const createClient = (options) => {
  const environment = options.environment ?? browserEnvironment();
  const clock = serverClock(environment);
  const nowMs = environment.wallMs();
  if (options.serverTime !== undefined) clock.sample(options.serverTime, nowMs - pageLoadMs, nowMs);
  const api = connectApi({ baseUrl: options.origin, key: options.key, withBuyer: options.withBuyer ?? true, environment, clock });
  const live = connectLive({ url: liveUrl(options.origin), key: options.key, buyer: () => api.buyerToken(), environment });
  const scope = options.key.slice(-12);
  const holds = holdBook({ api, clock, environment, scope });
  const orders = orderBook({ api, live, environment, scope });
  return { live, api, clock, holds, orders };
};

/** @param {string} origin */
function liveUrl(origin) {
  const base = origin === '' ? location.origin : origin;
  return `${base.replace(/^http/, 'ws')}/v1/live`;
}
