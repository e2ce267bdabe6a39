/** Arriving buyers against servers that are quick, slow, or refuse. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { seeAnswer } from './answer-end.ts';
import { letBuyersArrive } from './hold-arrivals.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function shop(answer: (request: IncomingMessage, response: ServerResponse, number: number) => void): Promise<number> {
  let number = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response, (number += 1)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const order = (port: number, ratePerSecond: number, seconds: number, connections = 8) => ({
  host: '127.0.0.1',
  port,
  publishableKey: 'pk_x',
  tokens: Array.from({ length: 20 }, (_, index) => `token-${index}`),
  sku: 'a',
  keyPrefix: 'run',
  connections,
  ratePerSecond,
  seconds,
});

const held = (response: ServerResponse): void => void response.writeHead(201, { 'content-length': 2 }).end('{}');

test('as many arrive as were asked for, no key twice, buyers in turn', { timeout: 60_000 }, async () => {
  const keys = new Set<string>();
  const tokens = new Set<string>();
  const port = await shop((request, response, number) => {
    keys.add(String(request.headers['idempotency-key']));
    tokens.add(String(request.headers['onhand-buyer']));
    if (number % 4 === 0) response.writeHead(409, { 'content-length': 2 }).end('{}');
    else held(response);
  });
  const ended = await letBuyersArrive(order(port, 200, 1));
  expect(ended).toMatchObject({ arrived: 200, held: 150, refused: 50, failed: 0 });
  expect(keys.size).toBe(200);
  expect(tokens.size).toBe(20);
});

test('who comes while the server stands still is counted with all the time they waited', { timeout: 60_000 }, async () => {
  let standsStill: Promise<void> | null = null;
  const port = await shop((_, response, number) => {
    if (number === 20) standsStill = new Promise((resolve) => setTimeout(resolve, 600));
    void (standsStill ?? Promise.resolve()).then(() => held(response));
  });
  const ended = await letBuyersArrive(order(port, 200, 1, 2));
  expect(ended).toMatchObject({ arrived: 200, held: 200, failed: 0 });
  // Two connections: a closed loop would have seen two slow answers of 200. In truth more than every second buyer waited.
  expect(ended.p50Ms).toBeGreaterThan(100);
  expect(ended.waitingMax).toBeGreaterThan(80);
});

test('a server that goes away ends the run with the reason', { timeout: 60_000 }, async () => {
  const port = await shop((request) => request.socket.destroy());
  await expect(letBuyersArrive(order(port, 50, 1))).rejects.toThrow('closed a connection');
});

describe('where an answer ends', () => {
  const whole = Buffer.from('HTTP/1.1 201 Created\r\nA: b\r\nContent-Length: 5\r\n\r\nhello');

  test('is known when it is whole, and not before', () => {
    for (let cut = 0; cut < whole.length; cut += 1) expect(seeAnswer(whole, cut)).toBeNull();
    expect(seeAnswer(Buffer.concat([whole, whole]), 2 * whole.length)).toEqual({ status: 201, bytes: whole.length });
  });

  test('without a length is an error', () => {
    expect(() => seeAnswer(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 19)).toThrow('without a length');
  });
});
