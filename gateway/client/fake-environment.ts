/**
 * The browser's surroundings under a test's control: time moves only when told, sockets and answers are
 * scripted. Does not imitate a server: tests say what the server says.
 */
import type { Environment, KeyValueStore, RequestLike, ResponseLike, SocketLike } from './onhand-client.js';

export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  readonly url: string;
  closed = false;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  // --- the server's side -------------------------------------------------------------------------

  open(): void {
    this.onopen?.();
  }

  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  drop(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  /** The newest message of one type that the client sent. */
  last(type: string): Record<string, unknown> {
    const found = this.sent.filter((message) => message['type'] === type).at(-1);
    if (found === undefined) throw new Error(`client sent no ${type}; it sent ${JSON.stringify(this.sent)}`);
    return found;
  }
}

export interface FakeRequest extends RequestLike {
  readonly url: string;
}

export type FakeAnswer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'network failure';

interface Timer {
  readonly dueMs: number;
  readonly call: () => void;
}

export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = [];
  readonly requests: FakeRequest[] = [];
  readonly storage: FakeStorage;
  /** Drawn from in turn; when empty, always 0.5. */
  readonly randoms: number[] = [];
  online = true;
  /** Answers each request. */
  answer: (request: FakeRequest) => FakeAnswer = () => 'network failure';
  #nowMs = Date.parse('2026-03-01T12:00:00Z');
  #keys = 0;
  readonly #timers = new Set<Timer>();
  readonly #onlineListeners = new Set<() => void>();

  constructor(storage: FakeStorage = new FakeStorage()) {
    this.storage = storage;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  random(): number {
    return this.randoms.shift() ?? 0.5;
  }

  newKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}-${this.#nowMs}`;
  }

  openSocket(url: string): FakeSocket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  request(url: string, request: RequestLike): Promise<ResponseLike> {
    const full = { ...request, url };
    this.requests.push(full);
    const answer = this.answer(full);
    if (answer === 'network failure') return Promise.reject(new Error('network failure'));
    const headers = answer.headers ?? {};
    return Promise.resolve({
      status: answer.status,
      headers: { get: (name: string) => headers[name] ?? null },
      text: () => Promise.resolve(answer.body === undefined ? '' : JSON.stringify(answer.body)),
    });
  }

  isOnline(): boolean {
    return this.online;
  }

  onOnlineChange(call: () => void): () => void {
    this.#onlineListeners.add(call);
    return () => this.#onlineListeners.delete(call);
  }

  // --- the test's side -----------------------------------------------------------------------------

  get socket(): FakeSocket {
    const newest = this.sockets.at(-1);
    if (newest === undefined) throw new Error('the client has not opened a socket');
    return newest;
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves time on, calling what falls due in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].filter((timer) => timer.dueMs <= endMs).sort((left, right) => left.dueMs - right.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.call();
      await settled();
    }
    this.#nowMs = endMs;
  }

  setOnline(online: boolean): void {
    this.online = online;
    for (const call of this.#onlineListeners) call();
  }
}

/** Lets every promise that can settle without time passing do so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** One origin's storage; several environments on the same one are tabs of one browser. */
export class FakeStorage implements KeyValueStore {
  readonly #values = new Map<string, string>();

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  remove(name: string): void {
    this.#values.delete(name);
  }

  names(prefix: string): string[] {
    return [...this.#values.keys()].filter((name) => name.startsWith(prefix));
  }

  onForeignChange(): () => void {
    return () => undefined;
  }
}
