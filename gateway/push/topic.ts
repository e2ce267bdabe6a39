/** One thing that somebody watches (an SKU's stock, an order, a cart), and who does. Kept only while somebody does. */
import type { SendResult } from '../transport/port.ts';

/** Where items go: a socket, as the push engine sees it. */
export interface PushTarget {
  send(message: Uint8Array): SendResult;
  /** The client has not taken what was sent: items wait, newest value only, until it has. */
  behind: boolean;
  /** Subscriptions with something to send, each at most once. */
  readonly waiting: Subscription[];
}

export interface Subscription {
  readonly target: PushTarget;
  readonly topic: Topic;
  /** Highest version this target was sent. -1: nothing yet. */
  sentVersion: number;
  /** The snapshot has not been sent: it will carry whatever comes until then. */
  awaitsSnapshot: boolean;
  queued: boolean;
  ended: boolean;
}

export type TopicState = 'reading' | 'known' | 'unknown';

export class Topic {
  readonly key: string;
  readonly channel: string;
  readonly store: string;
  /** The SKU, order or cart. */
  readonly id: string;
  readonly subscriptions = new Set<Subscription>();
  state: TopicState = 'reading';
  version = -1;
  dirty = false;
  /** Called once when it is no longer `reading`. */
  whenRead: (() => void)[] = [];
  #item: unknown = null;
  #text: string | null = null;
  #message: Buffer | null = null;

  constructor(channel: string, store: string, id: string) {
    this.key = topicKey(channel, store, id);
    this.channel = channel;
    this.store = store;
    this.id = id;
  }

  /** True if it is news: versions only rise. */
  take(version: number, item: unknown): boolean {
    if (version <= this.version) return false;
    this.version = version;
    this.#item = item;
    this.#text = null;
    this.#message = null;
    return true;
  }

  /** The item as JSON: encoded once per version, however many sockets get it. */
  get text(): string {
    return (this.#text ??= JSON.stringify(this.#item));
  }

  /** A whole message with this item alone: shared bytes. */
  get message(): Buffer {
    return (this.#message ??= itemsMessage([this]));
  }

  settle(state: Exclude<TopicState, 'reading'>): void {
    this.state = state;
    const waiters = this.whenRead;
    this.whenRead = [];
    for (const waiter of waiters) waiter();
  }
}

/** Of topics of one channel. */
export function itemsMessage(topics: readonly Topic[]): Buffer {
  return Buffer.from(`{"type":"${topics[0]!.channel}","items":[${topics.map((topic) => topic.text).join(',')}]}`, 'utf8');
}

/** Neither a channel's name nor a store's id has a slash. */
export function topicKey(channel: string, store: string, id: string): string {
  return `${channel}/${store}/${id}`;
}
