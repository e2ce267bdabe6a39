/**
 * A buyer's open page: one WebSocket that follows one SKU, reconnecting when it is cut.
 *
 * L1. What the page shows never goes back: an older version after a newer one, within one life of the
 *     server, is reported as wrong. (Equal versions repeat harmlessly.)
 * L2. A page never shows more units than the merchant put on sale.
 */
import { WebSocket } from 'ws';
import { makeRandom } from '../random.ts';
import { nowMs } from '../measure/now.ts';

export interface WatcherOptions {
  readonly url: string;
  readonly publishableKey: string;
  readonly sku: string;
  readonly stock: number;
  readonly seed: number;
  readonly onPush: (latencyMs: number) => void;
  readonly onWrong: (what: string) => void;
}

interface StockItem {
  readonly sku: string;
  readonly available: number;
  readonly version: number;
  readonly asOf: string;
}

type Message =
  | { readonly type: 'welcome'; readonly incarnation?: string }
  | { readonly type: 'snapshot' | 'stock'; readonly items: readonly StockItem[] }
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | { readonly type: 'other' };

const reconnectMsMin = 100;
const reconnectMsMax = 1_000;

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #wakers = new Set<() => void>();
  readonly #readyWaiters = new Set<() => void>();
  #socket: WebSocket | null = null;
  #reconnect: NodeJS.Timeout | null = null;
  #closed = false;
  #shown: { readonly available: number; readonly version: number } | null = null;
  #incarnation = '';
  #tries = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** What the page shows now; null before the first snapshot. */
  get shown(): { readonly available: number; readonly version: number } | null {
    return this.#shown;
  }

  open(): void {
    const socket = new WebSocket(this.#options.url, { perMessageDeflate: false, handshakeTimeout: 10_000 });
    this.#socket = socket;
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', key: this.#options.publishableKey })));
    socket.on('message', (data) => this.#receive(socket, String(data)));
    socket.on('error', () => undefined); // 'close' follows and is where the loss is handled
    socket.on('close', () => this.#lost());
  }

  close(): void {
    this.#closed = true;
    if (this.#reconnect !== null) clearTimeout(this.#reconnect);
    this.#socket?.close(1000);
    this.#wake(this.#wakers);
    this.#wake(this.#readyWaiters);
  }

  /** Until the first snapshot, or the time is up. */
  ready(timeoutMs: number): Promise<boolean> {
    if (this.#shown !== null) return Promise.resolve(true);
    return this.#waitIn(this.#readyWaiters, timeoutMs);
  }

  /** Until the page shows units for sale, or the time is up. */
  untilUnits(timeoutMs: number): Promise<boolean> {
    return this.#waitIn(this.#wakers, timeoutMs);
  }

  #waitIn(waiters: Set<() => void>, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(wake);
        resolve(true);
      };
      const timer = setTimeout(() => {
        waiters.delete(wake);
        resolve(false);
      }, timeoutMs);
      waiters.add(wake);
    });
  }

  #receive(socket: WebSocket, text: string): void {
    const message = readMessage(text);
    if (message.type === 'welcome') this.#welcome(socket, message.incarnation ?? '');
    else if (message.type === 'snapshot' || message.type === 'stock') this.#show(message.items, message.type === 'stock');
    else if (message.type === 'error') this.#options.onWrong(`the live socket said ${message.code}: ${message.message}`);
  }

  #welcome(socket: WebSocket, incarnation: string): void {
    this.#tries = 0;
    if (incarnation !== this.#incarnation) this.#shown = null; // versions of another incarnation do not compare
    this.#incarnation = incarnation;
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', channel: 'stock', skus: [this.#options.sku] }));
  }

  #show(items: readonly StockItem[], pushed: boolean): void {
    const item = items.find((candidate) => candidate.sku === this.#options.sku);
    if (item !== undefined) {
      if (this.#shown !== null && item.version < this.#shown.version)
        this.#options.onWrong('a page showed an older version after a newer one'); // L1
      if (item.available > this.#options.stock) this.#options.onWrong('a page showed more units than exist'); // L2
      if (pushed) this.#options.onPush(nowMs() - Date.parse(item.asOf));
      this.#shown = { available: item.available, version: item.version };
      if (item.available > 0) this.#wake(this.#wakers);
    }
    this.#wake(this.#readyWaiters);
  }

  #wake(waiters: Set<() => void>): void {
    for (const waiter of [...waiters]) waiter();
  }

  #lost(): void {
    if (this.#closed) return;
    const random = makeRandom(this.#options.seed, this.#tries);
    const ceilingMs = Math.min(reconnectMsMax, reconnectMsMin * 2 ** this.#tries);
    this.#tries = Math.min(10, this.#tries + 1);
    this.#reconnect = setTimeout(() => this.open(), ceilingMs / 2 + (random.next() * ceilingMs) / 2);
  }
}

/** A push goes to every page in the same bytes, so the newest text is parsed once for all of them. */
let lastText = '';
let lastMessage: Message = { type: 'other' };

function readMessage(text: string): Message {
  if (text === lastText) return lastMessage;
  lastText = text;
  lastMessage = parseMessage(text);
  return lastMessage;
}

function parseMessage(text: string): Message {
  const value = JSON.parse(text) as { readonly type?: string };
  switch (value.type) {
    case 'welcome':
    case 'snapshot':
    case 'stock':
    case 'error':
      return value as Message;
    default:
      return { type: 'other' };
  }
}
