/**
 * The transport's own hello world: reads the body of a POST and says the same every time, as many bytes as the answer to a
 * hold has with its headers. The most that anything behind this transport can reach.
 */
import uWS from 'uWebSockets.js';
import { type Front, listenOnFreePort } from './front.ts';

/** Of an answer of ours: a hold of one line, and the two headers that it has besides. */
const answer = JSON.stringify({
  holdId: 'hold_0193f1c2-0000-7000-8000-000000000000.U0tVLTAwMDAwMDAw',
  lines: [{ sku: 'SKU-00000000', quantity: 1 }],
  status: 'held',
  expiresAt: '2026-01-01T00:10:00.000Z',
  serverTime: '2026-01-01T00:00:00.000Z',
  position: '0193f1c2-0000-7000-8000-000000000000.12.1.123456.123',
  trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});

export function serveHello(): Promise<Front> {
  const app = uWS.App();
  app.post('/*', (response) => {
    response.onAborted(() => {});
    response.onData((_chunk, isLast) => {
      if (isLast) response.writeStatus('201 Created').writeHeader('content-type', 'application/json').end(answer);
    });
  });
  return listenOnFreePort(app);
}
