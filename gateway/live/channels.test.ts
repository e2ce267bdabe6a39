/** Channels of what belongs to somebody: orders and carts. */
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LiveView } from '../../actors/kernel/index.ts';
import type { AnswerPosition, Envelope, LiveFeed, Outcome } from '../../runtime/router/port.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { type LiveShop, openLiveShop } from '../../testing/live-shop.ts';
import { cartLiveLimits } from '../carts/live.ts';
import type { Gateway } from '../gateway.ts';

const position: AnswerPosition = { incarnation: 'one', shard: 0, epoch: 1, frame: 1, index: 0 };
const clients: LiveClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function greeted(url: string, key: string, buyer?: string): Promise<LiveClient> {
  const client = await LiveClient.greeted(url, key, buyer);
  clients.push(client);
  return client;
}

describe('an order', () => {
  let world: GatewayWorld;
  let gateway: Gateway;
  let owner: string;
  let stranger: string;
  let ownerId: string;
  let tell: (views: readonly LiveView[]) => void = () => {};
  let outcome: Outcome | null = null;
  let asked = 0;

  const live: LiveFeed = {
    subscribe(listener) {
      tell = (views) => listener(views, position);
      return () => {};
    },
  };

  /** One order, of the owner. */
  function send({ actor, command }: Envelope, answer: (outcome: Outcome) => void): void {
    asked += 1;
    if (outcome !== null) return answer(outcome);
    const { buyer } = command as unknown as { buyer: string | null };
    const refuse = (code: string): void => answer({ kind: 'refused', refusal: { code }, position, at: 1 });
    if (actor.kind !== 'order' || actor.id !== 'order_1') return refuse('order_unknown');
    if (buyer !== null && buyer !== ownerId) return refuse('order_foreign');
    const reply = { type: 'order', orderId: 'order_1', status: 'pending', paymentStatus: 'none', number: null, version: 3 };
    answer({ kind: 'reply', reply, repeated: false, position, at: 1 });
  }

  beforeAll(async () => {
    world = await GatewayWorld.start();
    const anna = (await world.call('POST', '/v1/buyers', { key: world.demo.publishableKey })).body;
    owner = anna.token;
    ownerId = String(anna.buyerId);
    stranger = await world.newBuyer();
    gateway = await world.startGateway({ live, router: { send }, registry: new Registry() });
  });
  afterAll(async () => {
    await gateway.close();
    await world[Symbol.asyncDispose]();
  });

  const watch = (client: LiveClient, more = {}): void =>
    client.say({ type: 'subscribe', id: 'o', channel: 'order', orderId: 'order_1', ...more });
  const moved = (version: number, status: string): LiveView => ({
    channel: 'order',
    store: world.demo.storeId,
    id: 'order_1',
    version,
    item: { orderId: 'order_1', status, paymentStatus: 'captured', number: 7, version },
  });

  test('is shown to its buyer, and pushed as it moves on', async () => {
    const client = await greeted(gateway.url, world.demo.publishableKey, owner);
    watch(client);
    expect(await client.next('snapshot')).toMatchObject({ id: 'o', items: [{ orderId: 'order_1', status: 'pending', version: 3 }] });
    tell([moved(4, 'confirmed'), moved(5, 'shipped')]);
    expect(await client.next('order')).toMatchObject({ items: [{ orderId: 'order_1', status: 'shipped', number: 7, version: 5 }] });
  });

  test('is shown by the token in the subscription, and to the merchant', async () => {
    const anonymous = await greeted(gateway.url, world.demo.publishableKey);
    watch(anonymous, { token: owner });
    expect(await anonymous.next('snapshot')).toMatchObject({ items: [{ orderId: 'order_1' }] });
    const merchant = await greeted(gateway.url, world.demo.secretKey);
    watch(merchant);
    expect(await merchant.next('snapshot')).toMatchObject({ items: [{ orderId: 'order_1' }] });
  });

  test('of somebody else looks like one that does not exist (I6)', async () => {
    const client = await greeted(gateway.url, world.demo.publishableKey, stranger);
    watch(client);
    const foreign = await client.next('error');
    watch(client, { orderId: 'order_2' });
    const unknown = await client.next('error');
    expect(foreign).toMatchObject({ id: 'o', code: 'order_unknown' });
    expect(unknown).toEqual(foreign);
    tell([moved(6, 'delivered')]);
    client.say({ type: 'ping' });
    await client.next('pong');
    expect(client.messages.some(({ type }) => type === 'order')).toBe(false);
  });

  test('of a name that nothing can have is asked of nobody: such a name in a question spoils every other one beside it (I6)', async () => {
    const client = await greeted(gateway.url, world.demo.publishableKey, stranger);
    for (const more of [{ orderId: 'order_\0' }, { orderId: '\ud800' }, { channel: 'cart', cartId: 'cart_\n' }]) {
      asked = 0;
      watch(client, more);
      expect(await client.next('error')).toMatchObject({ id: 'o', code: 'message_invalid' });
      expect(asked).toBe(0);
    }
  });

  test('is shown to nobody in particular: a buyer is needed; a token of nobody ends the socket', async () => {
    const client = await greeted(gateway.url, world.demo.publishableKey);
    watch(client);
    expect(await client.next('error')).toMatchObject({ id: 'o', code: 'buyer_missing' });
    client.say({ type: 'subscribe', id: 'p', channel: 'order' });
    expect(await client.next('error')).toMatchObject({ id: 'p', code: 'message_invalid', field: '/orderId' });
    watch(client, { token: 'nobody' });
    expect(await client.next('error')).toMatchObject({ code: 'buyer_invalid' });
  });

  test('that cannot be read now may be asked for again', async () => {
    outcome = { kind: 'unavailable', code: 'not_ready', retryAfterMs: 100 };
    const client = await greeted(gateway.url, world.demo.publishableKey, owner);
    watch(client);
    expect(await client.next('error')).toMatchObject({ id: 'o', code: 'not_ready' });
    outcome = null;
    watch(client);
    expect(await client.next('snapshot')).toMatchObject({ items: [{ orderId: 'order_1' }] });
  });
});

