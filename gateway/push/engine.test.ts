/** The push engine on a manual clock, with sockets that do what the test says. */
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LiveView } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { GatewayMetrics } from '../metrics.ts';
import type { SendResult } from '../transport/port.ts';
import { PushEngine } from './engine.ts';
import type { PushTarget, Subscription } from './topic.ts';
import { type ItemRead, topicReadLimits } from './topic-reads.ts';

const position = { incarnation: 'one', shard: 0, epoch: 1, frame: 1, index: 0 };

class Target implements PushTarget {
  behind = false;
  readonly waiting: Subscription[] = [];
  readonly got: string[] = [];
  readonly bytes: Uint8Array[] = [];
  result: SendResult = 'sent';

  send(message: Uint8Array): SendResult {
    if (this.result === 'dropped') return 'dropped';
    this.bytes.push(message);
    const { items } = JSON.parse(Buffer.from(message).toString('utf8')) as { items: { sku: string; version: number }[] };
    this.got.push(items.map(({ sku, version }) => `${sku}@${version}`).join(' '));
    return this.result;
  }
}

class World {
  readonly clock = new ManualClock();
  readonly reads: { sku: string; done: (read: ItemRead) => void }[] = [];
  #listener: ((views: readonly LiveView[], at: typeof position) => void) | null = null;
  readonly engine = new PushEngine({
    clock: this.clock,
    metrics: new GatewayMetrics(new Registry()),
    live: {
      subscribe: (listener) => {
        this.#listener = listener;
        return () => (this.#listener = null);
      },
    },
    channels: new Map([['stock', { read: (_store, sku, done) => void this.reads.push({ sku, done }) }]]),
  });

  get isHeard(): boolean {
    return this.#listener !== null;
  }

  change(...changes: readonly (readonly [sku: string, version: number])[]): void {
    this.#listener?.(
      changes.map(([sku, version]) => ({ channel: 'stock', store: 's', id: sku, version, item: { sku, version, available: 1 } })),
      position,
    );
  }

  answer(sku: string, version: number): void {
    for (const read of this.reads.splice(0)) {
      if (read.sku === sku) read.done({ kind: 'item', version, item: { sku, version, available: 1 } });
      else this.reads.push(read);
    }
  }

  /** As a session does it: subscribed, read, snapshot sent. */
  watch(target: Target, sku: string, version = 1): Subscription {
    const subscription = this.engine.subscribe(target, 'stock', 's', sku);
    this.answer(sku, version);
    subscription.awaitsSnapshot = false;
    subscription.sentVersion = subscription.topic.version;
    return subscription;
  }
}

let world: World;
beforeEach(async () => {
  world = new World();
});
const settle = (): Promise<void> => world.clock.settle();

describe('when changes go out', () => {
  test('the first at once, the next after the interval, newest value only', async () => {
    const target = new Target();
    world.watch(target, 'a');
    await world.clock.advance(1_000);
    world.change(['a', 2]);
    await settle();
    expect(target.got).toEqual(['a@2']); // F1
    world.change(['a', 3]);
    world.change(['a', 4]);
    await settle();
    await world.clock.advance(limits.pushIntervalMs - 1);
    expect(target.got).toEqual(['a@2']);
    await world.clock.advance(1);
    expect(target.got).toEqual(['a@2', 'a@4']);
  });

  test('changes of one turn go out as one message', async () => {
    const target = new Target();
    for (const sku of ['a', 'b', 'c']) world.watch(target, sku);
    await world.clock.advance(1_000);
    world.change(['a', 2], ['c', 2]);
    await settle();
    expect(target.got).toEqual(['a@2 c@2']);
  });

  test('many sockets are served in turns, and share the bytes of each item', async () => {
    const targets = Array.from({ length: 1_200 }, () => new Target());
    for (const target of targets) world.watch(target, 'a');
    await world.clock.advance(1_000);
    let turns = 0;
    const { defer } = world.clock;
    world.clock.defer = (call) => {
      turns += 1;
      defer.call(world.clock, call);
    };
    world.change(['a', 2]);
    await settle();
    expect(targets.every(({ got }) => got.join() === 'a@2')).toBe(true);
    expect(turns).toBe(1 + Math.ceil(1_200 / limits.fanOutTurnSockets) - 1); // F2: the first turn is the planned one
    expect(new Set(targets.map(({ bytes }) => bytes[0])).size).toBe(1);
  });

  test('nobody watches: nothing is kept, nothing is read', async () => {
    world.change(['a', 2]);
    await settle();
    expect(world.engine.topicCount).toBe(0);
    const target = new Target();
    world.engine.unsubscribe(world.watch(target, 'a'));
    expect(world.engine.topicCount).toBe(0); // I7
    world.change(['a', 9]);
    await settle();
    expect(target.got).toEqual([]);
  });
});

