/**
 * Signed webhooks to one endpoint, as Stripe sends them: at least once, in no promised order.
 *
 * H1. An event is sent again after each delay of `retryDelaysMs` until it is answered with 2xx; then it is given up.
 * H2. The body is signed as it is sent, afresh at each attempt, with every secret (`t=…,v1=…,v1=…` while one is rolled).
 * H3. Bounded: at most `eventsMax` wait; beyond, the oldest is dropped and counted. At most `sendingMax` are under way.
 * H4. Events that wait are not kept over a restart: a shop that missed one asks for the payment itself.
 */
import { createHmac } from 'node:crypto';
import { Agent, type Dispatcher } from 'undici';
import type { SimulatorClock } from './clock.ts';
import { drawsOf } from './faults.ts';

export interface WebhookTarget {
  /** `http://` only: it is a simulator, on this machine. */
  readonly url: string;
  readonly secret: string | readonly string[];
  /** Only events of these types, as an endpoint at Stripe says them; all of them unless said. */
  readonly enabledEvents?: readonly string[];
}

export interface SimulatedEvent {
  readonly id: string;
  readonly type: string;
  readonly account: string;
  readonly body: string;
}

export type Order = 'kept' | 'reversed' | { readonly seed: number };

interface Queued {
  readonly event: SimulatedEvent;
  attempts: number;
}

export interface WebhookOptions {
  readonly clock: SimulatorClock;
  readonly target: WebhookTarget | null;
  readonly retryDelaysMs: readonly number[];
  readonly eventsMax: number;
}

const sendingMax = 8;
const answerWithinMs = 10_000;

export class Webhooks {
  readonly #options: WebhookOptions;
  readonly #agent = new Agent({ connections: sendingMax, headersTimeout: answerWithinMs, bodyTimeout: answerWithinMs });
  readonly #cancellations = new Set<() => void>();
  #target: WebhookTarget | null;
  #waiting: Queued[] = [];
  #sending = 0;
  #copies = 1;
  #paused = false;
  #stopped = false;
  readonly counts = { delivered: 0, failed: 0, givenUp: 0, dropped: 0 };

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#target = options.target;
  }

  /** Events that are waiting, under way, or to be sent again. */
  get pending(): number {
    return this.#waiting.length + this.#sending + this.#cancellations.size;
  }

  /** What nobody wants to hear need not even be written. */
  wants(type: string): boolean {
    return this.#target !== null && (this.#target.enabledEvents?.includes(type) ?? true);
  }

  retarget(target: WebhookTarget | null): void {
    this.#target = target;
  }

  /** Every event from now on is sent so many times. */
  duplicate(copies: number): void {
    this.#copies = Math.max(1, Math.floor(copies));
  }

  pause(): void {
    this.#paused = true;
  }

  /** Sends what has gathered, in the order wanted. */
  resume(order: Order): void {
    if (order === 'reversed') this.#waiting.reverse();
    else if (order !== 'kept') shuffle(this.#waiting, drawsOf(order.seed));
    this.#paused = false;
    this.#pump();
  }

  send(event: SimulatedEvent): void {
    if (this.#stopped || !this.wants(event.type)) return;
    for (let copy = 0; copy < this.#copies; copy += 1) this.#enqueue({ event, attempts: 0 });
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    for (const cancel of this.#cancellations) cancel();
    this.#cancellations.clear();
    void this.#agent.destroy();
  }

  #enqueue(queued: Queued): void {
    if (this.#waiting.length >= this.#options.eventsMax) {
      this.#waiting.shift(); // H3
      this.counts.dropped += 1;
    }
    this.#waiting.push(queued);
  }

  #pump(): void {
    while (!this.#paused && !this.#stopped && this.#target !== null && this.#sending < sendingMax) {
      const queued = this.#waiting.shift();
      if (queued === undefined) return;
      this.#sending += 1;
      queued.attempts += 1;
      this.#post(this.#target, queued.event, (delivered) => {
        this.#sending -= 1;
        this.#sent(queued, delivered);
        this.#pump();
      });
    }
  }

  #sent(queued: Queued, delivered: boolean): void {
    if (delivered) {
      this.counts.delivered += 1;
      return;
    }
    this.counts.failed += 1;
    const delayMs = this.#options.retryDelaysMs[queued.attempts - 1];
    if (delayMs === undefined || this.#stopped || this.#cancellations.size >= this.#options.eventsMax) {
      this.counts.givenUp += 1;
      return;
    }
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancellations.delete(cancel);
      this.#enqueue(queued); // H1
      this.#pump();
    });
    this.#cancellations.add(cancel);
  }

  #post(target: WebhookTarget, event: SimulatedEvent, done: (delivered: boolean) => void): void {
    const { origin, pathname, search } = new URL(target.url);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': signatureOf(target, event.body, Math.floor(this.#options.clock.wallMs() / 1_000)), // H2
      'user-agent': 'Stripe/1.0 (simulator)',
    };
    const asked = { origin, path: `${pathname}${search}`, method: 'POST', headers, body: event.body } as const;
    this.#agent.dispatch(asked, answeredWith(done));
  }
}

/** H1: its status alone counts, once the answer is whole. */
function answeredWith(done: (delivered: boolean) => void): Dispatcher.DispatchHandler {
  let status = 0;
  return {
    onRequestStart() {},
    onResponseStart: (_, statusCode) => void (status = statusCode),
    onResponseData() {},
    onResponseEnd: () => done(status >= 200 && status < 300),
    onResponseError: () => done(false),
  };
}

export function signatureOf({ secret }: Pick<WebhookTarget, 'secret'>, body: string, atSeconds: number): string {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const signatures = secrets.map((one) => `v1=${createHmac('sha256', one).update(`${atSeconds}.${body}`).digest('hex')}`);
  return [`t=${atSeconds}`, ...signatures].join(',');
}

function shuffle(items: unknown[], draw: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(draw() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}
