/**
 * Mails and deliveries of webhooks are there to be looked up for a while, not for ever: they hold addresses of people, and
 * grow with every order. The feed they were made of is kept.
 *
 * F1. What was told more than `keptMs` ago goes; what is still to be told stays, however old.
 * F2. So many rows at a time, and after a pause the next ones: a year's worth is taken away without being noticed.
 * F3. A database that is away is asked again later; nothing waits for it.
 */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Rounds } from '../../runtime/rounds.ts';

export interface Forgetful {
  /** Takes away at most `count` rows of what was told before `before`; resolves to how many. */
  forget(before: Instant, count: number): Promise<number>;
}

export interface ForgettingDeps {
  readonly of: readonly Forgetful[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export const forgettingLimits = {
  keptMs: 90 * 24 * 3_600_000,
  everyMs: 3_600_000,
  rowsAtOnce: 1_000,
  /** Between two batches. */
  pauseMs: 1_000,
} as const;

export class Forgetting {
  readonly #deps: ForgettingDeps;
  readonly #rounds: Rounds;

  constructor(deps: ForgettingDeps) {
    this.#deps = deps;
    this.#rounds = new Rounds(deps.clock, () => this.#round());
  }

  start(): void {
    this.#rounds.start(forgettingLimits.pauseMs);
  }

  /** Resolves when nothing is under way any more. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(): Promise<number> {
    const { keptMs, rowsAtOnce, pauseMs, everyMs } = forgettingLimits;
    let isMore = false;
    for (const one of this.#deps.of) {
      const forgotten = await this.#tryToForget(one, this.#deps.clock.wallMs() - keptMs);
      isMore ||= forgotten === rowsAtOnce;
    }
    return isMore ? pauseMs : everyMs; // F2
  }

  async #tryToForget(one: Forgetful, before: Instant): Promise<number> {
    try {
      return await one.forget(before, forgettingLimits.rowsAtOnce);
    } catch (error) {
      this.#deps.logger.warn({ error: String(error) }, 'what was told long ago could not be forgotten now; trying again later'); // F3
      return 0;
    }
  }
}
