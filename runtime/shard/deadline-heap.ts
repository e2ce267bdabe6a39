/** A binary min-heap of (instant, actor key). Entries are hints: whoever pops one checks it against the actor. */
import type { Instant } from '../../actors/kernel/index.ts';

export interface DeadlineEntry {
  readonly at: Instant;
  readonly key: string;
}

export class DeadlineHeap {
  #entries: DeadlineEntry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  peek(): DeadlineEntry | undefined {
    return this.#entries[0];
  }

  push(entry: DeadlineEntry): void {
    const entries = this.#entries;
    let child = entries.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (entries[parent]!.at <= entry.at) break;
      entries[child] = entries[parent]!;
      child = parent;
    }
    entries[child] = entry;
  }

  pop(): DeadlineEntry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    let parent = 0;
    for (;;) {
      let child = parent * 2 + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.at < entries[child]!.at) child++;
      if (entries[child]!.at >= last.at) break;
      entries[parent] = entries[child]!;
      parent = child;
    }
    entries[parent] = last;
    return top;
  }

  /** Replaces everything: drops stale hints once they outnumber true ones. */
  rebuild(entries: Iterable<DeadlineEntry>): void {
    this.#entries = [];
    for (const entry of entries) this.push(entry);
  }
}
