/**
 * An open page that shows one SKU, over the live socket.
 *
 * P1. What a page shows never goes back within one life of the server; it is counted when it does.
 * P2. A page that comes back says the version it has, and takes the snapshot for the proof that it missed nothing.
 */
import { type MessageEvent, WebSocket } from 'k6/websockets';
import { answersUnexpected, pagesCut, pushLagMs, versionsWentBack } from './metrics.ts';
import { settings } from './settings.ts';

export interface Shown {
  readonly available: number;
  readonly version: number;
}

interface Item extends Shown {
  readonly asOf: string;
}

interface Message {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  readonly items?: readonly Item[];
}

const normalClosure = 1000;

export class Page {
  readonly #sku: string;
  #socket: WebSocket | null = null;
  #shown: Shown | null = null;
  /** The newest snapshot has come since the socket was opened. */
  #whole = false;
  #onWhole: () => void = () => {};

  constructor(sku: string) {
    this.#sku = sku;
  }

  get shown(): Shown | null {
    return this.#shown;
  }

  get isWhole(): boolean {
    return this.#whole;
  }

  /** `onWhole`: the page shows the truth (again). */
  open(onWhole: () => void = () => {}): void {
    this.#whole = false;
    this.#onWhole = onWhole;
    const socket = new WebSocket(settings.liveUrl);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', key: settings.publishableKey }));
    socket.onmessage = (event) => {
      if (event !== undefined && this.#socket === socket) this.#receive(event);
    };
    socket.onerror = () => this.#lost(socket);
    socket.onclose = () => this.#lost(socket);
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null; // whatever comes now is no loss
    this.#whole = false;
    socket?.close(normalClosure);
  }

  #receive({ data }: MessageEvent): void {
    if (typeof data !== 'string') return;
    const message = JSON.parse(data) as Message;
    switch (message.type) {
      case 'welcome':
        return this.#subscribe();
      case 'snapshot':
        for (const item of message.items ?? []) this.#show(item);
        this.#whole = true;
        return this.#onWhole();
      case 'stock':
        for (const item of message.items ?? []) {
          pushLagMs.add(Date.now() - Date.parse(item.asOf));
          this.#show(item);
        }
        return;
      case 'error':
        answersUnexpected.add(1);
        return console.error(`the live socket said ${message.code}: ${message.message}`);
    }
  }

  /** P2. */
  #subscribe(): void {
    const since = this.#shown === null ? {} : { since: { [this.#sku]: this.#shown.version } };
    this.#socket?.send(JSON.stringify({ type: 'subscribe', id: '1', channel: 'stock', skus: [this.#sku], ...since }));
  }

  #show({ available, version }: Item): void {
    if (this.#shown !== null && version < this.#shown.version) versionsWentBack.add(1); // P1
    this.#shown = { available, version };
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#whole = false;
    pagesCut.add(1);
  }
}
