/**
 * A pool of connections to one server: as many requests at once as there are connections, the rest
 * wait in line. Deliberately small: no redirects, no compression, no cookies, nothing a virtual buyer
 * does not need, so that one core of generator can press a server.
 *
 * H1. Requests are sent in the order in which they were asked for; urgent ones go before the others.
 * H2. At most `connectionsMax` connections are open and `waitingMax` requests wait; one more throws.
 * H3. A request is sent once: sending again is the caller's decision, since only the caller knows its key.
 *     (A reused connection found closed before anything was sent on it does not count as sending.)
 */
import { type Address, Connection } from './connection.ts';
import { Fifo } from '../../runtime/shard/fifo.ts';
import { nowMs } from '../measure/now.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** How long this caller waits for the answer once sent. */
  readonly timeoutMs?: number;
  /** Does not stand in line behind the crowd for a connection: who has something to lose would have one. */
  readonly urgent?: boolean;
}

export type HttpOutcome = HttpTimes &
  (
    | { readonly kind: 'answered'; readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: string }
    /** `sent`: the request may have taken effect. */
    | { readonly kind: 'lost'; readonly reason: 'unreachable' | 'closed' | 'timeout' | 'unreadable'; readonly sent: boolean }
  );

export interface HttpTimes {
  /** When the caller wanted it sent: includes waiting for a free connection. */
  readonly askedAtMs: number;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

export interface HttpClientOptions {
  readonly address: Address;
  readonly connectionsMax: number;
  readonly waitingMax: number;
  readonly timeoutMs: number;
}

interface Waiting {
  readonly bytes: string;
  readonly timeoutMs: number;
  readonly askedAtMs: number;
  readonly resolve: (outcome: HttpOutcome) => void;
}

export function parseTarget(url: string): Address {
  const parsed = new URL(url);
  if (parsed.protocol !== 'http:') throw new Error(`only http:// targets are supported, not ${parsed.protocol}//`);
  return { host: parsed.hostname, port: parsed.port === '' ? 80 : Number(parsed.port) };
}

export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  readonly #urgent = new Fifo<Waiting>();
  readonly #ordinary = new Fifo<Waiting>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#busy.size;
  }

  request(request: HttpRequest): Promise<HttpOutcome> {
    if (this.#urgent.length + this.#ordinary.length >= this.#options.waitingMax) throw new Error('too many requests wait for a connection'); // H2
    return new Promise((resolve) => {
      (request.urgent === true ? this.#urgent : this.#ordinary).push({
        bytes: encodeRequest(this.#options.address, request),
        timeoutMs: request.timeoutMs ?? this.#options.timeoutMs,
        askedAtMs: nowMs(),
        resolve,
      });
      this.#startWaiting();
    });
  }

  close(): void {
    for (const connection of [...this.#idle, ...this.#busy]) connection.close();
    this.#idle.length = 0;
  }

  #startWaiting(): void {
    while (this.#busy.size < this.#options.connectionsMax) {
      const next = this.#urgent.shift() ?? this.#ordinary.shift(); // H1
      if (next === undefined) return;
      void this.#run(next);
    }
  }

  async #run(waiting: Waiting): Promise<void> {
    const connection = this.#take();
    this.#busy.add(connection);
    const sentAtMs = nowMs();
    const exchange = (await connection.opened)
      ? await connection.exchange(waiting.bytes, waiting.timeoutMs)
      : ({ kind: 'lost', reason: 'unreachable', sent: false } as const);
    this.#busy.delete(connection);
    if (connection.usable) this.#idle.push(connection);
    const times = { askedAtMs: waiting.askedAtMs, sentAtMs, endedAtMs: nowMs() };
    waiting.resolve(
      exchange.kind === 'answered'
        ? { ...times, kind: 'answered', status: exchange.response.status, headers: exchange.response.headers, body: exchange.response.body }
        : { ...times, ...exchange },
    );
    this.#startWaiting();
  }

  #take(): Connection {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.usable) return connection;
    }
    return new Connection(this.#options.address);
  }
}

export function encodeRequest(address: Address, request: HttpRequest): string {
  let head = `${request.method} ${request.path} HTTP/1.1\r\nHost: ${address.host}:${address.port}\r\n`;
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (/[\r\n]/.test(value)) throw new Error(`header ${name} would break the request`);
    head += `${name}: ${value}\r\n`;
  }
  if (request.body === undefined) return request.method === 'GET' ? `${head}\r\n` : `${head}Content-Length: 0\r\n\r\n`;
  const body = JSON.stringify(request.body);
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
