/**
 * A bounded memory of what a slow look-up said, for configuration that may be some seconds old.
 *
 * F1. A value is used for `freshMs` from when its look-up began; then it is looked up again and the asker waits.
 * F2. One look-up per key at a time.
 * F3. What this process writes it sees at once: after `forget` nothing that was looked up before is given to anybody
 *     who asks after.
 * F4. Bounded (I7): what is not fresh any more goes with the next look-up, whatever it is for; when full, the entry that
 *     was looked up longest ago goes. Values may be large: what nobody can be given is not kept.
 * F5. A look-up that failed is told to those who waited for it, and remembered by nobody.
 */
import type { Clock } from './clock.ts';

export interface FreshCacheOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly freshMs: number;
  readonly entriesMax: number;
}

interface Entry<Value> {
  readonly answer: Promise<Value>;
  readonly freshUntilMs: number;
}

export class FreshCache<Value> {
  readonly #options: FreshCacheOptions;
  /** In order of their look-ups. */
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(options: FreshCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, lookUp: () => Promise<Value>): Promise<Value> {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#entries.get(key);
    if (known !== undefined && nowMs < known.freshUntilMs) return known.answer; // F1, F2
    const entry = { answer: lookUp(), freshUntilMs: nowMs + this.#options.freshMs };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.answer.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key); // F5
    });
    this.#makeRoom(nowMs);
    return entry.answer;
  }

  /** Of all keys that begin so. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  /** F4. Entries stand in the order in which they end. */
  #makeRoom(nowMs: number): void {
    for (const [key, { freshUntilMs }] of this.#entries) {
      if (nowMs < freshUntilMs && this.#entries.size <= this.#options.entriesMax) return;
      this.#entries.delete(key);
    }
  }
}
