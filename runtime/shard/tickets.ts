/** Senders whose answer comes with a later decision: a multi-line hold that still waits for its parts. */
import type { Settled } from '../../actors/kernel/index.ts';
import type { AnswerPosition } from '../router/port.ts';
import { type Pending, unavailable } from './pending.ts';

export class Tickets {
  readonly #waiting = new Map<string, Pending[]>();
  #senders = 0;

  /** How many senders wait. */
  get size(): number {
    return this.#senders;
  }

  /** With `max` waiting already, one more is told to ask again: its decision stands, and a retry finds it (I7). */
  wait(ticket: string, pending: Pending, max: number): void {
    pending.decided = true;
    if (this.#senders >= max) return pending.answer(unavailable('outcome_unknown'));
    this.#senders += 1;
    const others = this.#waiting.get(ticket);
    if (others === undefined) this.#waiting.set(ticket, [pending]);
    else others.push(pending);
  }

  settle(ticket: string, settled: Settled<unknown, { code: string }>, position: AnswerPosition, at: number): void {
    const waiting = this.#waiting.get(ticket) ?? [];
    this.#waiting.delete(ticket);
    this.#senders -= waiting.length;
    const { outcome } = settled;
    for (const pending of waiting) {
      if ('reply' in outcome) pending.answer({ kind: 'reply', reply: outcome.reply, repeated: false, position, at });
      else pending.answer({ kind: 'refused', refusal: outcome.refusal, position, at });
    }
  }

  /** Gives up those whose time is over; returns how many still wait. */
  sweep(nowMs: number): number {
    let left = 0;
    for (const [ticket, waiting] of this.#waiting) {
      for (const pending of waiting) if (pending.giveUpAt <= nowMs) pending.answer(unavailable('outcome_unknown'));
      const still = waiting.filter((pending) => !pending.answered);
      if (still.length === 0) this.#waiting.delete(ticket);
      else if (still.length < waiting.length) this.#waiting.set(ticket, still);
      left += still.length;
    }
    this.#senders = left;
    return left;
  }

  drain(): Pending[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#senders = 0;
    return all;
  }
}
