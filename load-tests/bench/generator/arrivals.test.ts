import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { arrive } from './arrivals.ts';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** Answers each request as it is told to by its number, from 0. */
async function shop(answer: (number: number) => { readonly status: number; readonly afterMs: number }): Promise<string> {
  let asked = 0;
  const http = createServer((request, response) => {
    request.resume();
    const { status, afterMs } = answer(asked++);
    setTimeout(() => response.writeHead(status, { 'content-length': 2 }).end('{}'), afterMs);
  });
  server = http;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

const request = () => ({ method: 'POST', path: '/v1/checkouts', body: {} }) as const;

describe('arriving buyers', () => {
  it('come at their rate, whoever is answered; only what was created in time is done', async () => {
    const url = await shop((number) => ({ status: number % 4 === 0 ? 503 : number % 4 === 1 ? 202 : 201, afterMs: 0 }));
    const arrived = await arrive({ url, perSecond: 200, seconds: 1, connections: 200, request });
    expect(arrived.arrived).toBe(200);
    expect(arrived.done + arrived.late + arrived.refused + arrived.failed + arrived.turnedAway).toBe(200);
    expect(arrived.refused).toBe(100);
    expect(arrived.donePerSecond).toBe(arrived.done);
  });

  it('who find no free connection are turned away, and counted', async () => {
    const url = await shop(() => ({ status: 201, afterMs: 400 }));
    const arrived = await arrive({ url, perSecond: 100, seconds: 1, connections: 5, request });
    expect(arrived.turnedAway).toBeGreaterThanOrEqual(60);
    expect(arrived.done + arrived.late).toBeLessThanOrEqual(40);
  });

  it('are counted when the line has formed, not before', async () => {
    const url = await shop(() => ({ status: 201, afterMs: 0 }));
    const arrived = await arrive({ url, perSecond: 100, seconds: 0.5, rampSeconds: 0.5, connections: 100, request });
    expect(arrived.arrived).toBe(100);
    expect(arrived.early).toBeGreaterThan(0);
    expect(arrived.done + arrived.early + arrived.late).toBe(100);
    expect(arrived.donePerSecond).toBe(arrived.done * 2);
  });

  it('wait from the instant at which they were to come', async () => {
    const url = await shop(() => ({ status: 201, afterMs: 60 }));
    const arrived = await arrive({ url, perSecond: 50, seconds: 1, connections: 50, request });
    expect(arrived.p50Ms).toBeGreaterThanOrEqual(55);
  });

  it('are not lost when nobody serves them: they failed', async () => {
    const arrived = await arrive({ url: 'http://127.0.0.1:1', perSecond: 50, seconds: 0.2, connections: 50, request });
    expect(arrived).toMatchObject({ arrived: 10, done: 0, failed: 10 });
  });
});
