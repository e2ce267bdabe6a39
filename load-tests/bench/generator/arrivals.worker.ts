/**
 * Buyers who arrive at a steady rate whether or not the ones before have been answered (an open loop); each asks once. A
 * process of its own, so that what it waits for is the server, and as little of the machine as may be is taken from it.
 *
 * A1. A latency counts from the instant the buyer was to arrive, not from when there was a connection or a moment to
 *     send: a server that stands still is charged for everybody who came meanwhile.
 * A2. Who finds each connection taken waits for one, or leaves and is counted, as the order says.
 * A3. Of those who are given what they came for: who is told so in the first `rampSeconds`, while the line is still forming,
 *     counts as early, who is told after the end as late. Latencies are theirs, but for the early ones.
 * A4. Whoever has no answer when the run ends has failed, with the time waited so far.
 * A5. One request at a time on each connection, the one that has rested longest first. Where buyers wait for connections, all
 *     are open before the first buyer comes; where they leave, thousands may never be needed: each is opened when it is.
 */
import { connect, type Socket } from 'node:net';
import { Fifo } from '../../../runtime/shard/fifo.ts';
import { Latencies } from '../../measure/latencies.ts';
import { sharedNowMs } from '../shared-clock.ts';
import { seeAnswer } from './answer-end.ts';
import type { ArrivalsOrder, ArrivalsReport } from './arrivals-wire.ts';

const created = 201;
const tickMs = 1;
const lastAnswersWithinMs = 15_000;
const waitingMaxAllowed = 2_000_000;
const readBuffer = Buffer.allocUnsafe(64 * 1024);

class Arrivals {
  readonly #order: ArrivalsOrder;
  readonly #request: (number: number) => string;
  readonly #latencies = new Latencies();
  readonly #free = new Fifo<Connection>();
  #connections = 0;
  readonly #waitingSinceMs = new Fifo<number>();
  readonly #asking = new Set<Connection>();
  readonly #counts = { arrived: 0, turnedAway: 0, early: 0, done: 0, late: 0, refused: 0, failed: 0, waitingMax: 0 };
  #asked = 0;
  #startMs = 0;
  #usageAtStart = process.cpuUsage();

  constructor(order: ArrivalsOrder) {
    this.#order = order;
    this.#request = requestsOf(order);
  }

  async run(): Promise<void> {
    if (this.#order.whenBusy === 'waits') await this.#openAll(); // A5
    this.#usageAtStart = process.cpuUsage();
    this.#startMs = sharedNowMs();
    this.#tick();
  }

  async #openAll(): Promise<void> {
    const all = Array.from({ length: this.#order.connections }, () => new Connection(this, this.#order));
    await Promise.all(all.map((connection) => connection.opened()));
    this.#connections = all.length;
    for (const connection of all) this.#free.push(connection);
  }

  get #countedFromMs(): number {
    return this.#startMs + (this.#order.rampSeconds ?? 0) * 1_000;
  }

  get #endsAtMs(): number {
    return this.#countedFromMs + this.#order.seconds * 1_000;
  }

