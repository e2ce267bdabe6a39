/**
 * A bounded memory in front of a slow look-up. What is known is answered at once, also when it is due for
 * another look: that look happens behind the answer, and while it fails the known value stays good. So a
 * request waits only for what was never seen, and a database that is away stops nobody who was here before.
 *
 * R1. One look-up per key at a time; more look-ups in all than allowed are refused with `TenantsUnavailable`.
 * R2. Bounded: when full, the entry that was looked up longest ago goes.
 * R3. A look-up that began before `forget` does not bring back what was forgotten.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Maybe } from './maybe.ts';
import { TenantsUnavailable } from './port.ts';

export interface ReadThroughOptions<Value> {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly entriesMax: number;
  /** How long a value is used without another look. */
  readonly freshMs: (value: Value) => number;
  readonly lookupsMax: number;
  readonly lookUp: (key: string) => Promise<Value>;
}

interface Entry<Value> {
  readonly value: Value;
  freshUntilMs: number;
}

/** A look-up behind the answer that failed is tried again after this. */
const retryMs = 1_000;

export class ReadThrough<Value> {
  readonly #options: ReadThroughOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #lookups = new Map<string, Promise<Value>>();

  constructor(options: ReadThroughOptions<Value>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Maybe<Value> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#lookUp(key);
    const nowMs = this.#options.clock.monotonicMs();
    if (entry.freshUntilMs <= nowMs) this.#refresh(key, entry, nowMs);
    return entry.value;
  }

  /** The next `get` looks again. */
  forget(key: string): void {
    this.#entries.delete(key);
    this.#lookups.delete(key); // R3
  }

  #refresh(key: string, entry: Entry<Value>, nowMs: number): void {
    entry.freshUntilMs = nowMs + retryMs;
    // A failure leaves the known value in place; the next look comes after retryMs.
    this.#lookUp(key).catch(() => {});
  }

  #lookUp(key: string): Promise<Value> {
    const running = this.#lookups.get(key);
    if (running !== undefined) return running; // R1
    if (this.#lookups.size >= this.#options.lookupsMax) return Promise.reject(new TenantsUnavailable('too many look-ups at once'));
    const lookup = this.#options.lookUp(key).then((value) => {
      if (this.#lookups.get(key) === lookup) this.#keep(key, value); // R3
      return value;
    });
    const ended = (): void => {
      if (this.#lookups.get(key) === lookup) this.#lookups.delete(key);
    };
    this.#lookups.set(key, lookup);
    lookup.then(ended, ended);
    return lookup;
  }

  #keep(key: string, value: Value): void {
    const { clock, freshMs, entriesMax } = this.#options;
    this.#entries.delete(key);
    this.#entries.set(key, { value, freshUntilMs: clock.monotonicMs() + freshMs(value) });
    if (this.#entries.size <= entriesMax) return;
    const oldest = this.#entries.keys().next(); // R2
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }
}
