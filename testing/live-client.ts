/** A client of the live socket for tests: keeps every message, waits for the one that is wanted, with a bound. */
import { WebSocket } from 'ws';
import { until } from './until.ts';

export interface LiveMessage {
  readonly type: string;
  readonly id?: string;
  readonly code?: string;
  readonly items?: readonly { readonly sku: string; readonly available: number; readonly version: number; readonly asOf: string }[];
  readonly [more: string]: unknown;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class LiveClient {
  readonly messages: LiveMessage[] = [];
  closed: Closed | null = null;
  readonly socket: WebSocket;
  /** Messages before this one have been asked for. */
  #seen = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as LiveMessage));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on('error', () => {});
  }

  /** `url`: of the gateway. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(`${url.replace('http', 'ws')}/v1/live`, { headers }));
    await new Promise((resolve, reject) => client.socket.once('open', resolve).once('error', reject));
    return client;
  }

  static async greeted(url: string, key: string, buyer?: string): Promise<LiveClient> {
    const client = await LiveClient.open(url);
    client.say({ type: 'hello', key, ...(buyer === undefined ? {} : { buyer }) });
    await client.next('welcome');
    return client;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  /** The next message of this type after those asked for before. */
  async next(type: string): Promise<LiveMessage> {
    const index = await until(
      `a message of type ${type}`,
      () => this.messages.findIndex((message, at) => at >= this.#seen && message.type === type),
      (at) => at >= 0,
    ).catch((cause: Error) => {
      throw new Error(
        `${cause.message}; messages: ${JSON.stringify(this.messages).slice(0, 2_000)}; closed: ${JSON.stringify(this.closed)}`,
      );
    });
    this.#seen = index + 1;
    return this.messages[index]!;
  }

  end(): Promise<Closed> {
    return until(
      'the socket is closed',
      () => this.closed,
      (closed) => closed !== null,
    ).then((closed) => closed!);
  }

  close(): void {
    this.socket.terminate();
  }
}
