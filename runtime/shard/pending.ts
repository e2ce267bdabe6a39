/** A command somebody waits for, from the mailbox to its answer. */
import type { Envelope, Outcome } from '../router/port.ts';

export class Pending {
  readonly envelope: Envelope;
  /** Monotonic ms after which the sender no longer waits. */
  readonly giveUpAt: number;
  /** Decided at least once: from then on "not done" cannot be promised any more. */
  decided = false;
  #answer: ((outcome: Outcome) => void) | null;

  constructor(envelope: Envelope, giveUpAt: number, answer: (outcome: Outcome) => void) {
    this.envelope = envelope;
    this.giveUpAt = giveUpAt;
    this.#answer = answer;
  }

  get answered(): boolean {
    return this.#answer === null;
  }

  /** Once; later calls do nothing, since the sender may have been told `outcome_unknown` meanwhile. */
  answer(outcome: Outcome): void {
    const answer = this.#answer;
    this.#answer = null;
    try {
      answer?.(outcome);
    } catch (error) {
      // The sender's fault must not stop the shard that answers it; it still ends up as uncaught.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** The owner died or was halted: nobody is told anything. */
  abandon(): void {
    this.#answer = null;
  }
}

export function unavailable(code: Extract<Outcome, { kind: 'unavailable' }>['code'], retryAfterMs = 1_000): Outcome {
  return { kind: 'unavailable', code, retryAfterMs };
}
