/** The crowd of load sockets against servers that do what the test says. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { until } from '../../../testing/until.ts';
import { BarePublisher } from './bare-publisher.ts';
import { SocketCrowd } from './crowd.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface LiveServer {
  readonly url: string;
  readonly sockets: Set<WebSocket>;
  push(available: number, to?: readonly WebSocket[]): void;
}

/** Speaks the live socket's protocol, as far as a page that watches one product needs it. */
async function liveServer(answerTo: (message: { type: string }) => object | null = politely): Promise<LiveServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const sockets = new Set<WebSocket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('message', (data) => {
      const answer = answerTo(JSON.parse(String(data)) as { type: string });
      if (answer !== null) socket.send(JSON.stringify(answer));
    });
  });
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    push(available, to = [...sockets]) {
      for (const socket of to) socket.send(JSON.stringify({ type: 'stock', items: [{ sku: 'a', available, version: available }] }));
    },
  };
}

function politely({ type }: { type: string }): object | null {
  if (type === 'hello') return { type: 'welcome', session: 's', incarnation: 'one', heartbeatMs: 25_000 };
  return type === 'subscribe' ? { type: 'snapshot', id: '1', items: [{ sku: 'a', available: 5, version: 1 }] } : null;
}

async function crowdAt(url: string, { sockets = 30, follows = true } = {}): Promise<SocketCrowd> {
  const crowd = await SocketCrowd.open({
    url,
    path: '/v1/live',
    sockets,
    processes: 2,
    talk: { kind: 'live', key: 'pk_x', sku: 'a', follows },
  });
  closers.push(() => crowd[Symbol.asyncDispose]());
  return crowd;
}

test('every socket greets and subscribes; a value is reached when the last socket has it', { timeout: 60_000 }, async () => {
  const server = await liveServer();
  const crowd = await crowdAt(server.url);
  expect(server.sockets.size).toBe(30);
  expect(await crowd.counts()).toMatchObject({ open: 30, lost: 0, messages: 60 });
  const [last, ...others] = [...server.sockets];
  server.push(6, others);
  await until(
    'all but one to be shown the change',
    () => crowd.counts(),
    ({ messages }) => messages === 89,
  );
  expect(await crowd.reached(6, 50)).toBeNull();
  const reached = crowd.reached(6, 20_000);
  server.push(6, [last!]);
  const { firstAtMs, lastAtMs } = (await reached)!;
  expect(lastAtMs).toBeGreaterThan(firstAtMs);
});

test('a socket that was shown a newer value has reached the older ones', { timeout: 60_000 }, async () => {
  const server = await liveServer();
  const crowd = await crowdAt(server.url);
  const reached = Promise.all([6, 7, 8].map((available) => crowd.reached(available, 20_000)));
  const [first, ...others] = [...server.sockets];
  server.push(6, others);
  server.push(7, [first!]);
  server.push(8);
  expect((await reached).every((one) => one !== null)).toBe(true);
});

test('a crowd that does not follow only counts, however the values leap', { timeout: 60_000 }, async () => {
  const server = await liveServer();
  const crowd = await crowdAt(server.url, { follows: false });
  for (const available of [10_000_000, 3, 20_000_000]) server.push(available);
  const counts = await until(
    'all pushes to be counted',
    () => crowd.counts(),
    ({ messages }) => messages === 150,
  );
  expect(counts.lost).toBe(0);
});

test('a socket that is cut is counted as lost', { timeout: 60_000 }, async () => {
  const server = await liveServer();
  const crowd = await crowdAt(server.url);
  [...server.sockets][0]!.terminate();
  const counts = await until(
    'the loss to be counted',
    () => crowd.counts(),
    ({ lost }) => lost > 0,
  );
  expect(counts).toMatchObject({ open: 29, lost: 1 });
});

test('a crowd that is turned away says why', { timeout: 60_000 }, async () => {
  const server = await liveServer(() => ({ type: 'error', code: 'key_invalid', message: 'no' }));
  await expect(crowdAt(server.url)).rejects.toThrow('key_invalid');
  await expect(crowdAt('http://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
});

test('the bare publisher sends the same text to every socket until it is told to rest', { timeout: 60_000 }, async () => {
  const publisher = await BarePublisher.start();
  closers.push(() => publisher[Symbol.asyncDispose]());
  const crowd = await SocketCrowd.open({ url: publisher.url, path: '/', sockets: 20, processes: 2, talk: { kind: 'bare' } });
  closers.push(() => crowd[Symbol.asyncDispose]());
  publisher.publish('x'.repeat(120), 5);
  await until(
    'three messages on each socket',
    () => crowd.counts(),
    ({ messages }) => messages >= 60,
  );
  publisher.rest();
  const rested = await until(
    'two equal counts',
    async () => [await crowd.counts(), await sleep(50), await crowd.counts()] as const,
    ([one, , other]) => one.messages === other.messages,
  );
  expect(rested[0].lost).toBe(0);
  const { messages, payloadBytes, lost } = await crowd.counts();
  expect(payloadBytes).toBe(messages * 120);
  expect(lost).toBe(0);
});
