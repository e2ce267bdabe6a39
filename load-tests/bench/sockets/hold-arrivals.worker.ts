/**
 * Buyers who arrive at a steady rate whether or not the ones before have been answered (an open loop), each asking for
 * one unit. A process of its own, so that what it waits for is the server.
 *
 * O1. A latency counts from the instant the buyer was to arrive, not from when there was a connection or a moment to
 *     send: a server that stands still is charged for everybody who came meanwhile.
 * O2. Whoever has no answer at the end counts as failed, with the time waited so far.
 * O3. One request at a time on each connection, connections in turn; the bytes of a request are not touched again
 *     before its answer, since the socket may still be sending them.
 */
import { connect, type Socket } from 'node:net';
import { Latencies } from '../../measure/latencies.ts';
import { seeAnswer } from './answer-end.ts';
import type { ArrivalsOrder, ArrivalsReport } from './hold-arrivals-wire.ts';
import { sharedNowMs } from './shared-clock.ts';

const tickMs = 1;
const lastAnswersWithinMs = 10_000;
const serialDigits = 10;
const waitingMaxAllowed = 2_000_000;
const readBuffer = Buffer.allocUnsafe(64 * 1024);

class Arrivals {
  readonly #order: ArrivalsOrder;
  readonly #latencies = new Latencies();
  /** Free connections, the one that has rested longest first. */
  readonly #free: Buyer[] = [];
  #freeFrom = 0;
  readonly #waitingSinceMs: number[] = [];
  #waitingFrom = 0;
  readonly #asking = new Set<Buyer>();
  #arrived = 0;
  #held = 0;
  #refused = 0;
  #failed = 0;
  #waitingMax = 0;
  #startMs = 0;
  #usageAtStart = process.cpuUsage();

  constructor(order: ArrivalsOrder) {
    this.#order = order;
  }

