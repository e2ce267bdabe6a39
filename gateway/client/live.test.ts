/** The live socket against a scripted server and a clock that only moves when told. */
import { describe, expect, it } from 'vitest';
import { FakeEnvironment } from './fake-environment.ts';
import { connectLive, type LiveConnection, type LiveEvent } from './onhand-client.js';

interface World {
  readonly environment: FakeEnvironment;
  readonly live: LiveConnection;
  readonly events: LiveEvent[];
}

function world(skus: readonly string[] = ['a', 'b']): World {
  const environment = new FakeEnvironment();
  const live = connectLive({ url: 'ws://shop/v1/live', key: 'pk_demo', buyer: () => 'buyer-token', environment });
  const events: LiveEvent[] = [];
  live.on((event) => events.push(event));
  live.watch(skus);
  live.start();
  return { environment, live, events };
}

function item(sku: string, available: number, version: number) {
  return { sku, available, version, asOf: '2026-03-01T12:00:00.000Z' };
}

function welcome({ environment }: World, incarnation = 'i1'): void {
  environment.socket.open();
  environment.socket.say({ type: 'welcome', session: 's', incarnation, heartbeatMs: 25_000 });
}

function snapshot({ environment }: World, ...items: ReturnType<typeof item>[]): void {
  environment.socket.say({ type: 'snapshot', id: environment.socket.last('subscribe')['id'], items });
}

function liveWorld(): World {
  const one = world();
  welcome(one);
  snapshot(one, item('a', 5, 3), item('b', 1, 1));
  return one;
}

function completes(events: readonly LiveEvent[]) {
  return events.filter((event) => event.type === 'complete');
}

describe('connecting', () => {
  it('greets with key and buyer, subscribes, and is live once the snapshot is there', () => {
    const one = world();
    expect(one.live.state).toBe('connecting');
    welcome(one);
    expect(one.environment.socket.sent[0]).toEqual({ type: 'hello', key: 'pk_demo', buyer: 'buyer-token' });
    expect(one.environment.socket.last('subscribe')).toEqual({ type: 'subscribe', id: 's1', channel: 'stock', skus: ['a', 'b'] });
    expect(one.live.state).toBe('connecting');
    snapshot(one, item('a', 5, 3), item('b', 1, 1));
    expect(one.live.state).toBe('live');
    expect(one.live.item('a')?.available).toBe(5);
  });

  it('gives a socket up that never greets back', async () => {
    const one = world();
    one.environment.socket.open();
    await one.environment.advance(10_000);
    expect(one.environment.sockets[0]?.closed).toBe(true);
    await one.environment.advance(250);
    expect(one.environment.sockets).toHaveLength(2);
  });

  it('says offline after three failures in a row and live again after a success', async () => {
    const one = world();
    for (let failure = 0; failure < 3; failure += 1) {
      one.environment.socket.drop();
      await one.environment.advance(10_000 * (failure === 2 ? 0 : 1));
    }
    expect(one.live.state).toBe('offline');
    one.live.retryNow();
    welcome(one);
    snapshot(one);
    expect(one.live.state).toBe('live');
  });

  it('splits what is watched so that no message comes near the size limit', () => {
    const skus = Array.from({ length: 900 }, (_, index) => `${'é'.repeat(60)}${index}`);
    const one = world(skus);
    welcome(one);
    const subscribes = one.environment.socket.sent.filter((message) => message['type'] === 'subscribe');
    expect(subscribes.flatMap((message) => message['skus'])).toEqual(skus);
    for (const message of subscribes) expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(16 * 1024);
  });

  it('refuses to watch more than one socket may', () => {
    const one = world();
    expect(() => one.live.watch(Array.from({ length: 999 }, (_, index) => `sku-${index}`))).toThrow('1000');
  });
});

describe('versions', () => {
  it('drops an item whose version is not higher than the known one', () => {
    const one = liveWorld();
    one.environment.socket.say({ type: 'stock', items: [item('a', 9, 2), item('a', 8, 3)] });
    expect(one.live.item('a')).toMatchObject({ available: 5, version: 3 });
    expect(one.live.counters.droppedLowerVersion).toBe(2);
  });

  it('takes the newest value across a gap of versions, since every value is whole', () => {
    const one = liveWorld();
    one.environment.socket.say({ type: 'stock', items: [item('a', 1, 40)] });
    expect(one.live.item('a')).toMatchObject({ available: 1, version: 40 });
    expect(one.live.state).toBe('live');
  });

  it('takes an update that overtakes the snapshot and drops the older snapshot item', () => {
    const one = world();
    welcome(one);
    one.environment.socket.say({ type: 'stock', items: [item('a', 2, 7)] });
    snapshot(one, item('a', 5, 3), item('b', 1, 1));
    expect(one.live.item('a')).toMatchObject({ available: 2, version: 7 });
  });

  it('ignores items nobody watches and messages that are not understood', () => {
    const one = liveWorld();
    one.environment.socket.say({ type: 'stock', items: [item('stranger', 1, 1), { sku: 'a' }] });
    one.environment.socket.onmessage?.({ data: 'not json' });
    one.environment.socket.say({ type: 'novelty' });
    expect(one.live.item('stranger')).toBeNull();
    expect(one.live.state).toBe('live');
  });
});

