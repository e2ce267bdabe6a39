/**
 * Live push: from acknowledged views to sockets.
 *
 * F1. The first change goes out at once, then at most one fan-out per max(50 ms, 2 x the last fan-out).
 * F2. A fan-out takes turns of at most 500 sockets, so that requests are served in between.
 * F3. A socket that is behind gets the newest value of each SKU once it has caught up, not the backlog;
 *     every result of a send is looked at.
 * F4. Versions sent to one socket only rise; nothing is ever sent that the log has not acknowledged (I4):
 *     items come from the live feed and from answered reads, both acknowledged.
 * F5. Nothing is missed between a snapshot and the first change: who watches is registered before the read.
 * F6. A channel of its own making (a cart, which changes with the stock of its lines) says itself what has changed,
 *     for as long as somebody watches; any other takes the views of the live feed as they are.
 *
 * Does not know what messages a client may send, or uWebSockets.
 */
import type { Clock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import type { LiveFeed } from '../../runtime/router/port.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { SendResult } from '../transport/port.ts';
import type { PushChannels } from './channel.ts';
import { itemsMessage, type PushTarget, type Subscription, Topic, topicKey } from './topic.ts';
import { type ReadItem, TopicReads } from './topic-reads.ts';

export interface PushDeps {
  readonly live: LiveFeed;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly channels: PushChannels;
}

export class PushEngine {
  readonly #deps: PushDeps;
  readonly #topics = new Map<string, Topic>();
  readonly #reads: TopicReads;
  readonly #stopFeed: () => void;
  /** How watching ends, of topics whose channel says itself what has changed. */
  readonly #watching = new Map<Topic, () => void>();
  #dirty: Topic[] = [];
  /** A fan-out is planned or running. */
  #busy = false;
  #notBeforeMs = 0;
  #cancelPlanned: (() => void) | null = null;
  #closed = false;

  constructor(deps: PushDeps) {
    this.#deps = deps;
    const read: ReadItem = (topic, done) => deps.channels.get(topic.channel)!.read(topic.store, topic.id, done);
    this.#reads = new TopicReads(read, deps.clock, (topic, version, item) => this.#changed(topic, version, item));
    this.#stopFeed = deps.live.subscribe((views) => {
      for (const view of views) {
        if (deps.channels.get(view.channel)?.watch !== undefined) continue; // F6
        const topic = this.#topics.get(topicKey(view.channel, view.store, view.id));
        if (topic !== undefined) this.#changed(topic, view.version, view.item);
      }
    });
  }

  get topicCount(): number {
    return this.#topics.size;
  }

  close(): void {
    this.#closed = true;
    this.#stopFeed();
    this.#cancelPlanned?.();
    this.#reads.close();
    for (const stop of this.#watching.values()) stop();
    this.#watching.clear();
  }

  /** The channel is one of those it was given. */
  subscribe(target: PushTarget, channel: string, store: string, id: string): Subscription {
    const known = this.#topics.get(topicKey(channel, store, id));
    const topic = known ?? new Topic(channel, store, id);
    const subscription: Subscription = { target, topic, sentVersion: -1, awaitsSnapshot: true, queued: false, ended: false };
    topic.subscriptions.add(subscription);
    if (known === undefined) {
      this.#topics.set(topic.key, topic); // F5: before the read
      const watching = this.#deps.channels.get(channel)?.watch?.(store, id, (version, item) => this.#changed(topic, version, item));
      if (watching !== undefined) this.#watching.set(topic, watching);
      this.#reads.start(topic);
    }
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    const { topic } = subscription;
    subscription.ended = true;
    topic.subscriptions.delete(subscription);
    if (topic.subscriptions.size > 0 || this.#topics.get(topic.key) !== topic) return;
    this.#topics.delete(topic.key);
    this.#watching.get(topic)?.();
    this.#watching.delete(topic);
  }

  /** Calls back once every topic is read; at once if they are. */
  whenRead(topics: readonly Topic[], done: () => void): void {
    const reading = topics.filter((topic) => topic.state === 'reading');
    let missing = reading.length;
    if (missing === 0) return done();
    const one = (): void => {
      missing -= 1;
      if (missing === 0) done();
    };
    for (const topic of reading) topic.whenRead.push(one);
  }

  /** Reads everything that is watched again: after a time in which changes may not have been heard. */
  refresh(): void {
    for (const topic of this.#topics.values()) this.#reads.start(topic);
  }

  /** The client has caught up: what waited goes now (F3). */
  drained(target: PushTarget): void {
    target.behind = false;
    this.#flush(target);
  }

  #changed(topic: Topic, version: number, item: unknown): void {
    if (!topic.take(version, item)) return; // F4
    if (topic.state !== 'known') topic.settle('known');
    if (topic.dirty) return;
    topic.dirty = true;
    this.#dirty.push(topic);
    this.#plan();
  }

  #plan(): void {
    if (this.#busy || this.#closed || this.#dirty.length === 0) return;
    this.#busy = true;
    const waitMs = this.#notBeforeMs - this.#deps.clock.monotonicMs();
    if (waitMs > 0) this.#cancelPlanned = this.#deps.clock.after(waitMs, () => this.#fanOut());
    else this.#deps.clock.defer(() => this.#fanOut()); // F1
  }

  #fanOut(): void {
    this.#cancelPlanned = null;
    const startedMs = this.#deps.clock.monotonicMs();
    const topics = this.#dirty;
    this.#dirty = [];
    const targets: PushTarget[] = [];
    for (const topic of topics) {
      topic.dirty = false;
      for (const subscription of topic.subscriptions) this.#queue(subscription, targets);
    }
    if (targets.length > 0) return this.#turn(targets, 0, startedMs);
    // What was read for snapshots alone is no fan-out: the next change still goes at once (F1).
    this.#busy = false;
    this.#plan();
  }

  #queue(subscription: Subscription, targets: PushTarget[]): void {
    if (subscription.awaitsSnapshot || subscription.queued || subscription.topic.version <= subscription.sentVersion) return;
    const { target } = subscription;
    subscription.queued = true;
    target.waiting.push(subscription);
    if (target.behind)
      this.#deps.metrics.conflated.inc(); // F3
    else if (target.waiting.length === 1) targets.push(target);
  }

  /** F2. */
  #turn(targets: readonly PushTarget[], from: number, startedMs: number): void {
    if (this.#closed) return;
    const to = Math.min(targets.length, from + limits.fanOutTurnSockets);
    for (let index = from; index < to; index++) this.#flush(targets[index]!);
    if (to < targets.length) return this.#deps.clock.defer(() => this.#turn(targets, to, startedMs));
    const tookMs = this.#deps.clock.monotonicMs() - startedMs;
    this.#deps.metrics.fanOut.observe(tookMs / 1_000);
    this.#deps.metrics.pushed.inc(targets.length);
    this.#notBeforeMs = startedMs + Math.max(limits.pushIntervalMs, 2 * tookMs); // F1
    this.#busy = false;
    this.#plan();
  }

  /** What the last socket was sent: the next one often wants the very same. */
  #lastTopics: readonly Topic[] = [];
  #lastVersions: readonly number[] = [];
  #lastMessage: Buffer = Buffer.alloc(0);

  #flush(target: PushTarget): void {
    if (target.behind || target.waiting.length === 0) return;
    if (target.waiting.length === 1) return this.#flushOne(target, target.waiting[0]!);
    const due = target.waiting.filter((subscription) => !subscription.ended && subscription.topic.version > subscription.sentVersion); // F4
    const result = due.length === 0 ? 'sent' : this.#sendEach(target, due);
    if (result === 'buffered' || result === 'dropped') target.behind = true;
    if (result === 'dropped') return; // F3: everything goes on waiting
    for (const subscription of target.waiting) subscription.queued = false;
    target.waiting.length = 0;
    for (const subscription of due) subscription.sentVersion = subscription.topic.version;
  }

  /** As `#flush`, for nearly everybody: one thing to send, and nothing to make for it. */
  #flushOne(target: PushTarget, subscription: Subscription): void {
    const { topic } = subscription;
    const isDue = !subscription.ended && topic.version > subscription.sentVersion; // F4
    const result = isDue ? target.send(topic.message) : 'sent';
    if (result === 'buffered' || result === 'dropped') target.behind = true;
    if (result === 'dropped') return; // F3: it goes on waiting
    subscription.queued = false;
    target.waiting.pop();
    if (isDue) subscription.sentVersion = topic.version;
  }

  /** One message per channel. What was sent before a message that was dropped may be sent again: versions tell. */
  #sendEach(target: PushTarget, due: readonly Subscription[]): SendResult {
    const channel = due[0]!.topic.channel;
    if (due.every(({ topic }) => topic.channel === channel)) return target.send(this.#messageOf(due));
    let worst: SendResult = 'sent';
    for (const name of new Set(due.map(({ topic }) => topic.channel))) {
      const result = target.send(itemsMessage(due.filter(({ topic }) => topic.channel === name).map(({ topic }) => topic)));
      if (result === 'dropped' || result === 'closed') return result;
      if (result === 'buffered') worst = result;
    }
    return worst;
  }

  #messageOf(due: readonly Subscription[]): Buffer {
    if (due.length === 1) return due[0]!.topic.message;
    const same =
      due.length === this.#lastTopics.length &&
      due.every(({ topic }, index) => topic === this.#lastTopics[index] && topic.version === this.#lastVersions[index]);
    if (same) return this.#lastMessage;
    this.#lastTopics = due.map(({ topic }) => topic);
    this.#lastVersions = this.#lastTopics.map(({ version }) => version);
    this.#lastMessage = itemsMessage(this.#lastTopics);
    return this.#lastMessage;
  }
}
