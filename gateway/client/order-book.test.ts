/** The buyer's orders in the browser: one per press, kept over reloads, followed without going back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type FakeAnswer, FakeEnvironment, FakeStorage } from './fake-environment.ts';
import {
  type Api,
  type CheckoutBody,
  connectApi,
  connectLive,
  type Order,
  type OrderBook,
  orderBook,
  serverClock,
} from './onhand-client.js';

let environment: FakeEnvironment;
let api: Api;
let book: OrderBook;

function page(storage: FakeStorage): void {
  environment = new FakeEnvironment(storage);
  const clock = serverClock(environment);
  api = connectApi({ baseUrl: '', key: 'pk_demo', withBuyer: true, environment, clock, giveUpAfterMs: 2_000 });
  book = orderBook({ api, environment, scope: 'pk_demo' });
}

function answers(byCall: Record<string, FakeAnswer | (() => FakeAnswer)>): void {
  environment.answer = (request) => {
    if (request.url === '/v1/buyers') return { status: 201, body: { buyer: 'buyer_1', token: 't' } };
    const found = byCall[`${request.method} ${request.url}`] ?? { status: 404, body: { code: 'order_unknown' } };
    return typeof found === 'function' ? found() : found;
  };
}

const body: CheckoutBody = {
  lines: [{ sku: 'a', quantity: 1, absorbs: 'hold_1' }],
  email: 'anna@shop.example',
  shippingAddress: { name: 'Anna', line1: '1 Quay Street', city: 'London', postalCode: 'N1 1AA', country: 'GB' },
  paymentMethod: 'pm_card_visa',
};

function orderOf(version: number, more: Partial<Order> = {}): { status: number; body: Partial<Order> } {
  return { status: 200, body: { orderId: 'order_1', version, status: 'confirmed', paymentStatus: 'captured', ...more } };
}

function keysSent(): (string | undefined)[] {
  return environment.requests.filter(({ url }) => url === '/v1/checkouts').map(({ headers }) => headers?.['idempotency-key']);
}

/** Lets time pass until the call has come back. */
async function after<Value>(call: Promise<Value>, ms = 60_000): Promise<Value> {
  await environment.advance(ms);
  return call;
}

beforeEach(() => page(new FakeStorage()));

describe('a checkout', () => {
  it('is one order while its key is being worked on and when its answer is lost', async () => {
    const turns: FakeAnswer[] = [
      'network failure',
      { status: 409, headers: { 'retry-after': '1' }, body: { code: 'in_progress' } },
      { ...orderOf(7), status: 201 },
    ];
    answers({ 'POST /v1/checkouts': () => turns.shift() ?? 'network failure' });
    const answer = await after(book.checkout(body));
    expect(answer).toMatchObject({ ok: true, status: 201 });
    expect(new Set(keysSent()).size).toBe(1);
    expect(keysSent()).toHaveLength(3);
    const sent = environment.requests.filter(({ url }) => url === '/v1/checkouts');
    // a copy that comes late never buys a second time
    expect(sent.map(({ headers }) => headers?.['onhand-attempt'])).toEqual(['1', '1', '1']);
    expect(book.list().map(({ orderId }) => orderId)).toEqual(['order_1']);
  });

  it('is found again by a later page under the same key, and by one after that no more', async () => {
    answers({ 'POST /v1/checkouts': 'network failure' });
    const { storage } = environment;
    expect(await after(book.checkout(body))).toMatchObject({ ok: false, kind: 'unresolved' });
    const [key] = keysSent();
    page(storage);
    answers({ 'POST /v1/checkouts': orderOf(7) });
    const resumed = await after(api.resumeUnresolved());
    expect(book.note(resumed)).toEqual(['order_1']);
    expect(keysSent()).toEqual([key]);
    page(storage);
    expect(await after(api.resumeUnresolved())).toEqual([]);
    expect(book.list()).toHaveLength(1);
  });

  it('that was left open a quarter of an hour ago is not taken up again', async () => {
    answers({ 'POST /v1/checkouts': 'network failure' });
    await after(book.checkout(body));
    await environment.advance(15 * 60_000);
    expect(await after(api.resumeUnresolved())).toEqual([]);
  });

  it('with a declined card is kept, because another card can pay it; one that never came about is not', async () => {
    answers({ 'POST /v1/checkouts': { status: 402, body: { code: 'payment_failed', orderId: 'order_2' } } });
    await after(book.checkout(body));
    expect(book.list().map(({ orderId }) => orderId)).toEqual(['order_2']);
    answers({ 'POST /v1/checkouts': { status: 409, body: { code: 'cart_checked_out', orderId: 'order_3' } } });
    await after(book.checkout(body));
    expect(book.list()).toHaveLength(1);
    expect(new Set(keysSent()).size).toBe(2);
  });
});

