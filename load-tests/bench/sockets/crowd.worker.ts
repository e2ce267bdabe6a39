/**
 * A process that holds open sockets and listens: started by `crowd.ts`, told what to do in messages, gone with its parent.
 *
 * K1. A socket counts as open once it has its snapshot (`live`) or its upgrade (`bare`).
 * K2. All sockets read into one buffer: the bytes are looked at before the read returns, and a copy is kept only of a
 *     frame that is not whole yet.
 * K3. A push goes to every socket in the same bytes, so only the first of them is parsed.
 * K4. Values only rise where they are followed: `reached` is told once per value, when the last socket has it or a newer one.
 */
import { connect, type Socket } from 'node:net';
import { clientFrame, opcodes, readFrames, textFrame } from './frames.ts';
import type { CrowdCounts, CrowdOrder, CrowdReport, CrowdTalk, OpenOrder } from './crowd-wire.ts';
import { sharedNowMs } from '../shared-clock.ts';

const openingAtOnceMax = 100;
/** Values that some socket has not reached yet; a crowd that is behind by more has failed. */
const valuesPendingMax = 10_000;
const upgradeEnd = Buffer.from('\r\n\r\n');
const readBuffer = Buffer.allocUnsafe(64 * 1024); // K2

type Phase = 'upgrading' | 'greeting' | 'subscribing' | 'open' | 'lost';

interface Arrivals {
  sockets: number;
  readonly firstAtMs: number;
}

class Crowd {
  readonly #order: OpenOrder;
  readonly #greeting: Buffer | null;
  readonly #subscription: Buffer | null;
  readonly #follows: boolean;
  readonly upgrade: string;
  readonly #arrivals = new Map<number, Arrivals>();
  #toOpen: number;
  #opening = 0;
  #open = 0;
  #lost = 0;
  #messages = 0;
  #payloadBytes = 0;
  /** K3: the newest push, as it came, and what it says. */
  lastPush: Buffer = Buffer.alloc(0);
  lastAvailable = -1;

