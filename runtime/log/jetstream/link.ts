/**
 * The connection to the broker, and what is known about it at any moment.
 *
 * N1. It comes back by itself for ever, with jitter. The library keeps what was sent meanwhile and sends it on
 *     the next connection, possibly for the second time: nothing that writes is given to it while it is down.
 * N2. Every loss of the connection is a disturbance. Whoever has a write under way learns of it at once and
 *     cannot tell any more whether the broker's answer is about the first or the second sending.
 */
import { connect, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../../logger.ts';
import { LogUnavailable } from '../port.ts';

export interface LinkOptions {
  /** One or several servers of one cluster, separated by commas. */
  readonly url: string;
  readonly logger?: Logger | undefined;
  /** How long the first connection may take, trying again. */
  readonly openWithinMs?: number;
}

const openWithinDefaultMs = 10_000;
const openRetryMs = 200;
const connectTimeoutMs = 2_000;

/** The connection was lost, or was not there. `sent`: whether anything may have reached the broker. */
export class Disturbed extends Error {
  override readonly name = 'Disturbed';
  readonly sent: boolean;

  constructor(sent: boolean) {
    super(sent ? 'the connection to the broker was lost' : 'the broker is not connected');
    this.sent = sent;
  }
}

export class Link {
  readonly connection: NatsConnection;
  readonly #logger: Logger | undefined;
  #isUp = true;
  #losses = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(connection: NatsConnection, logger: Logger | undefined) {
    this.connection = connection;
    this.#logger = logger;
    void this.#watch();
  }

  /** Throws `LogUnavailable`. */
  static async open({ url, logger, openWithinMs = openWithinDefaultMs }: LinkOptions): Promise<Link> {
    const untilMs = performance.now() + openWithinMs;
    for (;;) {
      try {
        return new Link(await connectOnce(url), logger);
      } catch (error) {
        if (performance.now() >= untilMs)
          throw new LogUnavailable(`No broker answers at ${withoutSecrets(url)}: ${String(error)}.`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, openRetryMs));
      }
    }
  }

  get version(): string {
    return this.connection.info?.version ?? 'unknown';
  }

  /** Sends a request that writes. Throws `Disturbed`, or what the library throws for timeouts and no responders. */
  async write(subject: string, payload: Uint8Array, headers: MsgHdrs, timeoutMs: number): Promise<Msg> {
    if (!this.#isUp) throw new Disturbed(false); // N1
    return this.unlessLost(this.connection.request(subject, payload, { timeout: timeoutMs, headers }));
  }

  /** What is asked, or `Disturbed` as soon as the connection is lost. N2. */
  async unlessLost<T>(asked: Promise<T>): Promise<T> {
    asked.catch(() => {}); // its end may come after we have stopped waiting
    let disturb: () => void = () => {};
    const disturbed = new Promise<never>((_, reject) => {
      disturb = () => reject(new Disturbed(true));
    });
    this.#waiting.add(disturb);
    try {
      return await Promise.race([asked, disturbed]);
    } finally {
      this.#waiting.delete(disturb);
    }
  }

  /** How often the connection was lost so far: what was remembered of the store before may be about another one. */
  get losses(): number {
    return this.#losses;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.#isUp = false;
        this.#losses += 1;
        this.#logger?.warn({}, 'the connection to the broker is lost; connecting again');
        for (const disturb of [...this.#waiting]) disturb(); // N2
      } else if (status.type === 'reconnect') {
        this.#isUp = true;
        this.#logger?.info({}, 'connected to the broker again');
      }
    }
  }
}

function connectOnce(url: string): Promise<NatsConnection> {
  const servers = url.split(',');
  const { username, password } = new URL(servers[0]!);
  return connect({
    servers: servers.map((server) => new URL(server).host),
    ...(username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(servers.some((server) => server.startsWith('tls:')) ? { tls: {} } : {}),
    name: 'onhand log',
    timeout: connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    pingInterval: 2_000,
    maxPingOut: 2,
  });
}

function withoutSecrets(url: string): string {
  return url
    .split(',')
    .map((server) => new URL(server).host)
    .join(', ');
}
