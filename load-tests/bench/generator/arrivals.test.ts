/** Arriving buyers against servers that are quick, slow, refuse, or go away. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { seeAnswer } from './answer-end.ts';
import { arrive } from './arrivals.ts';
import type { ArrivalsOrder } from './arrivals-wire.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

/** Answers each request as it is told to by its number, from 0. */
async function shop(answer: (number: number) => Answer): Promise<Pick<ArrivalsOrder, 'host' | 'port'>> {
  let asked = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => answer(asked++)(response, request, Buffer.concat(pieces).toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const says =
  (status: number, afterMs = 0): Answer =>
  (response) =>
    void setTimeout(() => response.writeHead(status, { 'content-length': 2 }).end('{}'), afterMs);

const usual = {
  path: '/v1/checkouts',
  publishableKey: 'pk_x',
  tokens: Array.from({ length: 20 }, (_, index) => `token-${index}`),
  bodies: ['{"of":"ä"}', '{}'],
  keyPrefix: 'run',
  connections: 200,
  ratePerSecond: 200,
  seconds: 1,
  whenBusy: 'leaves',
} as const;

describe('arriving buyers', { timeout: 60_000 }, () => {
  it('come at their rate, whoever is answered; only what was created is done', async () => {
    const at = await shop((number) => says([503, 202, 201, 201][number % 4]!));
    const arrived = await arrive({ ...at, ...usual });
    expect(arrived).toMatchObject({ arrived: 200, refused: 100, failed: 0, turnedAway: 0, early: 0 });
    expect(arrived.done + arrived.late).toBe(100);
    expect(arrived.donePerSecond).toBe(arrived.done);
  });

  it('never ask under one key twice; buyers and wishes take turns', async () => {
    const seen = { keys: new Set(), tokens: new Set(), bodies: new Set() };
    const at = await shop(() => (response, request, body) => {
      seen.keys.add(request.headers['idempotency-key']);
      seen.tokens.add(request.headers['onhand-buyer']);
      seen.bodies.add(body);
      says(201)(response, request, body);
    });
    await arrive({ ...at, ...usual });
    expect([seen.keys.size, seen.tokens.size, [...seen.bodies].sort()]).toEqual([200, 20, [...usual.bodies].sort()]);
  });

  it('who find no free connection leave, and are counted', async () => {
    const at = await shop(() => says(201, 400));
    const arrived = await arrive({ ...at, ...usual, ratePerSecond: 100, connections: 5 });
    expect(arrived.turnedAway).toBeGreaterThanOrEqual(60);
    expect(arrived.done + arrived.late).toBeLessThanOrEqual(40);
  });

  it('or wait for one, and are counted with all the time they waited', async () => {
    let standsStill: Promise<void> | null = null;
    const at = await shop((number) => (response, request, body) => {
      if (number === 20) standsStill = new Promise((resolve) => setTimeout(resolve, 600));
      void (standsStill ?? Promise.resolve()).then(() => says(201)(response, request, body));
    });
    const arrived = await arrive({ ...at, ...usual, connections: 2, whenBusy: 'waits' });
    expect(arrived).toMatchObject({ arrived: 200, turnedAway: 0, refused: 0, failed: 0 });
    expect(arrived.done + arrived.late).toBe(200);
    // Two connections: a closed loop would have seen two slow answers of 200. In truth more than every second buyer waited.
    expect(arrived.p50Ms).toBeGreaterThan(100);
    expect(arrived.waitingMax).toBeGreaterThan(80);
  });

  it('are counted when the line has formed, not before', async () => {
    const at = await shop(() => says(201));
    const arrived = await arrive({ ...at, ...usual, ratePerSecond: 100, seconds: 0.5, rampSeconds: 0.5 });
    expect(arrived.arrived).toBe(100);
    expect(arrived.early).toBeGreaterThan(0);
    expect(arrived.done + arrived.early + arrived.late).toBe(100);
    expect(arrived.donePerSecond).toBe(arrived.done * 2);
  });

  it('wait from the instant at which they were to come', async () => {
    const at = await shop(() => says(201, 60));
    const arrived = await arrive({ ...at, ...usual, ratePerSecond: 50, connections: 50 });
    expect(arrived.p50Ms).toBeGreaterThanOrEqual(55);
  });

  it('have failed where nobody answers, and the next come on a new connection', async () => {
    const at = await shop((number) => (number % 2 === 0 ? (_, request) => void request.socket.destroy() : says(201)));
    const arrived = await arrive({ ...at, ...usual, connections: 8, whenBusy: 'waits' });
    expect(arrived).toMatchObject({ arrived: 200, failed: 100 });
    expect(arrived.done + arrived.late).toBe(100);
  });

  it('have failed without a server too; where they would wait, it is said at once', async () => {
    const nowhere = { ...usual, host: '127.0.0.1', port: 1, ratePerSecond: 50, seconds: 0.2 };
    expect(await arrive(nowhere)).toMatchObject({ arrived: 10, done: 0, failed: 10 });
    await expect(arrive({ ...nowhere, whenBusy: 'waits' })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('where an answer ends', () => {
  const whole = Buffer.from('HTTP/1.1 201 Created\r\nA: b\r\nContent-Length: 5\r\n\r\nhello');

  it('is known when it is whole, and not before', () => {
    for (let cut = 0; cut < whole.length; cut += 1) expect(seeAnswer(whole, cut)).toBeNull();
    expect(seeAnswer(Buffer.concat([whole, whole]), 2 * whole.length)).toEqual({ status: 201, bytes: whole.length });
  });

  it('without a length is an error', () => {
    expect(() => seeAnswer(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 19)).toThrow('without a length');
  });
});
