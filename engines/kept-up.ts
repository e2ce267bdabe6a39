/**
 * A process that is started again whenever it ends by itself, until nobody wants it any more.
 *
 * V1. From its end to the next attempt no time passes; after failures the pause grows up to `pauseMaxMs`, and attempts go
 *     on until one succeeds or `stop` is called (I8).
 * V2. `stop` wins over a restart that is under way: when it returns, nothing runs and nothing will be started.
 *
 * Phases: up → down (restarting) → up …, and from anywhere → stopped. Does not know what runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineLogger } from './logger.ts';

export type KeptUpEvent<Running, End> =
  | { readonly kind: 'down'; readonly end: End }
  | { readonly kind: 'up'; readonly running: Running; readonly downMs: number }
  | { readonly kind: 'restart_failed'; readonly attempt: number; readonly retryInMs: number; readonly error: unknown };

export interface KeepUpOptions<Running, End> {
  /** What it is called in the log. */
  readonly name: string;
  readonly logger: EngineLogger;
  /** As it ran before: the same folder, the same port. */
  readonly startAgain: () => Promise<Running>;
  readonly stop: (running: Running) => Promise<void>;
  /** Calls once when it has ended. */
  readonly whenEnded: (running: Running, ended: (end: End) => void) => void;
  readonly tell: (event: KeptUpEvent<Running, End>) => void;
}

type Phase = { readonly kind: 'up' } | { readonly kind: 'down'; readonly restart: Promise<void> } | { readonly kind: 'stopped' };

const pauseFirstMs = 100;
const pauseMaxMs = 5_000;

export class KeptUp<Running, End> {
  readonly #options: KeepUpOptions<Running, End>;
  readonly #stopping = new AbortController();
  #running: Running;
  #phase: Phase = { kind: 'up' };

  constructor(options: KeepUpOptions<Running, End>, first: Running) {
    this.#options = options;
    this.#running = first;
    options.whenEnded(first, (end) => this.#goDown(end));
  }

  /** What runs now, or ran last. */
  get running(): Running {
    return this.#running;
  }

  /** V2. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const phase = this.#phase;
    if (phase.kind === 'down') await phase.restart;
    if (phase.kind === 'up') await this.#options.stop(this.#running);
    this.#phase = { kind: 'stopped' };
  }

  #goDown(end: End): void {
    if (this.#stopping.signal.aborted) return;
    this.#options.logger.warn({ end }, `${this.#options.name} ended by itself; starting it again`);
    this.#options.tell({ kind: 'down', end });
    this.#phase = { kind: 'down', restart: this.#restart(performance.now()) };
  }

  /** V1. */
  async #restart(downSinceMs: number): Promise<void> {
    const { startAgain, logger, name, tell } = this.#options;
    const { signal } = this.#stopping;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        return await this.#goUp(await startAgain(), downSinceMs);
      } catch (error) {
        const retryInMs = Math.min(pauseFirstMs * 2 ** (attempt - 1), pauseMaxMs);
        logger.error({ error, attempt, retryInMs }, `${name} did not start again`);
        tell({ kind: 'restart_failed', attempt, retryInMs, error });
        await sleep(retryInMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #goUp(running: Running, downSinceMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return this.#options.stop(running); // V2
    this.#running = running;
    this.#phase = { kind: 'up' };
    this.#options.whenEnded(running, (end) => this.#goDown(end));
    this.#options.tell({ kind: 'up', running, downMs: performance.now() - downSinceMs });
  }
}
