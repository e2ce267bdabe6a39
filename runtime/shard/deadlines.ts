/**
 * Wakes actors at the deadlines derived from their state. The heap holds hints; the actor decides. An
 * expiry is an ordinary internal command (`tick`), so it is decided, logged and replayed like any other.
 */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import type { Activation } from './activation.ts';
import { DeadlineHeap } from './deadline-heap.ts';

export interface DeadlinesDeps {
  readonly clock: Clock;
  readonly now: () => Instant;
  readonly find: (key: string) => Activation | undefined;
  readonly residents: () => Iterable<Activation>;
  readonly residentCount: () => number;
  readonly halted: () => boolean;
  /** Sends the actor its tick; false when the mailbox has no room (tried again soon). */
  readonly tick: (activation: Activation) => boolean;
}

const retryMs = 100;
const retryFailedMs = 1_000;

export class Deadlines {
  readonly #deps: DeadlinesDeps;
  readonly #heap = new DeadlineHeap();
  #timer: { readonly at: Instant; readonly cancel: () => void } | null = null;

  constructor(deps: DeadlinesDeps) {
    this.#deps = deps;
  }

  /** After every change of the actor's state, and when it becomes resident. */
  schedule(activation: Activation): void {
    const deadline = activation.definition.deadline(activation.state);
    if (deadline === activation.scheduledDeadline) return;
    activation.scheduledDeadline = deadline;
    if (deadline === null) return;
    this.#heap.push({ at: deadline, key: activation.key });
    if (this.#heap.size > 2 * this.#deps.residentCount() + 1_000) this.#dropStaleHints();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arm(): void {
    const next = this.#heap.peek();
    if (next === undefined || (this.#timer !== null && this.#timer.at <= next.at)) return;
    this.#armFor(next.at, Math.max(0, next.at - this.#deps.now()));
  }

  #armFor(at: Instant, delayMs: number): void {
    this.#timer?.cancel();
    const cancel = this.#deps.clock.after(Math.min(delayMs, 60_000), () => {
      this.#timer = null;
      if (!this.#deps.halted()) this.#fire();
    });
    this.#timer = { at, cancel };
  }

  #fire(): void {
    const now = this.#deps.now();
    for (let entry = this.#heap.peek(); entry !== undefined && entry.at <= now; entry = this.#heap.peek()) {
      const activation = this.#deps.find(entry.key);
      const isDue = activation !== undefined && activation.scheduledDeadline === entry.at && !activation.tickQueued;
      if (isDue) {
        if (!this.#deps.tick(activation)) return this.#armFor(entry.at, retryMs);
        activation.tickQueued = true;
      }
      this.#heap.pop();
    }
    this.#arm();
  }

  #dropStaleHints(): void {
    const hints: { at: Instant; key: string }[] = [];
    for (const activation of this.#deps.residents()) {
      if (activation.scheduledDeadline !== null) hints.push({ at: activation.scheduledDeadline, key: activation.key });
    }
    this.#heap.rebuild(hints);
  }

  /** The tick came to nothing (no room, or it broke an invariant): tried again later, not at once for ever. */
  tickFailed(activation: Activation): void {
    this.#deps.clock.after(retryFailedMs, () => {
      if (!this.#deps.halted()) this.ticked(activation);
    });
  }

  /** The tick was decided: whatever deadline remains is scheduled anew. */
  ticked(activation: Activation): void {
    activation.tickQueued = false;
    activation.scheduledDeadline = null;
    this.schedule(activation);
  }
}