  #tick(): void {
    const { ratePerSecond, seconds, rampSeconds = 0 } = this.#order;
    const all = Math.floor((rampSeconds + seconds) * ratePerSecond);
    const due = Math.min(all, Math.floor(((sharedNowMs() - this.#startMs) / 1_000) * ratePerSecond));
    while (this.#counts.arrived < due) {
      this.#counts.arrived += 1;
      this.#letIn(this.#startMs + (this.#counts.arrived * 1_000) / ratePerSecond); // A1
    }
    const waiting = this.#waitingSinceMs.length;
    this.#counts.waitingMax = Math.max(this.#counts.waitingMax, waiting);
    if (waiting > waitingMaxAllowed) return fail('more buyers wait than there is room for');
    const isOver = this.#counts.arrived >= all;
    if (isOver && (this.#asking.size === 0 || sharedNowMs() > this.#endsAtMs + lastAnswersWithinMs)) return this.#end();
    setTimeout(() => this.#tick(), tickMs);
  }

  #letIn(meantAtMs: number): void {
    const connection = this.#takeFree();
    if (connection !== null) this.#ask(connection, meantAtMs);
    else if (this.#order.whenBusy === 'waits') this.#waitingSinceMs.push(meantAtMs);
    else this.#counts.turnedAway += 1; // A2
  }

  #ask(connection: Connection, meantAtMs: number): void {
    this.#asked += 1;
    this.#asking.add(connection);
    connection.ask(this.#request(this.#asked), meantAtMs);
  }

  answered(connection: Connection, status: number): void {
    this.#asking.delete(connection);
    this.#count(status, connection.meantAtMs);
    const meantAtMs = this.#waitingSinceMs.shift();
    if (meantAtMs === undefined) this.#free.push(connection);
    else this.#ask(connection, meantAtMs);
  }

  #count(status: number, meantAtMs: number): void {
    const nowMs = sharedNowMs();
    if (status !== created) this.#counts.refused += 1;
    else if (nowMs < this.#countedFromMs) this.#counts.early += 1;
    else {
      this.#latencies.record(nowMs - meantAtMs);
      if (nowMs > this.#endsAtMs) this.#counts.late += 1;
      else this.#counts.done += 1;
    }
  }

  /** The server closed it, or there is none. */
  closed(connection: Connection): void {
    this.#connections -= 1;
    if (!this.#asking.delete(connection)) return;
    this.#counts.failed += 1;
    const meantAtMs = this.#waitingSinceMs.shift();
    if (meantAtMs !== undefined) this.#letIn(meantAtMs);
  }

  #takeFree(): Connection | null {
    for (let connection = this.#free.shift(); connection !== undefined; connection = this.#free.shift()) {
      if (connection.isOpen) return connection;
    }
    if (this.#connections >= this.#order.connections) return null;
    this.#connections += 1;
    return new Connection(this, this.#order);
  }

  #end(): void {
    const nowMs = sharedNowMs();
    const never = [...[...this.#asking].map(({ meantAtMs }) => meantAtMs), ...this.#waitingSinceMs];
    for (const meantAtMs of never) this.#latencies.record(nowMs - meantAtMs); // A4
    const { user, system } = process.cpuUsage(this.#usageAtStart);
    const { p50, p95, p99, max } = this.#latencies.percentiles() ?? { p50: 0, p95: 0, p99: 0, max: 0 };
    report({
      kind: 'ended',
      ...this.#counts,
      failed: this.#counts.failed + never.length,
      donePerSecond: this.#counts.done / this.#order.seconds,
      p50Ms: p50,
      p95Ms: p95,
      p99Ms: p99,
      maxMs: max,
      generatorCores: (user + system) / 1_000 / (nowMs - this.#startMs),
    });
  }
}

/** Several buyers take turns on it. */
class Connection {
  isOpen = true;
  meantAtMs = 0;
  readonly #arrivals: Arrivals;
  readonly #socket: Socket;
  #rest: Buffer | null = null;

  constructor(arrivals: Arrivals, { host, port }: ArrivalsOrder) {
    this.#arrivals = arrivals;
    const callback = (bytes: number): boolean => {
      this.#read(bytes);
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } });
    this.#socket.on('error', () => {}); // it is closed then
    this.#socket.on('close', () => {
      this.isOpen = false;
      arrivals.closed(this);
    });
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('error', reject);
    });
  }

  ask(request: string, meantAtMs: number): void {
    this.meantAtMs = meantAtMs;
    this.#socket.write(request, 'latin1');
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

/** The bytes of the n-th request, as latin1. Put together from parts, since there are very many. */
function requestsOf({ host, port, path, publishableKey, tokens, bodies, keyPrefix }: ArrivalsOrder): (number: number) => string {
  const heads = tokens.map(
    (token) =>
      `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: Bearer ${publishableKey}\r\nOnhand-Buyer: ${token}\r\n` +
      `Content-Type: application/json\r\nIdempotency-Key: ${keyPrefix}-`,
  );
  const tails = bodies.map((body) => {
    const bytes = Buffer.from(body, 'utf8');
    return `\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`;
  });
  return (number) => `${heads[number % heads.length]}${number}${tails[number % tails.length]}`;
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
