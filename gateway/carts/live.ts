/**
 * The channel `cart`: a cart with what stands between it and a checkout, pushed to every tab that shows it.
 *
 * L1. A cart is worked out again when it changes, when the stock of one of its lines changes, and now and then, because
 *     nobody says when a price does. At most once per `againMs`, the first time at once; a large one less often, so that
 *     no cart reads more than `linesPerSecondMax` (I7): each line is a question to its SKU.
 * L2. Its version on the socket is of its own making: it rises when what is shown changes, also when the cart does not.
 *     It follows the clock, so that it rises over restarts, too.
 */
import { actorId } from '../../actors/kernel/index.ts';
import type { CartReply } from '../../actors/cart/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LiveFeed } from '../../runtime/router/port.ts';
import type { Store } from '../../services/tenants/port.ts';
import type { Maybe } from '../../services/tenants/maybe.ts';
import { notRead, type NotRead, refusedAs } from '../live/channels.ts';
import type { PushChannel } from '../push/channel.ts';
import { topicKey } from '../push/topic.ts';
import { cartContext, type CartContext, type CartRouteDeps } from './deps.ts';
import { shownCart } from './shown.ts';

export interface CartChannelDeps extends CartRouteDeps {
  readonly live: LiveFeed;
  readonly clock: Clock;
  readonly store: (storeId: string) => Maybe<Store | null>;
}

export const cartLiveLimits = { againMs: 250, linesPerSecondMax: 200, perSocketMax: 10, pricesMs: 10_000, retryMs: 1_000 } as const;

export function cartChannel(deps: CartChannelDeps): PushChannel {
  const context = cartContext(deps);
  const listeners = new Listeners();
  deps.live.subscribe((views) => {
    if (listeners.isEmpty) return;
    for (const { channel, store, id } of views) listeners.tell(topicKey(channel, store, id));
  });
  return {
    perSocketMax: cartLiveLimits.perSocketMax,
    admit: async (store, id, buyer) => refusedAs(await context.actors.asked(actorId('cart', store, id), readAs(buyer)), 'cart_unknown'),
    read: (storeId, cartId, done) => {
      shown(deps, context, storeId, cartId).then(
        (found) => done('item' in found ? { kind: 'item', version: deps.clock.wallMs(), item: found.item } : found),
        () => done({ kind: 'later', retryAfterMs: cartLiveLimits.retryMs }),
      );
    },
    watch: (storeId, cartId, changed) => {
      const cart = new WatchedCart({ deps, context, listeners, storeId, cartId, changed });
      return () => cart.stop();
    },
  };
}

function readAs(buyer: string | null): { readonly type: 'read'; readonly buyer: string | null } {
  return { type: 'read', buyer };
}

interface Found {
  readonly skus: ReadonlySet<string>;
  readonly item: object;
  /** All that a page shows but the time: two that are the same need no message. */
  readonly text: string;
}

async function shown({ store, clock }: CartChannelDeps, context: CartContext, storeId: string, cartId: string): Promise<Found | NotRead> {
  const outcome = await context.actors.asked(actorId('cart', storeId, cartId), readAs(null));
  if (outcome.kind !== 'reply') return notRead(outcome);
  const known = await store(storeId);
  if (known === null) return { kind: 'unknown' };
  const cart = outcome.reply as CartReply;
  const item = (await shownCart(context, known, cart, clock.wallMs())) as { readonly serverTime: string };
  const { serverTime: _, ...lasting } = item;
  return { skus: new Set(cart.lines.map(({ sku }) => sku)), item, text: JSON.stringify(lasting) };
}

/** Who is to be told of a view, found without looking at everybody. */
class Listeners {
  readonly #byTopic = new Map<string, Set<WatchedCart>>();

  get isEmpty(): boolean {
    return this.#byTopic.size === 0;
  }

  tell(topic: string): void {
    for (const cart of this.#byTopic.get(topic) ?? []) cart.soon();
  }

  add(topic: string, cart: WatchedCart): void {
    const known = this.#byTopic.get(topic);
    if (known === undefined) this.#byTopic.set(topic, new Set([cart]));
    else known.add(cart);
  }

  remove(topic: string, cart: WatchedCart): void {
    const known = this.#byTopic.get(topic);
    known?.delete(cart);
    if (known?.size === 0) this.#byTopic.delete(topic);
  }
}

interface WatchedCartParts {
  readonly deps: CartChannelDeps;
  readonly context: CartContext;
  readonly listeners: Listeners;
  readonly storeId: string;
  readonly cartId: string;
  readonly changed: (version: number, item: unknown) => void;
}

class WatchedCart {
  readonly #parts: WatchedCartParts;
  /** What it listens to: itself, and the stock of its lines. */
  #topics: ReadonlySet<string>;
  #text = '';
  #version = 0;
  #cancel: (() => void) | null = null;
  #notBeforeMs = 0;
  #working = false;
  /** What is being worked out may be too old already. */
  #changedMeanwhile = false;
  #stopped = false;

  constructor(parts: WatchedCartParts) {
    this.#parts = parts;
    this.#topics = new Set();
    this.#listenTo(new Set());
    this.#again(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const topic of this.#topics) this.#parts.listeners.remove(topic, this);
  }

  #listenTo(skus: ReadonlySet<string>): void {
    const { listeners, storeId, cartId } = this.#parts;
    const topics = new Set([topicKey('cart', storeId, cartId), ...[...skus].map((sku) => topicKey('stock', storeId, sku))]);
    for (const topic of this.#topics) if (!topics.has(topic)) listeners.remove(topic, this);
    for (const topic of topics) listeners.add(topic, this);
    this.#topics = topics;
  }

  soon(): void {
    if (this.#working) this.#changedMeanwhile = true;
    else this.#again(this.#pauseMs);
  }

  get #pauseMs(): number {
    return Math.max(0, this.#notBeforeMs - this.#parts.deps.clock.monotonicMs());
  }

  #again(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#parts.deps.clock.after(ms, () => void this.#work());
  }

  async #work(): Promise<void> {
    const { deps, context, storeId, cartId, changed } = this.#parts;
    const { clock, logger } = deps;
    this.#working = true;
    this.#changedMeanwhile = false;
    const startedMs = clock.monotonicMs();
    this.#notBeforeMs = startedMs + cartLiveLimits.againMs;
    let waitMs: number = cartLiveLimits.pricesMs;
    try {
      const found = await shown(deps, context, storeId, cartId);
      if ('item' in found && !this.#stopped) {
        this.#notBeforeMs = startedMs + paceMsOf(found.skus.size);
        this.#listenTo(found.skus);
        if (found.text !== this.#text) {
          this.#text = found.text;
          this.#version = Math.max(this.#version + 1, clock.wallMs()); // L2
          changed(this.#version, found.item);
        }
      }
    } catch (cause) {
      logger.warn({ err: cause }, 'a watched cart could not be worked out');
      waitMs = cartLiveLimits.retryMs;
    }
    this.#working = false;
    if (this.#stopped) return;
    this.#again(this.#changedMeanwhile ? this.#pauseMs : Math.max(waitMs, this.#pauseMs));
  }
}

/** L1. */
function paceMsOf(lines: number): number {
  const { againMs, linesPerSecondMax } = cartLiveLimits;
  return Math.max(againMs, Math.ceil((lines * 1_000) / linesPerSecondMax));
}
