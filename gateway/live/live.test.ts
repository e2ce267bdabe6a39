/** The live socket over real connections, in front of a real node. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { until } from '../../testing/until.ts';

let world: GatewayWorld;
let client: LiveClient;
beforeAll(async () => {
  world = await GatewayWorld.start({ allowedOrigins: ['https://shop.example'] });
  await world.receive('seen', 10);
  await world.receive('also', 5);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.clock.advance(1_000); // the last push of the test before is long ago
  client = await LiveClient.greeted(world.gateway.url, world.demo.publishableKey);
});
afterEach(() => client.close());

const subscribe = (id: string, skus: readonly string[], since?: Record<string, number>): void =>
  client.say({ type: 'subscribe', id, channel: 'stock', skus, ...(since === undefined ? {} : { since }) });

test('hello is answered with who one is, which history, and how often to expect a sign', () => {
  expect(client.messages[0]).toEqual({
    type: 'welcome',
    session: expect.stringMatching(/^session_/),
    incarnation: 'one',
    heartbeatMs: 25_000,
  });
});

test('a snapshot, then every change, with rising versions', async () => {
  subscribe('a', ['seen', 'also']);
  const snapshot = await client.next('snapshot');
  expect(snapshot).toMatchObject({
    id: 'a',
    items: [
      { sku: 'seen', available: 10 },
      { sku: 'also', available: 5 },
    ],
  });
  expect(snapshot.items![0]!.asOf).toMatch(/Z$/);
  const { body: held } = await world.call('POST', '/v1/holds', { body: { sku: 'seen', quantity: 3 } });
  expect(await client.next('stock')).toMatchObject({ items: [{ sku: 'seen', available: 7, version: snapshot.items![0]!.version + 1 }] });
  await world.clock.advance(100);
  await world.call('DELETE', `/v1/holds/${held.holdId}`);
  expect(await client.next('stock')).toMatchObject({ items: [{ sku: 'seen', available: 10, version: snapshot.items![0]!.version + 2 }] });
});

test('with since, only what is newer comes; an empty snapshot proves that nothing was missed', async () => {
  subscribe('a', ['seen', 'also']);
  const versions = Object.fromEntries((await client.next('snapshot')).items!.map(({ sku, version }) => [sku, version]));
  client.close();
  client = await LiveClient.greeted(world.gateway.url, world.demo.publishableKey);
  subscribe('b', ['seen', 'also'], versions);
  expect(await client.next('snapshot')).toEqual({ type: 'snapshot', id: 'b', items: [] });
  subscribe('c', ['seen', 'also'], { ...versions, also: versions.also! - 1 });
  expect((await client.next('snapshot')).items!.map(({ sku }) => sku)).toEqual(['also']);
});

test('an SKU nobody has received is said to be unknown, and comes when it is', async () => {
  subscribe('a', ['seen', 'soon']);
  expect((await client.next('snapshot')).items).toHaveLength(1);
  expect(await client.next('error')).toMatchObject({ id: 'a', code: 'sku_unknown', skus: ['soon'] });
  await world.receive('soon', 4);
  expect(await client.next('stock')).toMatchObject({ items: [{ sku: 'soon', available: 4, version: 1 }] });
});

test('the same SKU of another store is another SKU', async () => {
  await world.receive('shared', 1);
  await world.receive('shared', 50, world.second);
  subscribe('a', ['shared']);
  expect((await client.next('snapshot')).items).toMatchObject([{ available: 1 }]); // I6
  await world.receive('shared', 50, world.second);
  await world.receive('shared', 1);
  expect((await client.next('stock')).items).toMatchObject([{ available: 2 }]);
  expect(client.messages.flatMap(({ items }) => items ?? []).some(({ available }) => available >= 50)).toBe(false);
});

test('after unsubscribe nothing more comes, unless another subscription wants it', async () => {
  subscribe('a', ['seen']);
  await client.next('snapshot');
  subscribe('b', ['seen', 'also']);
  await client.next('snapshot');
  client.say({ type: 'unsubscribe', id: 'a' });
  await world.receive('seen', 1);
  expect((await client.next('stock')).items).toMatchObject([{ sku: 'seen' }]);
  client.say({ type: 'unsubscribe', id: 'b' });
  client.say({ type: 'ping' });
  await client.next('pong');
  const before = client.messages.length;
  await world.clock.advance(100);
  await world.receive('seen', 1);
  await world.receive('also', 1);
  await world.clock.advance(1_000);
  client.say({ type: 'ping' });
  await client.next('pong');
  expect(client.messages.length).toBe(before + 1);
});

test('a sign of life comes every 25 s', async () => {
  await world.clock.advance(25_000);
  expect(await client.next('heartbeat')).toMatchObject({ serverTime: expect.stringMatching(/Z$/) });
});

describe('when the server cannot follow', () => {
  test('sockets stay and are told; afterwards they get what they missed', async () => {
    subscribe('a', ['seen']);
    await client.next('snapshot');
    world.readiness = { ready: false, why: 'the log is away' };
    await world.clock.advance(500);
    expect(await client.next('stale')).toMatchObject({ why: 'the log is away' });
    const late = await LiveClient.greeted(world.gateway.url, world.demo.publishableKey);
    expect(await late.next('stale')).toMatchObject({ why: 'the log is away' });
    late.close();
    world.readiness = { ready: true };
    await world.clock.advance(500);
    await client.next('fresh');
    await world.receive('seen', 1);
    await client.next('stock');
  });
});

describe('who may connect', () => {
  const opens = (headers: Record<string, string>): Promise<number | 'open'> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/live`, { headers });
      socket.once('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.once('unexpected-response', (request, response) => {
        request.destroy();
        resolve(response.statusCode ?? 0);
      });
      socket.on('error', () => {});
    });

  test.each([
    ['a program without origin', {}, 'open'],
    ['a page of an allowed origin', { origin: 'https://shop.example' }, 'open'],
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a page whose origin is hidden', { origin: 'null' }, 403],
  ] as const)('%s', async (_, headers, expected) => {
    expect(await opens({ ...headers })).toBe(expected);
  });

  test('a page of the same host', async () => {
    expect(await opens({ origin: world.gateway.url })).toBe('open');
  });
});

test('sockets and what they watch are counted, and gone when they close', async () => {
  const metric = async (name: string): Promise<number> => Number(/ (\d+)$/m.exec(await world.registry.getSingleMetricAsString(name))?.[1]);
  const before = await metric('onhand_live_sockets');
  const another = await LiveClient.greeted(world.gateway.url, world.demo.publishableKey);
  expect(await metric('onhand_live_sockets')).toBe(before + 1);
  another.close();
  await until(
    'the closed socket is no longer counted',
    () => metric('onhand_live_sockets'),
    (count) => count === before,
  );
});
