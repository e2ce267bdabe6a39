/** Calls a pipeline as the transport would, without a socket: what is left is our own code. */
import { assert } from '../../../actors/kernel/index.ts';
import type { Answer, BodyResult, Exchange, IncomingRequest } from '../../../gateway/transport/port.ts';
import { type OpenPath, sku } from './path.ts';
import type { Load, Measured } from './load.ts';

/** As many as come in with one turn of the event loop under load. */
const together = 128;
const warmUpRequests = 100_000;
/** The best of many short looks is what the code costs; the rest is what else the machine does. */
const lookRequests = 16_384;

export async function driveInline({ handle }: Pick<OpenPath, 'handle'>, load: Load): Promise<Measured> {
  assert(handle !== null, 'there is a pipeline to call');
  const driver = new Driver(handle, load);
  while (driver.requests < warmUpRequests) await driver.together();
  const warm = driver.requests;
  await load.started();
  const startedMs = performance.now();
  let cpuMicrosBest = Number.POSITIVE_INFINITY;
  while (performance.now() - startedMs < load.seconds * 1_000) cpuMicrosBest = Math.min(cpuMicrosBest, await cpuMicrosOf(driver));
  return { requests: driver.requests - warm, errors: driver.errors, seconds: (performance.now() - startedMs) / 1_000, cpuMicrosBest };
}

async function cpuMicrosOf(driver: Driver): Promise<number> {
  const before = process.cpuUsage();
  for (let sent = 0; sent < lookRequests; sent += together) await driver.together();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / lookRequests;
}

class Driver {
  requests = 0;
  errors = 0;
  readonly #handle: (exchange: Exchange) => void;
  readonly #load: Load;
  #open = 0;
  #allAnswered: (() => void) | null = null;

  constructor(handle: (exchange: Exchange) => void, load: Load) {
    this.#handle = handle;
    this.#load = load;
  }

  /** Sends some requests at once and waits for their answers. */
  together(): Promise<void> {
    this.#open = together;
    const answered = new Promise<void>((resolve) => (this.#allAnswered = resolve));
    for (let index = 0; index < together; index += 1) this.#handle(this.#next());
    return answered;
  }

  #next(): Exchange {
    this.requests += 1;
    return new InlineExchange(this.#load, this.requests, (status) => {
      if (status !== 201) this.errors += 1;
      this.#open -= 1;
      if (this.#open === 0) this.#allAnswered!();
    });
  }
}

class InlineExchange implements Exchange {
  readonly request: IncomingRequest;
  readonly aborted = false;
  readonly #bytes: Buffer;
  readonly #answered: (status: number) => void;

  constructor({ key, buyers }: Load, number: number, answered: (status: number) => void) {
    this.#bytes = Buffer.from(`{"sku":"${sku}","quantity":1}`);
    this.#answered = answered;
    const headers = {
      authorization: `Bearer ${key}`,
      buyer: buyers.length === 0 ? '' : buyers[number % buyers.length]!,
      idempotencyKey: `key-${number}`,
      contentType: 'application/json',
      ifMatch: '',
      ifNoneMatch: '',
      traceparent: '',
      origin: '',
      host: 'localhost:8080',
      signature: '',
      attempt: '',
    };
    this.request = { method: 'POST', path: '/v1/holds', query: '', headers };
  }

  remoteAddress(): string {
    return '127.0.0.1';
  }

  readBody(_bytesMax: number, done: (result: BodyResult) => void): void {
    done({ kind: 'body', bytes: this.#bytes });
  }

  respond({ status }: Answer): void {
    this.#answered(status);
  }
}
