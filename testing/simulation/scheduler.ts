/**
 * Virtual time: one queue of events, run one at a time. Nothing in a simulated world happens outside it.
 *
 * D3. Events run in the order of their instant, then in the order in which they were planned.
 * D4. Between two events every promise that can settle has settled: `settle` waits one turn of the real
 *     event loop, which runs after all microtasks, and nothing else in the process is listening.
 */
export interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly label: string;
  cancelled: boolean;
  readonly run: () => void;
}

export class Scheduler {
  readonly #heap: Planned[] = [];
  #order = 0;
  #nowMs: number;
  #steps = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  get planned(): number {
    return this.#heap.length;
  }

  /** Returns the cancellation. A negative delay is no delay. */
  after(ms: number, label: string, run: () => void): () => void {
    const planned: Planned = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order, label, cancelled: false, run };
    this.#order += 1;
    this.#push(planned);
    return () => {
      planned.cancelled = true;
    };
  }

  /** Runs the next event at or before `untilMs`; `null` when there is none, and time stands at `untilMs`. */
  next(untilMs: number): Planned | null {
    for (let head = this.#heap[0]; head !== undefined && head.atMs <= untilMs; head = this.#heap[0]) {
      this.#pop();
      if (head.cancelled) continue;
      this.#nowMs = head.atMs;
      this.#steps += 1;
      head.run();
      return head;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return null;
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(planned, heap[parent] as Planned)) break;
      heap[at] = heap[parent] as Planned;
      at = parent;
    }
    heap[at] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Planned;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Planned, heap[child] as Planned)) child += 1;
      if (!before(heap[child] as Planned, last)) break;
      heap[at] = heap[child] as Planned;
      at = child;
    }
    heap[at] = last;
  }
}

function before(one: Planned, other: Planned): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}

/** Lets every promise settle that can (D4). */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
