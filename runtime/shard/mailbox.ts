/**
 * The bounded mailbox of a shard (I7), in three lanes served in this order:
 *   again    commands of a frame that failed, in their old order, and commands whose actor was just loaded
 *   internal effect answers, releases, expiry: they free things, so they go before what takes things
 *   client   everybody else
 * When a lane is full the command is not taken; the sender is told so at once.
 */
import type { Limits } from '../limits.ts';
import { Fifo } from './fifo.ts';
import type { Pending } from './pending.ts';

export class Mailbox {
  readonly #limits: Pick<Limits, 'mailboxClientMax' | 'mailboxInternalMax'>;
  readonly #again = new Fifo<Pending>();
  readonly #internal = new Fifo<Pending>();
  readonly #client = new Fifo<Pending>();
  /** Client and internal commands that left a lane only to wait for their actor's rows. */
  #parked = { client: 0, internal: 0 };

  constructor(limits: Pick<Limits, 'mailboxClientMax' | 'mailboxInternalMax'>) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#again.length + this.#internal.length + this.#client.length;
  }

  depth(lane: 'client' | 'internal'): number {
    return (lane === 'client' ? this.#client.length : this.#internal.length) + this.#parked[lane];
  }

  /** False when there is no room. */
  offer(pending: Pending): boolean {
    const lane = pending.envelope.class;
    const max = lane === 'client' ? this.#limits.mailboxClientMax : this.#limits.mailboxInternalMax;
    if (this.depth(lane) >= max) return false;
    (lane === 'client' ? this.#client : this.#internal).push(pending);
    return true;
  }

  take(): Pending | undefined {
    return this.#again.shift() ?? this.#internal.shift() ?? this.#client.shift();
  }

  /** Commands to be decided before all others, in this order. */
  putBack(pendings: readonly Pending[]): void {
    this.#again.unshiftAll(pendings);
  }

  park(pending: Pending): void {
    this.#parked[pending.envelope.class]++;
  }

  unpark(pendings: readonly Pending[]): void {
    for (const pending of pendings) this.#parked[pending.envelope.class]--;
  }

  /** Empties all lanes. */
  drain(): Pending[] {
    const all = [...this];
    this.#again.clear();
    this.#internal.clear();
    this.#client.clear();
    return all;
  }

  *[Symbol.iterator](): IterableIterator<Pending> {
    yield* this.#again;
    yield* this.#internal;
    yield* this.#client;
  }
}
