/**
 * A Postgres that comes back: the same cluster, the same port, the same passwords, so that pools only have to
 * connect again.
 *
 * V1. From the end of the server to the next attempt no time passes; after failures the pause grows up to
 *     `pauseMaxMs`, and attempts go on until one succeeds or `stop` is called (I8).
 * V2. `stop` wins over a restart that is under way: when it returns, no server runs and none will be started.
 *
 * Phases: up → down (restarting) → up …, and from anywhere → stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { engineOf, type PostgresEngine, type PostgresOptions, prepare, type PreparedEngine, runEngine } from './engine.ts';
import { type Postmaster, type ServerExit, startPostmaster } from './postmaster.ts';

export type PostgresEvent =
  | { readonly kind: 'down'; readonly exit: ServerExit }
  | { readonly kind: 'up'; readonly pid: number; readonly downMs: number }
  | { readonly kind: 'restart_failed'; readonly attempt: number; readonly retryInMs: number; readonly error: unknown };

export interface SupervisedPostgres extends PostgresEngine {
  /** Returns the cancellation. */
  onEvent(listener: (event: PostgresEvent) => void): () => void;
}

type Phase =
  | { readonly kind: 'up'; readonly engine: PostgresEngine }
  | { readonly kind: 'down'; readonly restart: Promise<void> }
  | { readonly kind: 'stopped' };

const pauseFirstMs = 100;
const pauseMaxMs = 5_000;

/** Throws EngineError when the first start fails; later ones are retried. */
export async function supervisePostgres(options: PostgresOptions): Promise<SupervisedPostgres> {
  const prepared = await prepare(options);
  const first = await runEngine(prepared);
  const supervisor = new Supervisor(prepared, first);
  return supervisor.asEngine(first);
}

class Supervisor {
  readonly #prepared: PreparedEngine;
  readonly #port: number;
  readonly #url: PostgresEngine['url'];
  readonly #listeners = new Set<(event: PostgresEvent) => void>();
  readonly #exitListeners = new Set<(exit: ServerExit) => void>();
  readonly #stopping = new AbortController();
  #phase: Phase;
  #pid: number;

  constructor(prepared: PreparedEngine, first: PostgresEngine) {
    this.#prepared = prepared;
    this.#port = first.port;
    this.#url = first.url;
    this.#pid = first.pid;
    this.#phase = { kind: 'up', engine: first };
    first.onExit((exit) => this.#goDown(exit));
  }

  asEngine(first: PostgresEngine): SupervisedPostgres {
    const pid = () => this.#pid;
    const stop = () => this.#stop();
    return {
      ...first,
      get pid() {
        return pid();
      },
      onExit: (listener) => subscribe(this.#exitListeners, listener),
      onEvent: (listener) => subscribe(this.#listeners, listener),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  #goDown(exit: ServerExit): void {
    if (this.#phase.kind !== 'up') return;
    this.#prepared.logger.warn({ ...exit }, 'Postgres ended by itself; starting it again');
    for (const listener of this.#exitListeners) listener(exit);
    this.#tell({ kind: 'down', exit });
    this.#phase = { kind: 'down', restart: this.#restart(performance.now()) };
  }

  /** V1. */
  async #restart(downSinceMs: number): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt += 1) {
      try {
        const postmaster = await startPostmaster({ ...this.#prepared.plan, port: this.#port });
        await this.#goUp(postmaster, downSinceMs);
        return;
      } catch (error) {
        const retryInMs = Math.min(pauseFirstMs * 2 ** (attempt - 1), pauseMaxMs);
        this.#prepared.logger.error({ error, attempt, retryInMs }, 'Postgres did not start again');
        this.#tell({ kind: 'restart_failed', attempt, retryInMs, error });
        await sleep(retryInMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    }
  }

  async #goUp(postmaster: Postmaster, downSinceMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return postmaster.stop(); // V2
    const engine = engineOf(this.#prepared, postmaster, this.#port, this.#url);
    this.#pid = engine.pid;
    this.#phase = { kind: 'up', engine };
    engine.onExit((exit) => this.#goDown(exit));
    this.#tell({ kind: 'up', pid: engine.pid, downMs: performance.now() - downSinceMs });
  }

  /** V2. */
  async #stop(): Promise<void> {
    this.#stopping.abort();
    const phase = this.#phase;
    if (phase.kind === 'down') await phase.restart;
    if (phase.kind === 'up') await phase.engine.stop();
    this.#phase = { kind: 'stopped' };
  }

  #tell(event: PostgresEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function subscribe<Value>(listeners: Set<(value: Value) => void>, listener: (value: Value) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
