/**
 * One live socket: what its client may say, in which order, how often. Pushing is the engine's.
 *
 * S1. Nothing but `hello` is listened to before the key is known; the store comes from the key (I6).
 * S2. Every bad message has one documented code; codes that say so close the socket, with the code as reason.
 * S3. Bounded: message size and rate, subscriptions, the time until hello, the time a client may stay behind.
 * S4. What is somebody's (orders, carts) is shown to them and to the merchant alone; who they are is asked again with each
 *     subscription, from the token in it or the one in `hello`.
 */
import type { Logger } from 'pino';
import { limits } from '../../runtime/limits.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Tenants } from '../../services/tenants/port.ts';
import type { Buyers } from '../auth/buyers.ts';
import { type ProblemCode, problems } from '../problems.ts';
import type { PushChannel, PushChannels } from '../push/channel.ts';
import type { PushEngine } from '../push/engine.ts';
import type { PushTarget, Subscription } from '../push/topic.ts';
import type { LiveSocket, LiveSocketHandler, SendResult } from '../transport/port.ts';
import { clientMessageSchema, errorMessage, type Hello, type Subscribe } from './messages.ts';

export interface SessionDeps {
  readonly tenants: Tenants;
  readonly buyers: Buyers;
  readonly push: PushEngine;
  readonly channels: PushChannels;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly incarnation: string;
  /** What the server cannot do right now, in a sentence; null when it serves. */
  readonly staleWhy: () => string | null;
  readonly ended: (session: LiveSession) => void;
  readonly refused: (code: ProblemCode) => void;
}

/** `greeting`: the key is being looked up. */
type Phase =
  | { readonly kind: 'new'; readonly cancelTimer: () => void }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'open'; readonly store: string; readonly isMerchant: boolean; readonly buyer: string | null }
  | { readonly kind: 'ended' };

/** One thing on this socket, wanted by so many of its subscriptions. */
interface Watched {
  readonly subscription: Subscription;
  wantedBy: number;
}

export class LiveSession implements LiveSocketHandler, PushTarget {
  readonly waiting: Subscription[] = [];
  readonly id: string;
  behindSinceMs: number | null = null;
  readonly #deps: SessionDeps;
  readonly #socket: LiveSocket;
  #phase: Phase;
  #watched = new Map<string, Watched>();
  /** By subscription: the keys of what it wants in `#watched`. */
  #wants = new Map<string, readonly string[]>();
  #messagesLeft: number = limits.socketMessagesPerSecondMax;
  #messagesAtMs: number;

  constructor(deps: SessionDeps, socket: LiveSocket, id: string) {
    this.#deps = deps;
    this.#socket = socket;
    this.id = id;
    this.#messagesAtMs = deps.clock.monotonicMs();
    this.#phase = { kind: 'new', cancelTimer: deps.clock.after(limits.helloWithinMs, () => this.#refuse('hello_late')) };
  }

  // --- for the push engine ---------------------------------------------------------------------------

  get behind(): boolean {
    return this.behindSinceMs !== null;
  }

  set behind(behind: boolean) {
    if (!behind) this.behindSinceMs = null;
    else this.behindSinceMs ??= this.#deps.clock.monotonicMs();
  }

  send(message: Uint8Array): SendResult {
    return this.#socket.send(message);
  }

  // --- for whoever keeps all sessions ------------------------------------------------------------------

  get greeted(): boolean {
    return this.#phase.kind === 'open';
  }