describe('following an order', () => {
  it('tells each newer one once, asks seldom while nothing happens, and ends', async () => {
    let version = 3;
    answers({ 'GET /v1/orders/order_1': () => orderOf(version) });
    const seen: number[] = [];
    const following = book.follow('order_1', (answer) => {
      if (answer.ok) seen.push(answer.body.version);
    });
    await environment.advance(60_000);
    expect(seen).toEqual([3]);
    const asked = environment.requests.length;
    expect(asked).toBeLessThan(15);
    version = 5;
    following.askNow();
    await environment.advance(0);
    version = 4; // an older copy of the answer
    await environment.advance(10_000);
    expect(seen).toEqual([3, 5]);
    following.stop();
    const last = environment.requests.length;
    await environment.advance(60_000);
    expect(environment.requests).toHaveLength(last);
    expect(environment.timerCount).toBe(0);
  });

  it('asks every second or so while money is on its way', async () => {
    answers({ 'GET /v1/orders/order_1': orderOf(3, { paymentStatus: 'capturing' }) });
    const following = book.follow('order_1', () => {});
    await environment.advance(3_000);
    expect(environment.requests.length).toBeGreaterThanOrEqual(3);
    following.stop();
  });

  it('takes what an act has answered, and asks no more about an order of somebody else', async () => {
    answers({ 'GET /v1/orders/order_1': orderOf(3) });
    const seen: string[] = [];
    const following = book.follow('order_1', (answer) => void seen.push(answer.ok ? answer.body.status : 'refused'));
    await environment.advance(0);
    following.take(orderOf(4, { status: 'canceled' }).body as Order);
    following.take(orderOf(4, { status: 'canceled' }).body as Order);
    expect(seen).toEqual(['confirmed', 'canceled']);
    following.stop();
    book.follow('order_9', (answer) => void seen.push(answer.ok ? '' : answer.kind));
    await environment.advance(60_000);
    expect(seen.at(-1)).toBe('refused');
    expect(environment.timerCount).toBe(0);
  });
});

describe('following an order with a live socket', () => {
  it('asks when the socket tells of a newer version, and by itself while the socket is away', async () => {
    let version = 3;
    answers({ 'GET /v1/orders/order_1': () => orderOf(version) });
    const live = connectLive({ url: 'ws://shop/v1/live', key: 'pk_demo', environment });
    book = orderBook({ api, live, environment, scope: 'pk_demo' });
    const seen: number[] = [];
    const following = book.follow('order_1', (answer) => {
      if (answer.ok) seen.push(answer.body.version);
    });
    live.start();
    environment.socket.open();
    environment.socket.say({ type: 'welcome', incarnation: 'i1', heartbeatMs: 25_000 });
    environment.socket.say({ type: 'snapshot', id: 's1', items: [{ orderId: 'order_1', version: 3 }] });
    await environment.advance(20_000);
    expect(seen).toEqual([3]);
    expect(environment.requests.filter(({ method }) => method === 'GET').length).toBeLessThanOrEqual(2);
    version = 4;
    environment.socket.say({ type: 'order', items: [{ orderId: 'order_1', version: 4 }] });
    await environment.advance(0);
    expect(seen).toEqual([3, 4]);
    version = 5;
    environment.socket.drop();
    await environment.advance(0);
    expect(seen).toEqual([3, 4, 5]);
    following.stop();
    live.close();
    expect(environment.timerCount).toBe(0);
  });
});

describe('an act', () => {
  it('carries a key, and the same one until there is a verdict', async () => {
    const turns: FakeAnswer[] = ['network failure', orderOf(9, { status: 'canceled' })];
    answers({ 'POST /v1/orders/order_1/cancel': () => turns.shift() ?? 'network failure' });
    expect(await after(book.cancel('order_1'))).toMatchObject({ ok: true });
    const keys = environment.requests.filter(({ url }) => url.endsWith('/cancel')).map(({ headers }) => headers?.['idempotency-key']);
    expect(keys[0]).toBe(keys[1]);
  });
});
