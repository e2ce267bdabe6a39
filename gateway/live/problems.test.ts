/** Every code of the live socket is reached by a message, and the socket stays or ends as the catalogue says. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { until } from '../../testing/until.ts';
import { type ProblemCode, problemCodes, problems } from '../problems.ts';

const unseen = new Set(problemCodes.filter((code) => problems[code].liveOnly === true || problems[code].closes !== undefined));

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start();
  await world.receive('kept', 1);
  await world.receive('other', 1);
});
afterAll(() => world[Symbol.asyncDispose]());

describe('a bad message on the live socket has one code', () => {
  let client: LiveClient;
  afterEach(() => client.close());
  const said = async (code: ProblemCode): Promise<void> => {
    expect(await client.next('error')).toMatchObject({ code, message: expect.stringContaining(problems[code].title) });
    unseen.delete(code);
    const { closes } = problems[code];
    if (closes === undefined) {
      client.say({ type: 'ping' });
      await client.next('pong');
    } else expect(await client.end()).toEqual({ code: closes, reason: code });
  };
  const greeted = async (): Promise<void> => {
    client = await LiveClient.greeted(world.gateway.url, world.demo.publishableKey);
  };
  const subscribe = (id: string, skus: readonly string[], channel = 'stock'): void => client.say({ type: 'subscribe', id, channel, skus });

  test('more than 16 kB', async () => {
    await greeted();
    client.say('x'.repeat(16 * 1024 + 1));
    await said('message_too_large');
  });

  test('text that is not JSON, and bytes', async () => {
    await greeted();
    client.say('hello?');
    await said('message_malformed');
    await greeted();
    client.say(new Uint8Array([1, 2, 3]));
    await said('message_malformed');
  });

  test('something else than hello first', async () => {
    client = await LiveClient.open(world.gateway.url);
    subscribe('a', ['kept']);
    await said('hello_required');
  });

  test('no hello within 10 s', async () => {
    client = await LiveClient.open(world.gateway.url);
    await world.clock.advance(10_000);
    await said('hello_late');
  });

  test('a wrong key, a wrong buyer', async () => {
    client = await LiveClient.open(world.gateway.url);
    client.say({ type: 'hello', key: 'pk_wrong' });
    await said('key_invalid');
    client = await LiveClient.open(world.gateway.url);
    client.say({ type: 'hello', key: world.demo.publishableKey, buyer: await world.newBuyer(world.second) });
    await said('buyer_invalid');
  });

  test('hello again', async () => {
    await greeted();
    client.say({ type: 'hello', key: world.demo.publishableKey });
    await said('hello_repeated');
  });

  test('more than 50 messages at once', async () => {
    await greeted();
    for (let count = 0; count < 60; count++) client.say({ type: 'ping' });
    expect(await client.end()).toEqual({ code: 4008, reason: 'flooded' });
    unseen.delete('flooded');
  });

  test('a message without what it needs', async () => {
    await greeted();
    client.say({ type: 'subscribe', id: 'a', channel: 'stock', skus: [] });
    await said('message_invalid');
    client.say({ type: 'dance' });
    await said('message_invalid');
  });

  test('a channel, a subscription that does not exist, one that does', async () => {
    await greeted();
    subscribe('a', ['kept'], 'prices');
    await said('channel_unknown');
    client.say({ type: 'unsubscribe', id: 'a' });
    await said('subscription_unknown');
    subscribe('a', ['kept']);
    subscribe('a', ['other']);
    await said('subscription_exists');
  });

  test('more than 1,000 SKUs', async () => {
    await greeted();
    for (let part = 0; part < 4; part++)
      subscribe(
        `p${part}`,
        Array.from({ length: 250 }, (_, index) => `many-${part}-${index}`),
      );
    subscribe('more', ['kept']);
    await until(
      'an error about the limit',
      () => client.messages.find(({ code }) => code === 'subscriptions_exceeded'),
      (found) => found?.id === 'more',
    );
    unseen.delete('subscriptions_exceeded');
  });

  test('a client that does not read is sent away after a while', async () => {
    await greeted();
    const long = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(60)}${index}`);
    for (const sku of long) await world.receive(sku, 1);
    subscribe('first', long);
    await client.next('snapshot');
    client.socket.pause();
    const gone = async (): Promise<boolean> => {
      for (let count = 0; count < 20 && client.socket.readyState === client.socket.OPEN; count++) subscribe(`s${Math.random()}`, long);
      await world.clock.advance(10_000);
      return (await world.registry.getSingleMetricAsString('onhand_live_closed_total')).includes('{code="1013"} 1');
    };
    await until('the server closes with 1013', gone, (closed) => closed, 20_000);
    unseen.delete('too_slow');
  });
});

test('every code of the live socket was reached', () => {
  expect([...unseen]).toEqual([]);
});