describe('a cart', () => {
  let shop: LiveShop;
  beforeAll(async () => {
    shop = await openLiveShop();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  async function call(method: string, path: string, body: object | undefined, headers: Record<string, string>) {
    const response = await fetch(shop.url + path, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': `k${Math.random()}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  interface Shown {
    readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
    readonly problems: readonly { readonly code: string; readonly sku: string; readonly available: number }[];
  }

  test('is pushed to every tab when it changes, and when somebody else takes the units it wants', async () => {
    const key = { authorization: `Bearer ${shop.keys.publishableKey}` };
    const merchant = { authorization: `Bearer ${shop.keys.secretKey}` };
    const { token } = await call('POST', '/v1/buyers', undefined, key);
    const buyer = { ...key, 'onhand-buyer': String(token) };
    const { cartId } = await call('POST', '/v1/carts', { lines: [{ sku: 'mug-fog', quantity: 2 }] }, buyer);
    const tabs = await Promise.all([1, 2].map(() => greeted(shop.url, shop.keys.publishableKey, String(token))));
    for (const tab of tabs) {
      tab.say({ type: 'subscribe', id: 'c', channel: 'cart', cartId });
      expect(await tab.next('snapshot')).toMatchObject({ items: [{ cartId, lines: [{ sku: 'mug-fog', quantity: 2 }], problems: [] }] });
    }
    const newest = async (tab: LiveClient, isSo: (cart: Shown) => boolean): Promise<void> => {
      for (;;) {
        const { items } = await tab.next('cart');
        if ((items as unknown as Shown[]).some(isSo)) return;
      }
    };
    await call('PUT', `/v1/carts/${String(cartId)}/lines/mug-fog`, { quantity: 3 }, buyer);
    for (const tab of tabs) await newest(tab, ({ lines }) => lines[0]?.quantity === 3);
    const count = (location: string, onHand: number) => call('POST', '/v1/admin/stock/set', { sku: 'mug-fog', location, onHand }, merchant);
    await Promise.all([count('main', 1), count('attic', 0)]);
    for (const tab of tabs) await newest(tab, ({ problems }) => problems.some(({ code }) => code === 'insufficient_stock'));
    await count('main', 50);
    for (const tab of tabs) await newest(tab, ({ problems }) => problems.length === 0);
  });

  test('is one of at most so many that a socket may watch, however fast it asks', async () => {
    const key = { authorization: `Bearer ${shop.keys.publishableKey}` };
    const { token } = await call('POST', '/v1/buyers', undefined, key);
    const client = await greeted(shop.url, shop.keys.publishableKey, String(token));
    const ids: string[] = [];
    for (let n = 0; n <= cartLiveLimits.perSocketMax; n++)
      ids.push(String((await call('POST', '/v1/carts', {}, { ...key, 'onhand-buyer': String(token) })).cartId));
    for (const [n, cartId] of ids.entries()) client.say({ type: 'subscribe', id: `c${n}`, channel: 'cart', cartId });
    const { id } = await client.next('error');
    client.say({ type: 'unsubscribe', id: id === 'c0' ? 'c1' : 'c0' });
    client.say({ type: 'subscribe', id: 'again', channel: 'cart', cartId: ids[Number(id?.slice(1))] });
    for (let n = 0; n <= cartLiveLimits.perSocketMax; n++) await client.next('snapshot');
    expect(client.messages.filter(({ type }) => type === 'error')).toMatchObject([{ code: 'subscriptions_exceeded' }]);
  });

  test('of somebody else looks like one that does not exist (I6)', async () => {
    const key = { authorization: `Bearer ${shop.keys.publishableKey}` };
    const { token } = await call('POST', '/v1/buyers', undefined, key);
    const { token: other } = await call('POST', '/v1/buyers', undefined, key);
    const { cartId } = await call('POST', '/v1/carts', {}, { ...key, 'onhand-buyer': String(token) });
    const client = await greeted(shop.url, shop.keys.publishableKey, String(other));
    client.say({ type: 'subscribe', id: 'c', channel: 'cart', cartId });
    expect(await client.next('error')).toMatchObject({ id: 'c', code: 'cart_unknown' });
  });
});