describe('versions', () => {
  test('only rise: an older value after a newer one is dropped', async () => {
    const target = new Target();
    world.watch(target, 'a', 5);
    world.change(['a', 4]);
    world.change(['a', 5]);
    await settle();
    expect(target.got).toEqual([]); // F4
    world.change(['a', 6]);
    await world.clock.advance(100);
    expect(target.got).toEqual(['a@6']);
  });

  test('a change between the subscription and the answer of its read is in the snapshot, not lost', async () => {
    const target = new Target();
    const subscription = world.engine.subscribe(target, 'stock', 's', 'a');
    let isRead = false;
    world.engine.whenRead([subscription.topic], () => (isRead = true));
    world.change(['a', 7]);
    await settle();
    world.answer('a', 6); // the read was answered before the change
    expect(isRead).toBe(true);
    expect(target.got).toEqual([]); // still waits for its snapshot
    expect(JSON.parse(subscription.topic.text)).toMatchObject({ version: 7 }); // F5
  });
});

describe('a client that is behind', () => {
  test('gets the newest value of each SKU when it has caught up', async () => {
    const slow = new Target();
    const quick = new Target();
    for (const target of [slow, quick]) for (const sku of ['a', 'b']) world.watch(target, sku);
    await world.clock.advance(1_000);
    slow.result = 'buffered';
    world.change(['a', 2]);
    await settle();
    slow.result = 'sent';
    for (let version = 3; version <= 20; version++) {
      world.change(['a', version], ['b', version]);
      await world.clock.advance(100);
    }
    expect(slow.got).toEqual(['a@2']); // F3
    expect(slow.waiting).toHaveLength(2); // I7
    expect(quick.got).toHaveLength(19);
    world.engine.drained(slow);
    expect(slow.got).toEqual(['a@2', 'a@20 b@20']);
  });

  test('a message that was dropped is sent again, with what is newest then', async () => {
    const target = new Target();
    world.watch(target, 'a');
    await world.clock.advance(1_000);
    target.result = 'dropped';
    world.change(['a', 2]);
    await settle();
    expect(target.behind).toBe(true);
    world.change(['a', 3]);
    await world.clock.advance(100);
    target.result = 'sent';
    world.engine.drained(target);
    expect(target.got).toEqual(['a@3']);
  });

  test('what it no longer watches is not sent when it has caught up', async () => {
    const target = new Target();
    const subscription = world.watch(target, 'a');
    target.behind = true;
    world.change(['a', 2]);
    await settle();
    world.engine.unsubscribe(subscription);
    world.engine.drained(target);
    expect(target.got).toEqual([]);
    expect(target.waiting).toEqual([]);
  });
});

describe('reads', () => {
  test('many sockets share one', () => {
    for (let count = 0; count < 100; count++) world.engine.subscribe(new Target(), 'stock', 's', 'a');
    expect(world.reads).toHaveLength(1);
  });

  test('no more than so many at once; the others wait their turn', () => {
    const target = new Target();
    for (let count = 0; count < topicReadLimits.inFlightMax + 10; count++) world.engine.subscribe(target, 'stock', 's', `sku-${count}`);
    expect(world.reads).toHaveLength(topicReadLimits.inFlightMax); // I7
    world.answer('sku-0', 1);
    expect(world.reads.map(({ sku }) => sku)).toContain(`sku-${topicReadLimits.inFlightMax}`);
    expect(world.reads).toHaveLength(topicReadLimits.inFlightMax);
  });

  test('one that cannot be answered now is tried again while somebody watches', async () => {
    const subscription = world.engine.subscribe(new Target(), 'stock', 's', 'a');
    world.reads.shift()!.done({ kind: 'later', retryAfterMs: 500 });
    await world.clock.advance(499);
    expect(world.reads).toHaveLength(0);
    await world.clock.advance(1);
    expect(world.reads).toHaveLength(1);
    world.engine.unsubscribe(subscription);
    world.reads.shift()!.done({ kind: 'later', retryAfterMs: 500 });
    await world.clock.advance(10_000);
    expect(world.reads).toHaveLength(0);
  });

  test('an SKU nobody has received is known to be unknown until it is', async () => {
    const target = new Target();
    const subscription = world.engine.subscribe(target, 'stock', 's', 'a');
    let isRead = false;
    world.engine.whenRead([subscription.topic], () => (isRead = true));
    world.reads.shift()!.done({ kind: 'unknown' });
    expect([isRead, subscription.topic.state]).toEqual([true, 'unknown']);
    subscription.awaitsSnapshot = false;
    world.change(['a', 1]);
    await settle();
    expect(target.got).toEqual(['a@1']);
  });

  test('after a refresh, what changed unheard is pushed', async () => {
    const target = new Target();
    world.watch(target, 'a', 3);
    world.watch(target, 'b', 3);
    world.engine.refresh();
    world.answer('a', 3);
    world.answer('b', 4);
    await settle();
    expect(target.got).toEqual(['b@4']);
  });
});

test('after the end nothing is heard, read or sent', async () => {
  const target = new Target();
  world.watch(target, 'a');
  world.change(['a', 2]);
  world.engine.close();
  await world.clock.advance(1_000);
  expect(target.got).toEqual([]);
  expect(world.isHeard).toBe(false);
});
