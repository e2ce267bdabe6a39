/**
 * What a fan-out costs at the least: uWebSockets.js with nothing on top. It takes every upgrade, puts the socket on one
 * topic and publishes bytes that were encoded once. No greeting, no versions, no slow-client care, no news to encode.
 *
 * B1. It rests between two fan-outs as long as the server under test: at least the interval, and twice as long as the
 *     last one took. What is compared is the cost of a message, so both sides send in the same rhythm.
 */
import uWS from 'uWebSockets.js';
import type { PublisherOrder, PublisherReport } from './bare-publisher-wire.ts';

const topic = 'stock';
const app = uWS.App();
/** Null: told to rest. A fan-out that is under way looks whether it is still its turn. */
let rhythm: { readonly message: Buffer; readonly intervalMsMin: number } | null = null;

app.ws('/*', {
  compression: uWS.DISABLED,
  idleTimeout: 120,
  sendPingsAutomatically: true,
  maxBackpressure: 256 * 1024,
  open: (socket) => void socket.subscribe(topic),
});

function publish(mine: NonNullable<typeof rhythm>): void {
  if (rhythm !== mine) return;
  const startedMs = performance.now();
  app.publish(topic, mine.message, false, false);
  // uWS writes to the sockets when the turn ends: only the next one can tell how long that took.
  setImmediate(() => {
    const tookMs = performance.now() - startedMs;
    const restMs = Math.max(mine.intervalMsMin, 2 * tookMs) - tookMs; // B1
    setTimeout(() => publish(mine), restMs);
  });
}

function report(what: PublisherReport): void {
  process.send?.(what);
}

process.on('message', (order: PublisherOrder) => {
  switch (order.kind) {
    case 'listen':
      app.listen('127.0.0.1', 0, (listening) => {
        if (listening === false) report({ kind: 'failed', why: 'the bare publisher cannot listen' });
        else report({ kind: 'listening', port: uWS.us_socket_local_port(listening) });
      });
      return;
    case 'publish':
      rhythm = { message: Buffer.from(order.text, 'utf8'), intervalMsMin: order.intervalMsMin };
      return publish(rhythm);
    case 'rest':
      rhythm = null;
      return;
  }
});
process.on('disconnect', () => process.exit(0));
