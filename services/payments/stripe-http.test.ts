/** What the SDK does with a provider whose connections misbehave: the ways of `stripe-http.ts`, seen through the SDK. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, expect, it, vi } from 'vitest';
import { StripeHttp } from './stripe-http.ts';

type Answering = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const ending: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const end of ending.splice(0)) await end();
});

async function provider(answer: Answering, { connectionsMax = 4, timeoutMs = 5_000, retriesMax = 0 } = {}) {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response, ++count));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const httpClient = new StripeHttp(connectionsMax);
  ending.push(() => {
    httpClient.close();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const at = { host: '127.0.0.1', port, protocol: 'http' } as const;
  const client = new Stripe('sk_test_1', { ...at, httpClient, timeout: timeoutMs, maxNetworkRetries: retriesMax, telemetry: false });
  return { client, httpClient, asked: () => count };
}

const create = (client: Stripe) => client.paymentIntents.create({ amount: 900, currency: 'usd' });
const whole: Answering = (_, response, count) => void response.end(JSON.stringify({ id: `pi_${count}`, object: 'payment_intent' }));

it('an answer arrives whole, with its headers and in any number of parts', async () => {
  const { client } = await provider((request, response) => {
    response.setHeader('Request-Id', `req_${request.method}_${request.headers['content-length']}`);
    response.write('{"id":"pi_');
    setImmediate(() => response.end('é"}'));
  });
  const intent = await create(client);
  expect(intent.id).toBe('pi_é');
  expect(intent.lastResponse.requestId).toBe('req_POST_23');
});

it('asks without a body too', async () => {
  const { client } = await provider((request, response) => void response.end(JSON.stringify({ id: `${request.method} ${request.url}` })));
  expect((await client.paymentIntents.retrieve('pi_1')).id).toBe('GET /v1/payment_intents/pi_1');
});

it('a connection that was closed meanwhile is asked again once, also where nothing else is', async () => {
  const { client, asked } = await provider((request, response, count) =>
    count === 2 ? request.socket.destroy() : whole(request, response, count),
  );
  expect((await create(client)).id).toBe('pi_1');
  expect((await create(client)).id).toBe('pi_3');
  expect(asked()).toBe(3);
});

it('nobody there is a connection error', async () => {
  const { client } = await provider((request) => request.socket.destroy());
  await expect(create(client)).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
});

const timedOut = { type: 'StripeConnectionError', message: expect.stringContaining('timeout being reached (50ms)') };

it.each<[string, Answering]>([
  ['never answers', () => {}],
  ['never ends its answer', (_, response) => void response.write('{"id":')],
])('a provider that %s is given up in time', async (_, answer) => {
  const arrivals = new EventEmitter();
  const heard = once(arrivals, 'asked');
  const { client, asked } = await provider(
    (...given) => {
      answer(...given);
      arrivals.emit('asked');
    },
    { timeoutMs: 50 },
  );
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }); // it begins before the provider has heard of the request
  const inTime = heard.then(() => vi.advanceTimersByTime(50));
  await expect(create(client)).rejects.toMatchObject(timedOut);
  await inTime;
  expect(asked()).toBe(1);
});

it('waiting for a connection counts as well, and what was given up is never sent', async () => {
  const arrivals = new EventEmitter();
  const holdsTheFirst: Answering = (request, response, count) =>
    count === 1 ? void arrivals.emit('first', () => whole(request, response, 1)) : whole(request, response, count);
  const { client, asked } = await provider(holdsTheFirst, { connectionsMax: 1 });
  const first = create(client);
  const [answerFirst] = (await once(arrivals, 'first')) as [() => void];
  await expect(client.paymentIntents.create({ amount: 900, currency: 'usd' }, { timeout: 50 })).rejects.toMatchObject(timedOut);
  answerFirst();
  expect((await first).id).toBe('pi_1');
  expect((await create(client)).id).toBe('pi_2');
  expect(asked()).toBe(2);
});

it('an answer that breaks off is a connection error, never half an answer', async () => {
  const { client } = await provider((request, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('{"id":"pi_1"}', () => request.socket.destroy());
  });
  await expect(create(client)).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
});

it('an answer that is no JSON is an error of the API', async () => {
  const { client } = await provider((_, response) => void response.end('<html>'));
  await expect(create(client)).rejects.toBeInstanceOf(Stripe.errors.StripeAPIError);
});

it('has no more connections than it may, and uses them again', async () => {
  const sockets = new Set<unknown>();
  const { client } = await provider(
    (request, response, count) => {
      sockets.add(request.socket);
      whole(request, response, count);
    },
    { connectionsMax: 3 },
  );
  await Promise.all(Array.from({ length: 20 }, () => create(client)));
  expect(sockets.size).toBe(3);
});

it('what is under way when it closes fails', async () => {
  const closing: { close?: () => void } = {};
  const { client, httpClient } = await provider(() => closing.close!());
  closing.close = () => httpClient.close();
  await expect(create(client)).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
});
