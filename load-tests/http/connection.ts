/**
 * One keep-alive HTTP/1.1 connection. One request is in flight at a time: the server closes a
 * connection that pipelines while an answer is still being decided, and buyers do not pipeline either.
 *
 * C1. Every `exchange` ends exactly once: an answer, or `lost` with the reason. It never throws.
 * C2. After `lost` the connection is closed and stays so; whether the request took effect is unknown.
 */
import { type Socket, connect } from 'node:net';
import { type HttpResponse, ResponseParser } from './response-parser.ts';

export type Exchange =
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  /** `sent`: bytes may have reached the server, so the outcome is unknown. */
  | { readonly kind: 'lost'; readonly reason: 'unreachable' | 'closed' | 'timeout' | 'unreadable'; readonly sent: boolean };

export interface Address {
  readonly host: string;
  readonly port: number;
}

export class Connection {
  readonly #socket: Socket;
  readonly #parser = new ResponseParser();
  readonly opened: Promise<boolean>;
  #waiting: ((exchange: Exchange) => void) | null = null;
  #closed = false;
  #connected = false;

  constructor(address: Address) {
    this.#socket = connect({ host: address.host, port: address.port, noDelay: true });
    this.opened = new Promise((resolve) => {
      this.#socket.once('connect', () => {
        this.#connected = true;
        resolve(true);
      });
      this.#socket.once('close', () => resolve(false));
    });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', () => this.#lose('closed'));
    this.#socket.on('close', () => this.#lose('closed'));
  }

  get usable(): boolean {
    return !this.#closed && this.#waiting === null;
  }

  /** Waits for the answer for at most `timeoutMs`, then closes the connection. */
  exchange(request: string, timeoutMs: number): Promise<Exchange> {
    if (!this.usable) return Promise.resolve({ kind: 'lost', reason: 'closed', sent: false });
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#lose('timeout'), timeoutMs);
      this.#waiting = (exchange) => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(exchange); // C1
      };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#lose('closed');
  }

  #read(chunk: Buffer): void {
    try {
      for (const response of this.#parser.push(chunk)) this.#receive(response);
    } catch {
      this.#lose('unreadable');
    }
  }

  #receive(response: HttpResponse): void {
    if (response.status < 200) return; // an interim answer; the real one follows
    const waiting = this.#waiting;
    if (waiting === null) {
      this.#lose('unreadable'); // an answer to nothing
      return;
    }
    waiting({ kind: 'answered', response });
    if (response.headers.get('connection')?.toLowerCase() === 'close') this.#lose('closed');
  }

  #lose(reason: 'closed' | 'timeout' | 'unreadable'): void {
    if (this.#closed) return;
    this.#closed = true; // C2
    this.#socket.destroy();
    this.#waiting?.({ kind: 'lost', reason: this.#connected ? reason : 'unreachable', sent: this.#connected });
  }
}