  constructor(order: OpenOrder) {
    this.#order = order;
    this.#toOpen = order.sockets;
    const { talk } = order;
    this.#follows = talk.kind === 'live' && talk.follows;
    this.#greeting = talk.kind === 'bare' ? null : textFrame({ type: 'hello', key: talk.key });
    this.#subscription = talk.kind === 'bare' ? null : textFrame({ type: 'subscribe', id: '1', channel: 'stock', skus: [talk.sku] });
    // The key is a fixed one and its echo is not checked: nothing between us and the server caches.
    this.upgrade =
      `GET ${order.path} HTTP/1.1\r\nHost: ${order.host}:${order.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: b25oYW5kIGxvYWQgdGVzdA==\r\n\r\n';
  }

  get talk(): CrowdTalk {
    return this.#order.talk;
  }

  openMore(): void {
    while (this.#toOpen > 0 && this.#opening < openingAtOnceMax) {
      this.#toOpen -= 1;
      this.#opening += 1;
      new CrowdSocket(this, this.#order);
    }
  }

  /** What a socket says next, on its way from connected to open; null when it is. */
  afterUpgrade(): Buffer | null {
    return this.#greeting;
  }

  afterWelcome(): Buffer | null {
    return this.#subscription;
  }

  opened(): void {
    this.#open += 1;
    this.#opening -= 1;
    if (this.#open === this.#order.sockets) report({ kind: 'opened' });
    else this.openMore();
  }

  lost(wasOpen: boolean, why: string): void {
    this.#lost += 1;
    if (wasOpen) this.#open -= 1;
    else report({ kind: 'failed', why: `a socket was lost before it was open: ${why}` });
  }

  received(payloadBytes: number): void {
    this.#messages += 1;
    this.#payloadBytes += payloadBytes;
  }

  /** K4: one socket went from one value to another. */
  moved(from: number, to: number): void {
    if (!this.#follows) return;
    for (let available = Math.max(from + 1, to - valuesPendingMax); available <= to; available += 1) {
      const arrivals = this.#arrivals.get(available) ?? { sockets: 0, firstAtMs: sharedNowMs() };
      arrivals.sockets += 1;
      if (arrivals.sockets === 1) this.#arrivals.set(available, arrivals);
      if (arrivals.sockets < this.#order.sockets) continue;
      this.#arrivals.delete(available);
      report({ kind: 'reached', available, firstAtMs: arrivals.firstAtMs, lastAtMs: sharedNowMs() });
    }
    if (this.#arrivals.size > valuesPendingMax) report({ kind: 'failed', why: 'some sockets do not follow' });
  }

  counts(): CrowdCounts {
    const { user, system } = process.cpuUsage();
    const [open, lost, messages, payloadBytes] = [this.#open, this.#lost, this.#messages, this.#payloadBytes];
    return { open, lost, messages, payloadBytes, cpuSeconds: (user + system) / 1e6 };
  }
}

class CrowdSocket {
  readonly #crowd: Crowd;
  readonly #socket: Socket;
  #phase: Phase = 'upgrading';
  #rest: Buffer | null = null;
  #available = -1;

  constructor(crowd: Crowd, { host, port }: OpenOrder) {
    this.#crowd = crowd;
    const callback = (bytes: number): boolean => {
      this.#read(bytes);
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } });
    this.#socket.on('connect', () => this.#socket.write(crowd.upgrade));
    this.#socket.on('error', (error) => this.#lose(error.message));
    this.#socket.on('close', () => this.#lose('closed by the server'));
  }

  #read(length: number): void {
    const crowd = this.#crowd;
    if (this.#rest === null && this.#phase === 'open' && isLastPush(crowd, length)) {
      crowd.received(crowd.lastPush.length);
      this.#show(crowd.lastAvailable); // K3
      return;
    }
    const bytes = this.#rest === null ? readBuffer : Buffer.concat([this.#rest, readBuffer.subarray(0, length)]);
    const end = this.#rest === null ? length : bytes.length;
    const taken = this.#take(bytes, end);
    this.#rest = taken === end ? null : Buffer.from(bytes.subarray(taken, end)); // K2
  }

  #take(bytes: Buffer, end: number): number {
    let from = 0;
    if (this.#phase === 'upgrading') {
      const at = bytes.subarray(0, end).indexOf(upgradeEnd);
      if (at < 0) return 0;
      if (bytes.toString('latin1', 0, 12) !== 'HTTP/1.1 101') {
        this.#lose(`the upgrade was answered ${bytes.toString('latin1', 0, 30)}`);
        return end;
      }
      this.#step('greeting', this.#crowd.afterUpgrade());
      from = at + upgradeEnd.length;
    }
    const frames = bytes.subarray(from, end);
    return from + readFrames(frames, frames.length, (opcode, start, stop) => this.#frame(frames, opcode, start, stop));
  }

  #frame(frames: Buffer, opcode: number, from: number, to: number): void {
    if (opcode === opcodes.ping) this.#socket.write(clientFrame(opcodes.pong, frames.subarray(from, to)));
    if (opcode !== opcodes.text || this.#phase === 'lost') return;
    this.#crowd.received(to - from);
    if (this.#crowd.talk.kind === 'live') this.#message(frames, from, to);
  }

  #message(frames: Buffer, from: number, to: number): void {
    const message = JSON.parse(frames.toString('utf8', from, to)) as {
      readonly type: string;
      readonly code?: string;
      readonly items?: readonly { readonly available: number }[];
    };
    const available = message.items?.[0]?.available;
    if (message.type === 'welcome') this.#step('subscribing', this.#crowd.afterWelcome());
    else if (message.type === 'error') this.#lose(`the server said ${String(message.code)}`);
    else if (available === undefined) return;
    else if (message.type === 'snapshot') {
      this.#available = available;
      this.#step('open', null);
    } else if (message.type === 'stock') {
      this.#crowd.lastPush = Buffer.from(frames.subarray(from, to));
      this.#crowd.lastAvailable = available;
      this.#show(available);
    }
  }

  #step(phase: Phase, say: Buffer | null): void {
    if (this.#phase === 'lost') return;
    this.#phase = say === null ? 'open' : phase;
    if (say === null)
      this.#crowd.opened(); // K1
    else this.#socket.write(say);
  }

  #show(available: number): void {
    if (available <= this.#available) return;
    this.#crowd.moved(this.#available, available);
    this.#available = available;
  }

  #lose(why: string): void {
    if (this.#phase === 'lost') return;
    const wasOpen = this.#phase === 'open';
    this.#phase = 'lost';
    this.#socket.destroy();
    this.#crowd.lost(wasOpen, why);
  }
}

/** Whether what has just been read is one frame, and that the newest push. */
function isLastPush({ lastPush }: Crowd, length: number): boolean {
  const headBytes = lastPush.length < 126 ? 2 : 4;
  return lastPush.length > 0 && length === headBytes + lastPush.length && lastPush.compare(readBuffer, headBytes, length) === 0;
}

function report(what: CrowdReport): void {
  process.send?.(what);
}

let crowd: Crowd | null = null;
process.on('message', (order: CrowdOrder) => {
  if (order.kind === 'count') {
    if (crowd !== null) report({ kind: 'counted', ...crowd.counts() });
    return;
  }
  crowd = new Crowd(order);
  crowd.openMore();
});
process.on('disconnect', () => process.exit(0));