describe('reconnecting', () => {
  it('resumes by version and reports that nothing was missed', async () => {
    const one = liveWorld();
    await one.environment.advance(1_000);
    one.environment.socket.drop();
    expect(one.live.state).toBe('stale');
    expect(one.live.item('a')?.available).toBe(5);
    await one.environment.advance(250);
    welcome(one);
    expect(one.environment.socket.last('subscribe')['since']).toEqual({ a: 3, b: 1 });
    snapshot(one, item('a', 4, 6));
    expect(completes(one.events).at(-1)).toEqual({
      type: 'complete',
      complete: true,
      resumed: true,
      watched: 2,
      newer: 1,
      unchanged: 1,
      refused: 0,
      gapMs: 1_250,
    });
    expect(one.live.state).toBe('live');
    expect(one.live.counters.reconnects).toBe(1);
  });

  it('waits with full jitter from 250 ms up to 10 s', async () => {
    const one = world();
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure += 1) {
      one.environment.randoms.push(0.999);
      one.environment.socket.drop();
      waits.push(Math.round((one.live.retryAt ?? 0) - one.environment.wallMs()));
      await one.environment.advance(10_000);
    }
    expect(waits).toEqual([250, 500, 999, 1998, 3996, 7992, 9990, 9990, 9990]);
  });

  it('comes back when a restarting server has said to, and at once if it said nothing', async () => {
    const hinted = liveWorld();
    hinted.environment.socket.drop(1012, 'reconnect_in_ms=800');
    expect((hinted.live.retryAt ?? 0) - hinted.environment.wallMs()).toBe(800);
    const plain = liveWorld();
    plain.environment.socket.drop(1012);
    await plain.environment.advance(0);
    expect(plain.environment.sockets).toHaveLength(2);
  });

  it('stays away longer after it was closed for flooding or overload', () => {
    for (const code of [4008, 1013]) {
      const one = liveWorld();
      one.environment.randoms.push(0.5);
      one.environment.socket.drop(code, 'slow down');
      expect((one.live.retryAt ?? 0) - one.environment.wallMs()).toBe(1_000);
    }
  });

  it('declares a link dead when heartbeats stop', async () => {
    const one = liveWorld();
    await one.environment.advance(25_000);
    one.environment.socket.say({ type: 'heartbeat' });
    await one.environment.advance(37_000);
    expect(one.live.state).toBe('live');
    await one.environment.advance(500);
    expect(one.live.state).toBe('stale');
    expect(one.environment.sockets[0]?.closed).toBe(true);
  });

  it('lets a socket that was given up change nothing any more', async () => {
    const one = liveWorld();
    const old = one.environment.socket;
    await one.environment.advance(37_500);
    old.say({ type: 'stock', items: [item('a', 0, 99)] });
    old.drop();
    expect(one.live.item('a')?.version).toBe(3);
    await one.environment.advance(250);
    expect(one.environment.sockets).toHaveLength(2);
  });

  it('tries at once when the browser is online again', async () => {
    const one = liveWorld();
    one.environment.online = false;
    one.environment.socket.drop();
    expect(one.live.state).toBe('offline');
    one.environment.setOnline(true);
    expect(one.environment.sockets).toHaveLength(2);
  });

  it('leaves no timer behind when closed', () => {
    const one = liveWorld();
    one.live.close();
    expect(one.environment.timerCount).toBe(0);
    expect(one.environment.socket.closed).toBe(true);
    expect(one.live.state).toBe('offline');
  });
});

describe('another incarnation', () => {
  it('drops everything known at reconnect and asks without since', async () => {
    const one = liveWorld();
    one.environment.socket.drop();
    await one.environment.advance(250);
    welcome(one, 'i2');
    expect(one.live.item('a')).toBeNull();
    expect(one.environment.socket.last('subscribe')['since']).toBeUndefined();
    snapshot(one, item('a', 7, 1), item('b', 2, 1));
    expect(one.live.item('a')).toMatchObject({ available: 7, version: 1 });
    expect(completes(one.events).at(-1)).toMatchObject({ resumed: false, newer: 2 });
    expect(one.events).toContainEqual({ type: 'incarnation', incarnation: 'i2' });
  });

  it('is noticed on a live item too', () => {
    const one = liveWorld();
    one.environment.socket.say({ type: 'stock', incarnation: 'i2', items: [item('a', 7, 1)] });
    expect(one.live.item('a')).toBeNull();
    expect(one.live.state).toBe('stale');
    expect(one.environment.socket.last('unsubscribe')).toEqual({ type: 'unsubscribe', id: 's1' });
    snapshot(one, item('a', 7, 1), item('b', 2, 1));
    expect(one.live.state).toBe('live');
  });
});

