/**
 * Reads the first value of a topic, many sockets sharing one read. Bounded: at most so many reads are in
 * flight, the others wait their turn. A read that cannot be answered now is tried again for as long as
 * somebody watches.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Topic } from './topic.ts';

export type ItemRead =
  | { readonly kind: 'item'; readonly version: number; readonly item: unknown }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'later'; readonly retryAfterMs: number };

export type ReadItem = (topic: Pick<Topic, 'channel' | 'store' | 'id'>, done: (read: ItemRead) => void) => void;

export const topicReadLimits = { inFlightMax: 1_000, retryMinMs: 200, retryMaxMs: 5_000 } as const;

export class TopicReads {
  readonly #read: ReadItem;
  readonly #clock: Clock;
  readonly #found: (topic: Topic, version: number, item: unknown) => void;
  /** Waiting or in flight or waiting for another try; each topic once. */
  readonly #wanted = new Set<Topic>();
  readonly #turn: Topic[] = [];
  readonly #retries = new Map<Topic, () => void>();
  #inFlight = 0;
  #closed = false;

  constructor(read: ReadItem, clock: Clock, found: (topic: Topic, version: number, item: unknown) => void) {
    this.#read = read;
    this.#clock = clock;
    this.#found = found;
  }

  start(topic: Topic): void {
    if (this.#wanted.has(topic)) return;
    this.#wanted.add(topic);
    this.#turn.push(topic);
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
  }

  #pump(): void {
    while (!this.#closed && this.#inFlight < topicReadLimits.inFlightMax) {
      const topic = this.#turn.shift();
      if (topic === undefined) return;
      if (topic.subscriptions.size === 0) this.#wanted.delete(topic);
      else this.#ask(topic);
    }
  }

  #ask(topic: Topic): void {
    this.#inFlight += 1;
    this.#read(topic, (read) => {
      this.#inFlight -= 1;
      this.#answered(topic, read);
      this.#pump();
    });
  }

  #answered(topic: Topic, read: ItemRead): void {
    if (read.kind === 'later' && topic.subscriptions.size > 0) return this.#again(topic, read.retryAfterMs);
    this.#wanted.delete(topic);
    if (read.kind === 'item') this.#found(topic, read.version, read.item);
    // The feed may have brought a newer value meanwhile; then the read was news to nobody.
    if (topic.state === 'reading') topic.settle(topic.version >= 0 ? 'known' : 'unknown');
  }

  #again(topic: Topic, retryAfterMs: number): void {
    if (this.#closed) return;
    const waitMs = Math.min(topicReadLimits.retryMaxMs, Math.max(topicReadLimits.retryMinMs, retryAfterMs));
    this.#retries.set(
      topic,
      this.#clock.after(waitMs, () => {
        this.#retries.delete(topic);
        this.#wanted.delete(topic);
        if (topic.subscriptions.size > 0) this.start(topic);
      }),
    );
  }
}