  async run(): Promise<void> {
    const { connections } = this.#order;
    const buyers = Array.from({ length: connections }, (_, index) => new Buyer(this, this.#order, index));
    await Promise.all(buyers.map(({ opened }) => opened));
    this.#free.push(...buyers);
    this.#usageAtStart = process.cpuUsage();
    this.#startMs = sharedNowMs();
    this.#tick();
  }

  #tick(): void {
    const { ratePerSecond, seconds } = this.#order;
    const due = Math.floor(Math.min(seconds, (sharedNowMs() - this.#startMs) / 1_000) * ratePerSecond);
    while (this.#arrived < due) {
      const meantAtMs = this.#startMs + ((this.#arrived + 1) * 1_000) / ratePerSecond;
      this.#arrived += 1;
      const buyer = this.#takeFree();
      if (buyer !== null) this.#ask(buyer, meantAtMs);
      else this.#waitingSinceMs.push(meantAtMs); // O1
    }
    const waiting = this.#waitingSinceMs.length - this.#waitingFrom;
    this.#waitingMax = Math.max(this.#waitingMax, waiting);
    if (waiting > waitingMaxAllowed) return fail('more buyers wait than there is room for');
    const sinceMs = sharedNowMs() - this.#startMs;
    const isOver = this.#arrived >= Math.floor(seconds * ratePerSecond);
    if (isOver && (this.#asking.size === 0 || sinceMs > seconds * 1_000 + lastAnswersWithinMs)) return this.#end();
    setTimeout(() => this.#tick(), tickMs);
  }

  answered(buyer: Buyer, status: number): void {
    this.#asking.delete(buyer);
    this.#latencies.record(sharedNowMs() - buyer.meantAtMs);
    if (status === 201) this.#held += 1;
    else if (status === 409) this.#refused += 1;
    else this.#failed += 1;
    const meantAtMs = this.#waitingSinceMs[this.#waitingFrom];
    if (meantAtMs === undefined) return void this.#free.push(buyer);
    this.#waitingFrom += 1;
    this.#ask(buyer, meantAtMs);
  }

  #ask(buyer: Buyer, meantAtMs: number): void {
    this.#asking.add(buyer);
    buyer.ask(meantAtMs);
  }

  #takeFree(): Buyer | null {
    const buyer = this.#free[this.#freeFrom];
    if (buyer === undefined) return null;
    this.#freeFrom += 1;
    if (this.#freeFrom > 10_000) {
      this.#free.splice(0, this.#freeFrom);
      this.#freeFrom = 0;
    }
    return buyer;
  }

  #end(): void {
    const nowMs = sharedNowMs();
    for (const { meantAtMs } of this.#asking) this.#latencies.record(nowMs - meantAtMs); // O2
    const waiting = this.#waitingSinceMs.slice(this.#waitingFrom);
    for (const meantAtMs of waiting) this.#latencies.record(nowMs - meantAtMs); // O2
    const { user, system } = process.cpuUsage(this.#usageAtStart);
    const { p50, p95, p99, max } = this.#latencies.percentiles() ?? { p50: 0, p95: 0, p99: 0, max: 0 };
    report({
      kind: 'ended',
      arrived: this.#arrived,
      held: this.#held,
      refused: this.#refused,
      failed: this.#failed + this.#asking.size + waiting.length,
      p50Ms: p50,
      p95Ms: p95,
      p99Ms: p99,
      maxMs: max,
      waitingMax: this.#waitingMax,
      cores: (user + system) / 1_000 / (nowMs - this.#startMs),
    });
  }
}

/** A connection; several buyers take turns on it. */
class Buyer {
  readonly opened: Promise<void>;
  meantAtMs = 0;
  readonly #arrivals: Arrivals;
  readonly #socket: Socket;
  readonly #requests: readonly Buffer[];
  readonly #serialAt: readonly number[];
  #asked = 0;
  #rest: Buffer | null = null;

  constructor(arrivals: Arrivals, order: ArrivalsOrder, number: number) {
    this.#arrivals = arrivals;
    const tokens = order.tokens.filter((_, index) => index % order.connections === number);
    const requests = tokens.map((token) => requestOf(order, token, number));
    this.#requests = requests.map(({ bytes }) => bytes);
    this.#serialAt = requests.map(({ serialAt }) => serialAt);
    const callback = (bytes: number): boolean => {
      this.#read(bytes);
      return true;
    };
    const { host, port } = order;
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } });
    this.opened = new Promise((resolve) => this.#socket.once('connect', resolve));
    this.#socket.on('error', (error) => fail(error.message));
    this.#socket.on('close', () => fail('the server closed a connection'));
  }

  ask(meantAtMs: number): void {
    this.meantAtMs = meantAtMs;
    const turn = this.#asked % this.#requests.length;
    this.#asked += 1;
    const request = this.#requests[turn]!;
    request.write(String(this.#asked).padStart(serialDigits, '0'), this.#serialAt[turn]!, 'latin1');
    this.#socket.write(request); // O3
  }

  #read(length: number): void {
    const bytes = this.#rest === null ? readBuffer : Buffer.concat([this.#rest, readBuffer.subarray(0, length)]);
    const end = this.#rest === null ? length : bytes.length;
    const seen = seeAnswer(bytes, end);
    this.#rest = seen === null ? Buffer.from(bytes.subarray(0, end)) : null;
    if (seen === null) return;
    if (seen.bytes !== end) return fail('the server sent more than one answer');
    this.#arrivals.answered(this, seen.status);
  }
}

function requestOf({ host, port, publishableKey, sku, keyPrefix }: ArrivalsOrder, token: string, connection: number) {
  const body = JSON.stringify({ sku, quantity: 1 });
  const before =
    `POST /v1/holds HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: Bearer ${publishableKey}\r\nOnhand-Buyer: ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nIdempotency-Key: ${keyPrefix}-${connection}-`;
  const bytes = Buffer.from(`${before}${'0'.repeat(serialDigits)}\r\n\r\n${body}`, 'latin1');
  return { bytes, serialAt: Buffer.byteLength(before, 'latin1') };
}

function report(what: ArrivalsReport): void {
  process.send?.(what);
}

/** A measurement that is not what it claims to be is none: nothing goes on after this. */
function fail(why: string): void {
  report({ kind: 'failed', why });
}

process.on('message', (order: ArrivalsOrder) => {
  new Arrivals(order).run().catch((cause: unknown) => fail(String(cause)));
});
process.on('disconnect', () => process.exit(0));