  /** Something the client can do without: not sent to one that is behind. */
  notice(message: string | Uint8Array): void {
    if (this.#phase.kind === 'open' && !this.behind) this.#noteResult(this.#socket.send(message));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  tooSlow(): void {
    this.#refuse('too_slow');
  }

  // --- for the transport -------------------------------------------------------------------------------

  message(text: string | null, sizeBytes: number): void {
    if (this.#phase.kind === 'ended') return;
    if (!this.#mayTalk()) return this.#refuse('flooded'); // S3
    if (sizeBytes > limits.socketMessageBytesMax) return this.#refuse('message_too_large');
    const value = text === null ? undefined : parsed(text);
    if (value === undefined) return this.#refuse('message_malformed');
    const result = clientMessageSchema.safeParse(value);
    if (this.#phase.kind !== 'open' && !(result.success && result.data.type === 'hello')) return this.#refuse('hello_required'); // S1
    if (!result.success) return this.#invalid(value, result.error.issues[0]);
    switch (result.data.type) {
      case 'hello':
        return this.#hello(result.data);
      case 'subscribe':
        return this.#subscribe(result.data);
      case 'unsubscribe':
        return this.#unsubscribe(result.data.id);
      case 'ping':
        return this.#say('{"type":"pong"}');
    }
  }

  drained(): void {
    this.#deps.push.drained(this);
  }

  closed(): void {
    if (this.#phase.kind === 'new') this.#phase.cancelTimer();
    this.#phase = { kind: 'ended' };
    for (const { subscription } of this.#watched.values()) this.#deps.push.unsubscribe(subscription);
    this.#watched.clear();
    this.#wants.clear();
    this.#deps.ended(this);
  }

  // --- hello -------------------------------------------------------------------------------------------

  #hello(hello: Hello): void {
    if (this.#phase.kind !== 'new') return this.#sayError('hello_repeated');
    this.#phase.cancelTimer();
    this.#phase = { kind: 'greeting' };
    this.#greet(hello).catch((cause: unknown) => {
      this.#deps.logger.warn({ err: cause }, 'a live socket could not be greeted');
      this.#sayError('rows_unavailable');
      this.close(1013, 'rows_unavailable');
    });
  }

  async #greet({ key, buyer }: Hello): Promise<void> {
    const holder = await this.#deps.tenants.holderOf(key);
    if (holder === null) return this.#refuse('key_invalid');
    const known = buyer === undefined ? null : await this.#deps.buyers.buyerOf(buyer, holder.storeId);
    if (buyer !== undefined && known === null) return this.#refuse('buyer_invalid');
    if (this.#phase.kind !== 'greeting') return;
    this.#phase = { kind: 'open', store: holder.storeId, isMerchant: holder.kind === 'secret', buyer: known };
    this.#say(JSON.stringify({ type: 'welcome', session: this.id, incarnation: this.#deps.incarnation, heartbeatMs: limits.heartbeatMs }));
    const why = this.#deps.staleWhy();
    if (why !== null) this.#say(JSON.stringify({ type: 'stale', why }));
  }

  // --- subscriptions -----------------------------------------------------------------------------------

  #subscribe(wish: Subscribe): void {
    if (this.#phase.kind !== 'open') return;
    const { id, channel } = wish;
    const found = this.#deps.channels.get(channel);
    if (found === undefined) return this.#sayError('channel_unknown', id);
    const field = fieldOf[channel] ?? 'skus';
    const named = wish[field];
    if (named === undefined) return this.#sayError('message_invalid', id, { field: `/${field}` });
    if (this.#wants.has(id)) return this.#sayError('subscription_exists', id);
    const ids = typeof named === 'string' ? [named] : [...new Set(named)];
    const added = ids.filter((one) => !this.#watched.has(watchKey(channel, one))).length;
    if (this.#watched.size + added > limits.subscriptionsPerSocketMax || this.#wants.size >= limits.subscriptionsPerSocketMax)
      return this.#sayError('subscriptions_exceeded', id);
    this.#wants.set(id, []);
    if (found.admit === undefined) return this.#begin(wish, ids);
    this.#admitted(wish, found, ids[0]!).then(
      (code) => {
        if (code === null) return this.#begin(wish, ids);
        this.#wants.delete(id);
        if (problems[code].closes === undefined) this.#sayError(code, id);
        else this.#refuse(code);
      },
      (cause: unknown) => {
        this.#deps.logger.warn({ err: cause }, 'who may watch could not be told');
        this.#wants.delete(id);
        this.#sayError('rows_unavailable', id);
      },
    );
  }

  /** S4. */
  async #admitted({ token }: Subscribe, channel: PushChannel, id: string): Promise<ProblemCode | null> {
    if (this.#phase.kind !== 'open') return 'subscription_unknown';
    const { store, isMerchant } = this.#phase;
    let { buyer } = this.#phase;
    if (token !== undefined) buyer = await this.#deps.buyers.buyerOf(token, store);
    if (buyer === null && (!isMerchant || token !== undefined)) return token === undefined ? 'buyer_missing' : 'buyer_invalid';
    return (await channel.admit?.(store, id, buyer)) ?? null;
  }

  #begin({ id, channel, since }: Subscribe, ids: readonly string[]): void {
    if (this.#phase.kind !== 'open' || !this.#wants.has(id)) return; // it left, or let go meanwhile
    if (this.#hasTooMany(channel, ids)) {
      this.#wants.delete(id);
      return this.#sayError('subscriptions_exceeded', id);
    }
    this.#wants.set(
      id,
      ids.map((one) => watchKey(channel, one)),
    );
    const watched = ids.map((one) => this.#watch(channel, one));
    const topics = watched.map(({ subscription }) => subscription.topic);
    this.#deps.push.whenRead(topics, () => this.#snapshot(id, watched, since ?? {}));
  }

  /** S3. Asked when it begins: any number may have been asking to be admitted. */
  #hasTooMany(channel: string, ids: readonly string[]): boolean {
    const most = this.#deps.channels.get(channel)?.perSocketMax;
    if (most === undefined) return false;
    const added = ids.filter((one) => !this.#watched.has(watchKey(channel, one))).length;
    const watched = [...this.#watched.values()].filter(({ subscription }) => subscription.topic.channel === channel);
    return watched.length + added > most;
  }

  #watch(channel: string, id: string): Watched {
    if (this.#phase.kind !== 'open') throw new Error('only an open session watches');
    const key = watchKey(channel, id);
    const watched = this.#watched.get(key) ?? {
      subscription: this.#deps.push.subscribe(this, channel, this.#phase.store, id),
      wantedBy: 0,
    };
    watched.wantedBy += 1;
    this.#watched.set(key, watched);
    return watched;
  }

  #snapshot(id: string, watched: readonly Watched[], since: Readonly<Record<string, number>>): void {
    if (this.#phase.kind !== 'open' || !this.#wants.has(id)) return;
    const texts: string[] = [];
    const unknown: string[] = [];
    for (const { subscription } of watched) {
      const { topic } = subscription;
      subscription.awaitsSnapshot = false;
      if (topic.state === 'unknown') unknown.push(topic.id);
      else {
        const known = Object.hasOwn(since, topic.id) ? since[topic.id]! : -1;
        if (topic.version > known) texts.push(topic.text);
        subscription.sentVersion = Math.max(subscription.sentVersion, topic.version);
      }
    }
    this.#say(`{"type":"snapshot","id":${JSON.stringify(id)},"items":[${texts.join(',')}]}`);
    // The subscription stays: the item comes when the store first receives the SKU. (Orders and carts were there a moment ago.)
    if (unknown.length > 0) this.#sayError('sku_unknown', id, { skus: unknown });
  }

  #unsubscribe(id: string): void {
    const wanted = this.#wants.get(id);
    if (wanted === undefined) return this.#sayError('subscription_unknown', id);
    this.#wants.delete(id);
    for (const key of wanted) {
      const watched = this.#watched.get(key)!;
      watched.wantedBy -= 1;
      if (watched.wantedBy > 0) continue;
      this.#deps.push.unsubscribe(watched.subscription);
      this.#watched.delete(key);
    }
  }

  // --- saying things -----------------------------------------------------------------------------------

  /** Something the client cannot do without: if it does not fit any more, the client must start anew. */
  #say(message: string): void {
    this.#noteResult(this.#socket.send(message));
  }

  #noteResult(result: SendResult): void {
    if (result === 'buffered') this.behind = true;
    else if (result === 'dropped') this.#refuse('too_slow');
  }

  #sayError(code: ProblemCode, id?: string, more?: Readonly<Record<string, unknown>>): void {
    this.#say(errorMessage(code, id, more));
  }

  #invalid(value: unknown, issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): void {
    const id = (value as { id?: unknown } | null)?.id;
    this.#sayError('message_invalid', typeof id === 'string' && id.length <= 64 ? id : undefined, {
      field: `/${issue?.path.map(String).join('/') ?? ''}`,
      reason: issue?.message,
    });
  }

  /** S2. */
  #refuse(code: ProblemCode): void {
    const phase = this.#phase;
    if (phase.kind === 'ended') return;
    if (phase.kind === 'new') phase.cancelTimer();
    this.#deps.refused(code);
    this.#phase = { kind: 'ended' };
    if (code !== 'too_slow') this.#socket.send(errorMessage(code));
    this.#socket.close(problems[code].closes ?? 1008, code);
  }

  #mayTalk(): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    const earned = ((nowMs - this.#messagesAtMs) * limits.socketMessagesPerSecondMax) / 1_000;
    this.#messagesLeft = Math.min(limits.socketMessagesPerSecondMax, this.#messagesLeft + earned) - 1;
    this.#messagesAtMs = nowMs;
    return this.#messagesLeft >= 0;
  }
}

/** Which field names what is wanted. */
const fieldOf: Readonly<Record<string, 'skus' | 'orderId' | 'cartId'>> = { stock: 'skus', order: 'orderId', cart: 'cartId' };

function watchKey(channel: string, id: string): string {
  return `${channel}/${id}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
