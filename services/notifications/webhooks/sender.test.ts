import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import type { FeedEvent } from '../feed/port.ts';
import { createSender, isInside } from './sender.ts';

const secrets = ['whsec_c2VjcmV0c2VjcmV0c2VjcmV0', 'whsec_b2xkZXIgc2VjcmV0IG9mIHRoZSBzaG9w'];
const event: FeedEvent = {
  number: 7,
  eventId: 'event-7',
  type: 'order.confirmed',
  at: Date.parse('2026-01-31T12:00:00Z'),
  idempotencyKey: 'order_confirmed_event-7',
  storeId: 's',
  orderId: 'order_1',
  version: 1,
  data: { number: 1 },
};

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function listening(answer: (response: ServerResponse) => void): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000) * 1_000;

test('what arrives is verified by the library of the standard, with the new secret and with the old one (W4)', async () => {
  const { url, heard } = await listening((response) => response.writeHead(204).end());
  const send = createSender({ allowPrivate: true });
  expect(await send({ url, secrets, event, at: nowSeconds() })).toEqual({ kind: 'answered', status: 204 });
  const { headers, body } = heard[0]!;
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ number: 7 });
  expect(() => new Webhook('whsec_c29tZWJvZHkgZWxzZQ==').verify(body, headers as Record<string, string>)).toThrow(/signature/i);
  expect(headers['webhook-id']).toBe('event-7'); // W2
  expect(JSON.parse(body)).toEqual({
    type: 'order.confirmed',
    timestamp: '2026-01-31T12:00:00.000Z',
    idempotencyKey: 'order_confirmed_event-7',
    eventId: 'event-7',
    number: 7,
    storeId: 's',
    orderId: 'order_1',
    version: 1,
    data: { number: 1 },
  });
});

test('a redirect is not followed, an endless answer is cut off, silence ends in time (S1)', async () => {
  const redirecting = await listening((response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
  const send = createSender({ allowPrivate: true, timeoutMs: 300 });
  expect(await send({ url: redirecting.url, secrets, event, at: nowSeconds() })).toEqual({ kind: 'answered', status: 302 });
  server!.close();
  const endless = await listening((response) => {
    response.writeHead(200);
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(100_000), () => setImmediate(more));
    };
    more();
  });
  expect(await send({ url: endless.url, secrets, event, at: nowSeconds() })).toEqual({ kind: 'answered', status: 200 });
  server!.closeAllConnections();
  server!.close();
  const silent = await listening(() => {});
  expect(await send({ url: silent.url, secrets, event, at: nowSeconds() })).toEqual({ kind: 'failed', why: 'no answer within 300 ms' });
});

test('an address inside the house is told nothing, by number or by name (W5)', async () => {
  const { url, heard } = await listening((response) => response.end());
  const send = createSender({ allowPrivate: false });
  for (const target of [url, url.replace('127.0.0.1', 'localhost'), url.replace('127.0.0.1', '[::ffff:127.0.0.1]')])
    expect(await send({ url: target, secrets, event, at: nowSeconds() })).toEqual({ kind: 'failed', why: 'the address is not public' });
  expect(heard).toEqual([]);
});

test.each([
  ['10.1.2.3', true],
  ['100.64.0.1', true],
  ['127.9.9.9', true],
  ['169.254.169.254', true],
  ['172.31.255.255', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['8.8.8.8', false],
  ['255.255.255.255', true],
  ['0.0.0.0', true],
  ['::1', true],
  ['::', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:a00:1', true],
  ['::7f00:1', true],
  ['64:ff9b::7f00:1', true],
  ['64:ff9b:1::a00:1', true],
  ['2002:7f00:1::', true],
  ['2001:0:a00:1::', true],
  ['fec0::1', true],
  ['2606:4700::1111', false],
])('%s is inside: %s', (address, expected) => expect(isInside(address)).toBe(expected));
