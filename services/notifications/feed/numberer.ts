/**
 * Keeps numbering what is new, and tells who waits for news of a store.
 *
 * N1. It looks every `everyMs`, and again at once while batches are full: what comes between two looks is numbered
 *     together, since a transaction for every event or two costs the database more than the events.
 * N2. A database that is away is tried again; nothing is lost, since what is pending stays pending.
 */
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { Rounds } from '../../../runtime/rounds.ts';
import type { Numbering } from './port.ts';

export interface NumbererDeps {
  readonly numbering: Numbering;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs?: number;
  readonly onNews: (stores: readonly string[]) => void;
}

const everyMsDefault = 100;
const retryMs = 1_000;

export class Numberer {
  readonly #deps: NumbererDeps;
  readonly #rounds: Rounds;
  #away = false;

  constructor(deps: NumbererDeps) {
    this.#deps = deps;
    this.#rounds = new Rounds(deps.clock, () => this.#round());
  }

  start(): void {
    this.#rounds.start();
  }

  /** Resolves when nothing is under way any more. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(): Promise<number> {
    const { numbering, logger, onNews, everyMs = everyMsDefault } = this.#deps;
    try {
      const { stores, isFull } = await numbering.number();
      if (stores.length > 0) onNews(stores);
      this.#away = false;
      return isFull ? 0 : everyMs; // N1
    } catch (error) {
      if (!this.#away) logger.warn({ error: String(error) }, 'events cannot be numbered now; trying again');
      this.#away = true;
      return retryMs;
    }
  }
}
