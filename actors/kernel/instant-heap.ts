/**
 * A binary heap of (instant, id): which of many things is due first. O(log n) to add and take.
 *
 * Not authoritative. Entries are never removed when the thing they name changes: reading asks
 * `isCurrent` and drops what is not. So an undo need not remember where an entry stood; putting the
 * entry in again is enough, and an entry that is there twice does no harm.
 */
import type { Instant } from './instant.ts';

/** Rebuild once stale entries may be the greater half. */
const compactFrom = 64;

export type IsCurrent = (instant: Instant, id: string) => boolean;

export class InstantHeap {
  readonly #isCurrent: IsCurrent;
  #instants: Instant[] = [];
  #ids: string[] = [];

  constructor(isCurrent: IsCurrent) {
    this.#isCurrent = isCurrent;
  }

  get size(): number {
    return this.#instants.length;
  }

  push(instant: Instant, id: string): void {
    this.#instants.push(instant);
    this.#ids.push(id);
    this.#rise(this.#instants.length - 1);
  }

  /** The earliest entry that is still true, dropping the ones that are not. */
  first(): { readonly instant: Instant; readonly id: string } | null {
    const instant = this.firstInstant();
    return instant === null ? null : { instant, id: this.#ids[0]! };
  }

  /** When that is due: what is asked after every event, so nothing is made to answer it. */
  firstInstant(): Instant | null {
    while (this.#instants.length > 0) {
      const instant = this.#instants[0]!;
      if (this.#isCurrent(instant, this.#ids[0]!)) return instant;
      this.pop();
    }
    return null;
  }

  /** Up to `max` ids due at or before `at`, earliest first, each once. The entries stay. */
  due(at: Instant, max: number): readonly string[] {
    const found = new Map<string, Instant>();
    while (found.size < max) {
      const entry = this.first();
      if (entry === null || entry.instant > at) break;
      found.set(entry.id, entry.instant);
      this.pop();
    }
    for (const [id, instant] of found) this.push(instant, id);
    return [...found.keys()];
  }

  pop(): void {
    const lastInstant = this.#instants.pop();
    const lastId = this.#ids.pop();
    if (this.#instants.length === 0 || lastInstant === undefined || lastId === undefined) return;
    this.#instants[0] = lastInstant;
    this.#ids[0] = lastId;
    this.#sink(0);
  }

  /** Drops stale entries once they may outnumber the `current` ones: amortised O(1) per push. */
  compact(current: number): void {
    if (this.size <= compactFrom + 2 * current) return;
    const kept = new Map<string, Instant>();
    for (let index = 0; index < this.#ids.length; index += 1) {
      const id = this.#ids[index]!;
      const instant = this.#instants[index]!;
      if (this.#isCurrent(instant, id)) kept.set(id, instant);
    }
    this.#instants = [];
    this.#ids = [];
    for (const [id, instant] of kept) this.push(instant, id);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#instants[a]! - this.#instants[b]!;
    return difference !== 0 ? difference < 0 : this.#ids[a]! < this.#ids[b]!;
  }

  #swap(a: number, b: number): void {
    const instant = this.#instants[a]!;
    const id = this.#ids[a]!;
    this.#instants[a] = this.#instants[b]!;
    this.#ids[a] = this.#ids[b]!;
    this.#instants[b] = instant;
    this.#ids[b] = id;
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      if (left < this.size && this.#before(left, least)) least = left;
      if (right < this.size && this.#before(right, least)) least = right;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }
}