describe('what is watched', () => {
  it('subscribes while connected only to what is new, and is live again when that is answered', () => {
    const one = liveWorld();
    one.live.watch(['b', 'c']);
    expect(one.environment.socket.last('subscribe')['skus']).toEqual(['c']);
    expect(one.live.state).toBe('stale');
    snapshot(one, item('c', 3, 1));
    expect(one.live.state).toBe('live');
  });

  it('ends a subscription when its last watcher has gone', () => {
    const one = liveWorld();
    const end = one.live.watch(['b', 'c']);
    snapshot(one, item('c', 3, 1));
    end();
    end();
    expect(one.environment.socket.last('unsubscribe')).toEqual({ type: 'unsubscribe', id: 's2' });
    expect(one.live.item('b')?.available).toBe(1);
    expect(one.live.item('c')).toBeNull();
  });

  it('reports as incomplete when the server refuses a part', () => {
    const one = world();
    welcome(one);
    one.environment.socket.say({ type: 'error', id: 's1', code: 'too_many_subscriptions', message: 'no' });
    expect(completes(one.events).at(-1)).toMatchObject({ complete: false, refused: 2 });
    expect(one.events).toContainEqual({ type: 'refused', code: 'too_many_subscriptions', message: 'no' });
  });
});

describe('what the server does not know', () => {
  it('keeps watching an SKU that was never received', () => {
    const one = world();
    welcome(one);
    snapshot(one, item('a', 5, 3));
    one.environment.socket.say({ type: 'error', id: 's1', code: 'sku_unknown', message: 'unknown', skus: ['b'] });
    expect(one.events).toContainEqual({ type: 'unknown', skus: ['b'] });
    expect(one.live.state).toBe('live');
    one.environment.socket.say({ type: 'stock', items: [item('b', 2, 1)] });
    expect(one.live.item('b')?.available).toBe(2);
  });

  it('goes on without a buyer whose token is refused', async () => {
    const one = world();
    one.environment.socket.open();
    one.environment.socket.drop(1008, 'buyer_invalid');
    await one.environment.advance(250);
    one.environment.socket.open();
    expect(one.environment.socket.sent[0]).toEqual({ type: 'hello', key: 'pk_demo' });
  });
});

describe('a server that cannot answer for its own stock', () => {
  it('is shown as stale until it says fresh', () => {
    const one = liveWorld();
    one.environment.socket.say({ type: 'stale' });
    expect(one.live.state).toBe('stale');
    one.environment.socket.say({ type: 'fresh' });
    expect(one.live.state).toBe('live');
  });
});

describe('a watched order', () => {
  const order = (version: number) => ({ orderId: 'order_1', status: 'confirmed', version });
  const moves = (one: World) => one.events.flatMap((event) => (event.type === 'order' ? [event.version] : []));

  it('is told of with its version, at first and as it moves on, until it is watched no more', () => {
    const one = liveWorld();
    const end = one.live.watchOrder('order_1');
    const subscription = one.environment.socket.last('subscribe');
    expect(subscription).toEqual({ type: 'subscribe', id: 's2', channel: 'order', orderId: 'order_1' });
    expect(one.live.state).toBe('stale');
    one.environment.socket.say({ type: 'snapshot', id: 's2', items: [order(3)] });
    expect(one.live.state).toBe('live');
    one.environment.socket.say({ type: 'order', items: [order(4)] });
    one.environment.socket.say({ type: 'order', items: [{ ...order(9), orderId: 'order_2' }] });
    end();
    expect(one.environment.socket.last('unsubscribe')).toEqual({ type: 'unsubscribe', id: 's2' });
    one.environment.socket.say({ type: 'order', items: [order(5)] });
    expect(moves(one)).toEqual([3, 4]);
  });

  it('is asked for again after a reconnect, and is not let go with the stock', async () => {
    const one = liveWorld();
    one.live.watchOrder('order_1');
    one.live.watch(['c'])();
    expect(one.environment.socket.sent.filter(({ type }) => type === 'unsubscribe')).toHaveLength(1);
    one.environment.socket.drop();
    await one.environment.advance(10_000);
    welcome(one);
    expect(one.environment.socket.last('subscribe')).toMatchObject({ channel: 'order', orderId: 'order_1' });
  });
});
